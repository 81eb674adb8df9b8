// A person with Chromium, for clients that are not in Node. Started by sign_in_python.py: a line of JSON for each link that
// a program shows her, {"link", "email"} (or no email: she cancels); a line for each page she ends on, {"at", "text"}.

import { createInterface } from 'node:readline';
import { agree, launch } from './stage/browser.mjs';

const browser = await launch();
for await (const line of createInterface({ input: process.stdin })) {
  const { link, email } = JSON.parse(line);
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(120_000);
  let said;
  try {
    await page.goto(link);
    if (email) await agree(page, email);
    else await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL((url) => url.pathname === '/callback');
    said = { at: page.url(), text: await page.locator('body').innerText() };
  } catch (error) {
    said = { at: page.url(), failed: String(error.message).slice(0, 400) };
  }
  console.log(JSON.stringify(said));
}
await browser.close();
