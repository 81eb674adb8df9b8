// A person signs in with Google from one official client, in Chromium. Started by sign_in.py.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { agree, launch } from './stage/browser.mjs';
import { claim, end, note } from './stage/claims.mjs';

const { CLIENT, SERVER, SCREENSHOTS, LIFETIME } = process.env;
const EMAIL = 'alex.morgan@gmail.example';
const STRANGER = 'tom.becker@gmail.example';
const BACK = `http://127.0.0.1:${process.env.BACK_PORT}/callback`;

async function parts() {
  if (CLIENT === '1.x') {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const { UnauthorizedError } = await import('@modelcontextprotocol/sdk/client/auth.js');
    return { Client, StreamableHTTPClientTransport, UnauthorizedError };
  }
  return import('@modelcontextprotocol/client');
}
const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await parts();

const browser = await launch();
note(`Chromium ${browser.version()}, client ${CLIENT}`);
const say = (title, block) => claim(`client ${CLIENT}: ${title}`, block);

// The program's own place, to which people come back.
let told = () => {};
const program = createServer((request, response) => {
  response.end('<link rel="icon" href="data:,"><p>back at the program</p>');
  const url = new URL(request.url, BACK);
  if (url.pathname === '/callback') told(url);
}).listen(Number(process.env.BACK_PORT), '127.0.0.1');
/** What the program is told by the next who comes back. */
const sentBack = () => new Promise((resolve) => { told = resolve; });

/** What an application keeps for the client library. */
class Provider {
  constructor(name) {
    this.name = name;
    this.kept = {};
    this.registrations = 0;
  }
  get redirectUrl() { return BACK; }
  get clientMetadata() {
    return { client_name: this.name, redirect_uris: [BACK], grant_types: ['authorization_code', 'refresh_token'],
             response_types: ['code'], token_endpoint_auth_method: 'none' };
  }
  state() { return 'state-of-' + this.name.length; }
  clientInformation() { return this.kept.client; }
  saveClientInformation(client) { this.kept.client = client; this.registrations += 1; }
  tokens() { return this.kept.tokens; }
  saveTokens(tokens) { this.kept.tokens = tokens; }
  redirectToAuthorization(url) { this.kept.url = url; }
  saveCodeVerifier(verifier) { this.kept.verifier = verifier; }
  codeVerifier() { return this.kept.verifier; }
  invalidateCredentials(which) {
    if (which === 'all' || which === 'tokens') delete this.kept.tokens;
    if (which === 'all' || which === 'client') delete this.kept.client;
  }
}

