// The person who connects, in Chromium. Started by chromium.py.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { claim, end, note } from './stage/claims.mjs';

const { SERVER, SCREENSHOTS, CHROMIUM } = process.env;
const EMAIL = 'alex.morgan@gmail.example';

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
note(`Chromium ${browser.version()}`);

async function tool(name, body) {
  const answer = await fetch(`${SERVER}/tools/${name}`, { method: 'POST', body: JSON.stringify(body) });
  return answer.json();
}
const connections = async (user_id) => (await tool('gmail_list_connections', { user_id })).connections;

/** A browser of its own, with its own cookies; complaints of the page are failures. */
async function person() {
  const context = await browser.newContext({ viewport: { width: 900, height: 760 } });
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
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

async function toConsent(page, user_id) {
  const start = await tool('gmail_get_auth_url', { user_id });
  await page.goto(start.connect_url);
  await page.getByRole('button', { name: /Continue/ }).click();
  await page.waitForURL('**/o/oauth2/v2/auth**');
  return start;
}

/** Agrees at Google, but stops where Google sends her: the URL of our callback. */
async function callbackUrl(page, user_id) {
  await toConsent(page, user_id);
  let url;
  await page.route('**/auth/consent', async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    url = answer.headers().location;
    await route.fulfill({ status: 200, contentType: 'text/html', body: '<p>on her way</p>' });
  });
  await page.locator(`input[value="${EMAIL}"]`).check();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('on her way').waitFor();
  await page.unroute('**/auth/consent');
  assert.ok(url, 'Google did not send her back');
  return url;
}

await claim('the Continue page names application and user, escaped, and needs one click', async () => {
  const page = await person();
  const start = await tool('gmail_get_auth_url', { user_id: 'ann <b>"1"</b>' });
  await page.goto(start.connect_url);
  await picture(page, '1-continue');
  const shown = await text(page);
  assert.ok(shown.includes('Ann & Ben\'s <Mail> Agent'), shown);
  assert.ok(shown.includes('ann <b>"1"</b>'), shown);
  assert.equal(await page.getByRole('button').count(), 1);
  assert.deepEqual(page.complaints, []);
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Lax']);
});

