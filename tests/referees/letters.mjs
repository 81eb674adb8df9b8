// What mailparser and postal-mime make of the letters: LETTERS names the folder. One line of JSON for each letter,
// {"name", "mailparser", "postal-mime"}, each with from, to, subject, date, text, html and the names of files.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const withCrlf = (bytes) => {
  const out = [];
  for (const byte of bytes) out.push(...(byte === 10 ? [13, 10] : [byte]));
  return Buffer.from(out);
};

// Members of groups stand for the group.
const flat = (list) => (list ?? []).flatMap((one) => one.group ?? [one]);
const mailboxes = (list) => flat(list).map((one) => ({ name: one.name ?? "", email: one.address ?? "" }));
const moment = (date) => {
  const at = new Date(date ?? NaN);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString().replace(/\.\d+Z$/, "Z");
};

const byMailparser = async (bytes) => {
  const mail = await simpleParser(bytes);
  const addresses = (field) => mailboxes([field ?? []].flat().flatMap((one) => one.value ?? []));
  return {
    from: addresses(mail.from),
    to: addresses(mail.to),
    subject: mail.subject ?? "",
    date: moment(mail.date),
    text: mail.text ?? "",
    html: mail.html || "",
    files: mail.attachments.map((one) => one.filename ?? ""),
  };
};

const byPostalMime = async (bytes) => {
  const mail = await PostalMime.parse(bytes);
  return {
    from: mailboxes(mail.from ? [mail.from] : []),
    to: mailboxes(mail.to),
    subject: mail.subject ?? "",
    date: moment(mail.date),
    text: mail.text ?? "",
    html: mail.html ?? "",
    files: mail.attachments.map((one) => one.filename ?? ""),
  };
};

const orError = async (read) => {
  try {
    return await read;
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
};

const folder = process.env.LETTERS;
for (const file of readdirSync(folder).filter((one) => one.endsWith(".eml")).sort()) {
  const bytes = withCrlf(readFileSync(join(folder, file)));
  console.log(JSON.stringify({
    name: file.slice(0, -4),
    mailparser: await orError(byMailparser(bytes)),
    "postal-mime": await orError(byPostalMime(bytes)),
  }));
}
