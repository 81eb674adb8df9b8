// The person who connects, in Chromium. Started by chromium.py.

import assert from 'node:assert/strict';
import { launch } from './stage/browser.mjs';
import { claim, end, note } from './stage/claims.mjs';

const { SERVER, SCREENSHOTS } = process.env;
const EMAIL = 'alex.morgan@gmail.example';

const browser = await launch();
note(`Chromium ${browser.version()}`);

async function tool(name, body) {
  const answer = await fetch(`${SERVER}/tools/${name}`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
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

await claim('before she goes on she is told where her mail goes, what is kept of it and how long', async () => {
  const page = await person();
  const kept = /goes to Ann & Ben's <Mail> Agent and to the company whose AI model it uses/;
  const start = await tool('gmail_get_auth_url', { user_id: 'ann' });
  await page.goto(start.connect_url);
  assert.match(await text(page), kept);
  assert.match(await text(page), /copies of your mail, .* of the last 30 days/);
  await page.getByRole('link', { name: /App Password/ }).click();
  assert.match(await text(page), kept);
  assert.match(await text(page), /copies of your mail, .* until the account is disconnected/);
});

await claim('Continue, consent, success page: connected', async () => {
  const page = await person();
  await toConsent(page, 'ann');
  await picture(page, '2-consent');
  await page.locator(`input[value="${EMAIL}"]`).check();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${SERVER}/oauth/done**`);
  await picture(page, '3-success');
  assert.ok((await text(page)).includes(EMAIL));
  assert.deepEqual((await connections('ann')).map((one) => one.gmail_address), [EMAIL]);
  assert.deepEqual(page.complaints, []);
});

await claim('the success page says the same when it is loaded again, and only in her browser', async () => {
  const page = await person();
  const url = await callbackUrl(page, 'reload');
  await page.goto(url);
  const before = await text(page);
  assert.ok(before.includes(EMAIL), before);
  for (let times = 0; times < 2; times += 1) {
    const answer = await page.reload();
    assert.equal(answer.status(), 200);
    assert.equal(await text(page), before);
  }
  assert.ok(!page.url().includes(EMAIL) && !page.url().includes('code='), page.url());
  const stranger = await person();
  await stranger.goto(page.url());
  assert.ok(!(await text(stranger)).includes(EMAIL), await text(stranger));
  assert.equal((await connections('reload')).length, 1);
});

await claim('a link that was used does not say that nothing was connected', async () => {
  const page = await person();
  const url = await callbackUrl(page, 'used');
  await page.goto(url);
  for (const again of [url, url.replace('/callback', '/start')]) {
    const answer = await page.goto(again);
    assert.equal(answer.status(), 404);
    assert.doesNotMatch(await text(page), /nothing was connected/i);
    assert.match(await text(page), /all is well/i);
  }
});

await claim('with a return_url the application is told: status=incomplete and what is missing', async () => {
  const page = await person();
  const start = await tool('gmail_get_auth_url', {
    user_id: 'returns-little', return_url: process.env.RETURN_URL, scopes: ['gmail.readonly', 'gmail.send'] });
  await page.goto(start.connect_url);
  await page.getByRole('button', { name: /Continue/ }).click();
  await page.locator(`input[value="tom.becker@gmail.example"]`).check();
  await page.locator('input[name="scope"][value$="gmail.send"]').uncheck();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${process.env.RETURN_URL}**`);
  const query = new URL(page.url()).searchParams;
  assert.deepEqual([query.get('status'), query.get('missing'), query.get('connection_id')],
                   ['incomplete', 'gmail.send', (await connections('returns-little'))[0].id]);
});

await claim('who allowed nothing, or too little, is told what is missing and chooses again', async () => {
  // What was granted once stays at Google: people who granted nothing before.
  for (const [user, email, kept, title] of [
    ['nothing', 'priya.nair@gmail.example', '', 'Nothing was allowed yet'],
    ['little', 'tom.becker@gmail.example', 'gmail.readonly', 'Not everything was allowed']]) {
    const page = await person();
    await toConsent(page, user);
    await page.locator(`input[value="${email}"]`).check();
    for (const box of await page.locator('input[name="scope"]').all()) {
      await box.setChecked(kept !== '' && (await box.getAttribute('value')).endsWith(kept));
    }
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${SERVER}/oauth/done**`);
    await picture(page, `9-${user}`);
    const told = await text(page);
    assert.ok(told.includes(title), told);
    assert.ok(told.includes('Read, send, label and archive your mail') || told.includes('Send mail as you'), told);
    await page.getByRole('button', { name: 'Choose again' }).click();
    await page.waitForURL('**/o/oauth2/v2/auth**');
    await page.locator(`input[value="${email}"]`).check();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${SERVER}/oauth/done**`);
    assert.match(await text(page), /Gmail is connected/);
    assert.deepEqual(page.complaints, []);
  }
});

