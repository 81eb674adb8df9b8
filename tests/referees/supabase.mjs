// Calls functions of a Supabase project with Supabase's own clients. stdin: {"client": "supabase-js" or
// "postgrest-js", "calls": [{"url", "key", "function", "arguments"}]}. stdout: [{"data", "error", "status"}].
import { readFileSync } from "node:fs";
import { PostgrestClient } from "@supabase/postgrest-js";
import { createClient } from "@supabase/supabase-js";

const { client, calls } = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const call of calls) {
  const project = client === "supabase-js"
    ? createClient(call.url, call.key, { auth: { persistSession: false, autoRefreshToken: false } })
    : new PostgrestClient(`${call.url}/rest/v1`, {
      schema: "public", headers: { apikey: call.key, Authorization: `Bearer ${call.key}` } });
  const { data, error, status } = await project.rpc(call.function, call.arguments);
  answers.push({ data, status, error: error && { code: error.code, message: error.message,
    details: error.details, hint: error.hint } });
}
// Only when all is written: what a pipe has not taken yet would be lost.
process.stdout.write(JSON.stringify(answers), () => process.exit(0));