async function person(width = 1280) {
  const context = await browser.newContext({ viewport: { width, height: width > 500 ? 900 : 740 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.complaints = [];
  page.on('console', (line) => {
    if (line.type() === 'error' && !line.location().url.endsWith('/favicon.ico')) page.complaints.push(line.text());
  });
  return page;
}
const picture = (page, name) => page.screenshot({ path: `${SCREENSHOTS}/sign-in-${name}.png`, fullPage: true });
const both = async (page, name) => {
  if (CLIENT !== '1.x') return;
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: width > 500 ? 900 : 740 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name} is ${wide} wide at ${width}`);
    await picture(page, `${name}-${width}`);
  }
};
const text = (page) => page.locator('body').innerText();

const connect = (provider) => {
  const client = new Client({ name: 'referee', version: '1' },
                            CLIENT === '1.x' ? {} : { versionNegotiation: { mode: 'auto' } });
  return { client, transport: new StreamableHTTPClientTransport(new URL(`${SERVER}/mcp`), { authProvider: provider }) };
};
const named = (error, name) => error instanceof UnauthorizedError || error?.name === name ||
                               error?.cause?.name === name || /unauthorized/i.test(String(error?.message));

/** Pastes the URL into a client: where the person has to go. */
async function begin(name) {
  const provider = new Provider(name);
  const { client, transport } = connect(provider);
  await assert.rejects(client.connect(transport), (error) => named(error, 'UnauthorizedError'));
  assert.ok(provider.kept.url, 'the client sent nobody anywhere');
  return { provider, transport };
}

const ann = { provider: null };

await say('a pasted URL leads over 401, metadata and registration to our page', async () => {
  const { provider, transport } = await begin('Ann & Ben\'s <b>Client</b>');
  Object.assign(ann, { provider, transport });
  assert.equal(provider.registrations, 1);
  const url = provider.kept.url;
  assert.equal(url.origin + url.pathname, `${SERVER}/authorize`);
  assert.equal(url.searchParams.get('resource'), `${SERVER}/mcp`);
  assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
  assert.equal(url.searchParams.get('scope'), 'mail.read mail.organize mail.send');
});

await say('our page names the program as text, and in large where the answer goes', async () => {
  const page = await person();
  await page.goto(ann.provider.kept.url.href);
  await both(page, '1-consent');
  const shown = await text(page);
  assert.equal(await page.locator('dd').first().innerText(), 'Ann & Ben\'s <b>Client</b>');
  assert.equal(await page.locator('.main strong').innerText(), '127.0.0.1');
  assert.match(shown, /Read and search your mail/);
  assert.match(shown, /send mail as you/);
  assert.deepEqual(await page.getByRole('button').allInnerTexts(), ['Continue with Google', 'Cancel']);
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Lax']);
  assert.deepEqual(page.complaints, []);
});

await say('Cancel tells the program access_denied, and nothing goes to Google', async () => {
  const page = await person();
  const seen = [];
  page.on('request', (request) => seen.push(request.url()));
  await page.goto(ann.provider.kept.url.href);
  const coming = sentBack();
  await page.getByRole('button', { name: 'Cancel' }).click();
  const back = await coming;
  assert.equal(back.searchParams.get('error'), 'access_denied');
  assert.equal(back.searchParams.get('iss'), SERVER);
  assert.ok(!seen.some((url) => url.includes('/o/oauth2/')), 'Google was asked');
});

await say('the same sign-in connects the mailbox, and a tool reads it', async () => {
  const page = await person();
  await page.goto(ann.provider.kept.url.href);
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await page.waitForURL('**/o/oauth2/v2/auth**');
  await both(page, '2-google');
  await page.locator(`input[value="${EMAIL}"]`).check();
  const coming = sentBack();
  await page.getByRole('button', { name: 'Allow' }).click();
  const back = await coming;
  assert.equal(back.searchParams.get('state'), ann.provider.state());
  assert.equal(back.searchParams.get('iss'), SERVER);
  assert.deepEqual(page.complaints, []);
  await ann.transport.finishAuth(back.searchParams.get('code'), back.searchParams.get('iss'));
  const { client, transport } = connect(ann.provider);
  await client.connect(transport);
  ann.client = client;
  const listed = await client.callTool({ name: 'gmail_list_connections', arguments: {} });
  assert.deepEqual(listed.structuredContent.connections.map((one) => one.gmail_address), [EMAIL]);
  ann.connection = listed.structuredContent.connections[0].id;
  const found = await client.callTool({ name: 'gmail_search', arguments: { connection_id: ann.connection, query: 'in:anywhere', max_results: 1 } });
  assert.ok(!found.isError, JSON.stringify(found));
  assert.equal(found.structuredContent.messages.length, 1);
});

await say('an access token that has expired is refreshed by the client, unnoticed', async () => {
  const before = ann.provider.kept.tokens;
  await new Promise((resolve) => { setTimeout(resolve, (Number(LIFETIME) + 1) * 1000); });
  const again = await ann.client.callTool({ name: 'gmail_list_labels', arguments: { connection_id: ann.connection } });
  assert.ok(!again.isError, JSON.stringify(again));
  const after = ann.provider.kept.tokens;
  assert.notEqual(after.access_token, before.access_token);
  assert.notEqual(after.refresh_token, before.refresh_token);
});

await say('a revoked sign-in is over: 401, and the client sends the person to our page again', async () => {
  const { tokens, client } = { tokens: ann.provider.kept.tokens, client: ann.provider.kept.client };
  const done = await fetch(`${SERVER}/revoke`, { method: 'POST', body: new URLSearchParams({
    token: tokens.refresh_token, client_id: client.client_id }) });
  assert.equal(done.status, 200);
  const refused = await fetch(`${SERVER}/mcp`, { method: 'POST', headers: { authorization: `Bearer ${tokens.access_token}` } });
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get('www-authenticate'), /error="invalid_token".*resource_metadata=/);
  delete ann.provider.kept.url;
  await assert.rejects(ann.client.callTool({ name: 'gmail_list_connections', arguments: {} }));
  assert.ok(ann.provider.kept.url, 'the client sent nobody anywhere');
});

await say('who is not allowed is told so by us, and the program when they go back', async () => {
  const { provider } = await begin('Client');
  const page = await person();
  await page.goto(provider.kept.url.href);
  await agree(page, STRANGER);
  await page.getByText('You cannot sign in here').waitFor();
  await both(page, '3-not-allowed');
  const coming = sentBack();
  await page.getByRole('link', { name: 'Back to the program' }).click();
  assert.equal((await coming).searchParams.get('error'), 'access_denied');
});

await say('a link that a program made wrongly is told to the person, who is sent nowhere', async () => {
  const page = await person();
  const url = new URL(ann.provider.kept.url);
  url.searchParams.set('redirect_uri', 'https://evil.example/');
  const answer = await page.goto(url.href);
  assert.equal(answer.status(), 400);
  await both(page, '4-wrong-link');
  assert.match(await text(page), /cannot be used to sign in/);
  assert.ok(page.url().startsWith(SERVER));
});

await say('another browser cannot finish it, and says so', async () => {
  const { provider, transport } = await begin('Client');
  const page = await person();
  let url;
  await page.goto(provider.kept.url.href);
  await page.route('**/auth/consent', async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    url = answer.headers().location;
    await route.fulfill({ status: 200, contentType: 'text/html', body: '<p>on her way</p>' });
  });
  await agree(page, EMAIL);
  await page.getByText('on her way').waitFor();
  const stranger = await person();
  const answer = await stranger.goto(url);
  assert.equal(answer.status(), 404);
  await both(stranger, '5-other-browser');
  const coming = sentBack();
  await page.goto(url);
  const back = await coming;
  await transport.finishAuth(back.searchParams.get('code'), back.searchParams.get('iss'));
  assert.ok(provider.kept.tokens.access_token, 'the right browser was kept from it');
});

await say('a page of any origin may read metadata and registration, and none may frame the consent', async () => {
  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/oauth-protected-resource/mcp']) {
    const answer = await fetch(SERVER + path, { headers: { origin: 'https://inspector.example' } });
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  }
  const page = await fetch(ann.provider.kept.url);
  assert.equal(page.headers.get('x-frame-options'), 'DENY');
  assert.match(page.headers.get('content-security-policy'), /frame-ancestors 'none'/);
  assert.equal(page.headers.get('access-control-allow-origin'), null);
});

program.close();
await browser.close();
end();