const faults = (rules) => fetch(`${process.env.GOOGLE}/sandbox/faults`, {
  method: rules ? 'POST' : 'DELETE', headers: { 'Content-Type': 'application/json' },
  body: rules && JSON.stringify({ rules }) });

await claim('when Google does not answer, the same link goes on working, and the page leads there', async () => {
  const page = await person();
  const url = await callbackUrl(page, 'unlucky');
  await faults([{ match: 'token', then: { status: 503 } }]);
  const answer = await page.goto(url);
  await picture(page, '10-google-is-away');
  assert.equal(answer.status(), 503);
  assert.match(await text(page), /try again/i);
  await faults();
  await page.getByRole('link', { name: 'Try again' }).click();
  await page.getByRole('button', { name: /Continue/ }).click();
  await page.locator(`input[value="${EMAIL}"]`).check();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${SERVER}/oauth/done**`);
  assert.deepEqual((await connections('unlucky')).map((one) => one.gmail_address), [EMAIL]);
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

await claim('the pages are readable on a telephone and in the dark, errors too, and lose nothing that was typed', async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, colorScheme: 'dark' });
  const page = await context.newPage();
  const fits = async (name) => {
    await picture(page, name);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${name} scrolls sideways: ${wide}`);
  };
  const start = await tool('gmail_get_auth_url', { user_id: `phone-${'x'.repeat(120)}` });
  await page.goto(start.connect_url);
  await fits('8-telephone-dark');
  await page.getByRole('link', { name: /App Password/ }).click();
  await fits('8-telephone-password');
  const email = 'alex.morgan.with.a.rather.long.name.of.fifty.letters@gmail.example';
  await page.getByLabel('Gmail address').fill(email);
  await page.getByLabel('App Password').fill('abcd efgh ijkl mnop');
  await page.getByLabel(/Your name/).fill('Alex <b>Morgan');
  for (const password of ['abcd efgh ijkl mnop', 'ordinary-password']) {
    await page.getByLabel('App Password').fill(password);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('alert').waitFor();
    const { y, height } = await page.getByRole('alert').boundingBox();
    assert.ok(y >= 0 && y + height <= page.viewportSize().height, `why it was refused is not in sight: ${y}`);
    await fits('8-telephone-password-refused');
    assert.deepEqual([await page.getByLabel('Gmail address').inputValue(), await page.getByLabel(/Your name/).inputValue(),
                      await page.getByLabel('App Password').inputValue()], [email, 'Alex <b>Morgan', '']);
  }
  await page.goto(`${SERVER}/oauth/start?state=${'A'.repeat(43)}`);
  await fits('8-telephone-unknown');
});

await claim('the page after an App Password can be loaded again', async () => {
  const page = await person();
  const start = await tool('gmail_get_auth_url', { user_id: 'typist' });
  await page.goto(start.connect_url);
  await page.getByRole('link', { name: /App Password/ }).click();
  const people = await (await fetch(`${process.env.GOOGLE}/sandbox/accounts`)).json();
  await page.getByLabel('Gmail address').fill(EMAIL);
  await page.getByLabel('App Password').fill(people.find((one) => one.email === EMAIL).app_password);
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.waitForURL(`${SERVER}/oauth/done**`);
  assert.equal((await page.reload()).status(), 200);
  assert.match(await text(page), /Gmail is connected/);
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
