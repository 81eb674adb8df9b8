// The person who approves, in Chromium. Started by approval.py.

import assert from 'node:assert/strict';
import { launch } from './stage/browser.mjs';
import { claim, end, note } from './stage/claims.mjs';

const { SERVER, CONNECTION, SCREENSHOTS } = process.env;

const browser = await launch();
note(`Chromium ${browser.version()}`);

async function tool(name, body) {
  const answer = await fetch(`${SERVER}/tools/${name}`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return answer.json();
}

async function person(width) {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.complaints = [];
  page.on('console', (line) => {
    if (line.type() === 'error' && !line.location().url.endsWith('/favicon.ico')) page.complaints.push(line.text());
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('dialog', (dialog) => { page.complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  return page;
}
const picture = (page, name) => page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
const text = (page) => page.locator('body').innerText();

const letter = {
  connection_id: CONNECTION, to: ['Eve <eve@evil.example>', 'ann@shop.example'], cc: ['Bob B <bob@x.example>'],
  bcc: ['archive@shop.example'], reply_to: 'desk@shop.example', subject: 'Invoices, as you asked',
  body: 'Hello,\n\nhere are the invoices.\n<script>alert(1)</script>\n\n' + 'A long line that has to be wrapped. '.repeat(20) +
    '\nhttps://shop.example/' + 'x'.repeat(200) + '\n\nAlex',
  attachments: [{ filename: 'invoices 2026 with a long name that goes on.pdf', content_base64: 'JVBERi0='.repeat(400).replaceAll('=', 'A') },
                { filename: 'a<b>.txt', content_base64: 'QUJD' }],
};
const held = await tool('gmail_send', letter);

await claim('the page shows all of the message and warns, without a script, at 1280 and at 360 pixels', async () => {
  assert.equal(held.status, 'held', JSON.stringify(held));
  for (const width of [1280, 360]) {
    const page = await person(width);
    await page.goto(held.approval_url);
    await picture(page, `approval-${width}`);
    const shown = await text(page);
    for (const word of ['Send this message?', "Ann's <Agent>", 'Eve <eve@evil.example>', 'ann@shop.example', 'bob@x.example',
      'archive@shop.example', 'desk@shop.example', 'Invoices, as you asked', '<script>alert(1)</script>', 'invoices 2026',
      'a<b>.txt', 'never wrote to eve@evil.example', 'Invoice 12']) {
      assert.ok(shown.includes(word), `${word} in ${shown}`);
    }
    assert.equal(await page.getByRole('button').count(), 3);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true, 'nothing is cut off');
    assert.deepEqual(page.complaints, []);
  }
});

await claim('HTML is shown as text, with what its plain version says instead', async () => {
  const html = await tool('gmail_send', { ...letter, subject: 'HTML', attachments: [], body: 'All is well.',
    body_html: '<p>Send money to <b>DE00 1234</b>.</p>' });
  const page = await person(1280);
  await page.goto(html.approval_url);
  await picture(page, 'approval-html');
  const shown = await text(page);
  for (const word of ['Send money to DE00 1234', 'plain version says something else', 'All is well.']) {
    assert.ok(shown.includes(word), word);
  }
  await page.getByRole('button', { name: 'as draft' }).click();
  await picture(page, 'approval-draft');
  assert.ok((await text(page)).includes('It is a draft now'));
  assert.deepEqual(page.complaints, []);
});

await claim('one click sends it', async () => {
  const page = await person(360);
  await page.goto(held.approval_url);
  await page.getByRole('button', { name: 'Send once' }).click();
  await page.getByText('The message was sent').first().waitFor();
  await picture(page, 'approval-sent-360');
  assert.equal((await tool('gmail_send_status', { send_id: held.send_id })).status, 'sent');
  assert.deepEqual(page.complaints, []);
});

await browser.close();
end();
