// Loaded before the server (node --import): its requests go to BENCH_UPSTREAM instead of Google.
import { google } from 'googleapis';

const made = google.gmail.bind(google);
google.gmail = (options) => made({ ...options, rootUrl: process.env.BENCH_UPSTREAM });