await claim('Continue, consent, success page: connected', async () => {
  const page = await person();
  await toConsent(page, 'ann');
  await picture(page, '2-consent');
  await page.locator(`input[value="${EMAIL}"]`).check();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${SERVER}/oauth/callback**`);
  await picture(page, '3-success');
  assert.ok((await text(page)).includes(EMAIL));
  assert.deepEqual((await connections('ann')).map((one) => one.gmail_address), [EMAIL]);
  assert.deepEqual(page.complaints, []);
});

await claim('the success page says the same when it is loaded again: no second use of the code', async () => {
  const page = await person();
  const url = await callbackUrl(page, 'reload');
  await page.goto(url);
  assert.ok((await text(page)).includes(EMAIL));
  const answer = await page.reload();
  assert.ok(answer.status() >= 400, `${answer.status()}`);
  assert.equal((await connections('reload')).length, 1);
});

await claim('Cancel at Google: a calm page, nothing connected', async () => {
  const page = await person();
  await toConsent(page, 'refuser');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.waitForURL(`${SERVER}/oauth/callback**`);
  await picture(page, '4-refused');
  assert.match(await text(page), /not to connect|did not agree/i);
  assert.deepEqual(await connections('refuser'), []);
});

await claim('an unknown state: a page that says what to do', async () => {
  const page = await person();
  const answer = await page.goto(`${SERVER}/oauth/start?state=${'A'.repeat(43)}`);
  await picture(page, '5-unknown-state');
  assert.equal(answer.status(), 404);
  assert.match(await text(page), /again/i);
  const back = await page.goto(`${SERVER}/oauth/callback?state=${'A'.repeat(43)}&code=4/x`);
  assert.equal(back.status(), 404);
});

await claim('a callback whose code was tampered with connects nothing', async () => {
  const page = await person();
  const url = new URL(await callbackUrl(page, 'tampered'));
  url.searchParams.set('code', '4/tampered');
  const answer = await page.goto(url.href);
  await picture(page, '6-tampered');
  assert.ok(answer.status() >= 400, `${answer.status()}`);
  assert.deepEqual(await connections('tampered'), []);
});

await claim('a callback opened in another browser, without the cookie, does not connect', async () => {
  const page = await person();
  const url = await callbackUrl(page, 'victim');
  const stranger = await person();
  await stranger.goto(url);
  await picture(stranger, '7-other-browser');
  assert.ok(!(await text(stranger)).includes(EMAIL), await text(stranger));
  assert.deepEqual(await connections('victim'), []);
  await page.goto(url);  // … and the flow of the first browser lives on
  assert.deepEqual((await connections('victim')).map((one) => one.gmail_address), [EMAIL]);
});

await claim('a link scanner that only GETs our pages consumes nothing', async () => {
  const start = await tool('gmail_get_auth_url', { user_id: 'scanned' });
  for (let times = 0; times < 3; times += 1) await (await fetch(start.connect_url)).text();
  const page = await person();
  await page.goto(start.connect_url);
  await page.getByRole('button', { name: /Continue/ }).click();
  await page.waitForURL('**/o/oauth2/v2/auth**');
});

await claim('a form of another site cannot press Continue: the cookie does not come along', async () => {
  const page = await person();
  const start = await tool('gmail_get_auth_url', { user_id: 'forged' });
  await page.goto(start.connect_url);  // she has the cookie
  await page.goto(`data:text/html,<form method=post action="${SERVER}/oauth/start">` +
                  `<input name=state value="${start.state}"><input name=token value="guess"><button>x</button></form>`);
  const [answer] = await Promise.all([page.waitForResponse('**/oauth/start'), page.getByRole('button').click()]);
  assert.equal(answer.status(), 403);
});

await claim('error=<script> and its like are not reflected', async () => {
  const page = await person();
  const { state } = await tool('gmail_get_auth_url', { user_id: 'xss' });
  const evil = '<script>alert(1)</script><img src=x onerror=alert(2)>';
  for (const query of [{ error: evil, state }, { error: evil, state: evil }, { code: evil, state: evil },
                       { error: 'access_denied', error_description: evil, state }, { state: evil }]) {
    await page.goto(`${SERVER}/oauth/callback?${new URLSearchParams(query)}`);
    assert.ok(!(await page.content()).includes('<script>alert'), 'reflected');
    assert.ok(!(await page.content()).includes('onerror'), 'reflected');
  }
  await page.goto(`${SERVER}/oauth/start?${new URLSearchParams({ state: evil })}`);
  assert.ok(!(await page.content()).includes('onerror'), 'reflected');
  assert.deepEqual(page.complaints.filter((line) => line.startsWith('dialog')), []);
});

await claim('the pages run no script, cannot be framed, and are not kept', async () => {
  const start = await tool('gmail_get_auth_url', { user_id: 'headers' });
  const { headers } = await fetch(start.connect_url);
  assert.match(headers.get('content-security-policy'), /default-src 'none'/);
  assert.match(headers.get('content-security-policy'), /frame-ancestors 'none'/);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
});

await claim('the pages are readable on a telephone and in the dark', async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, colorScheme: 'dark' });
  const page = await context.newPage();
  const start = await tool('gmail_get_auth_url', { user_id: 'phone' });
  await page.goto(start.connect_url);
  await picture(page, '8-telephone-dark');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 360, `scrolls sideways: ${wide}`);
});

await claim('return_url: she ends up at the application, with status and connection_id', async () => {
  const page = await person();
  const start = await tool('gmail_get_auth_url', { user_id: 'returns', return_url: process.env.RETURN_URL });
  await page.goto(start.connect_url);
  await page.getByRole('button', { name: /Continue/ }).click();
  await page.locator(`input[value="${EMAIL}"]`).check();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${process.env.RETURN_URL}**`);
  const query = new URL(page.url()).searchParams;
  assert.deepEqual([query.get('status'), query.get('connection_id')],
                   ['connected', (await connections('returns'))[0].id]);
});

await browser.close();
end();
