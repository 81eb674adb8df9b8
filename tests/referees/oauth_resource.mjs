// An official client that knows nothing but our URL: refused, it finds the authorization server, signs in, and asks for
// more when a tool needs it. Started by oauth_resource.py.

import assert from 'node:assert/strict';
import { claim, end } from './stage/claims.mjs';

const { CLIENT, URL: url, MODE } = process.env;
const name = CLIENT === '1.x' ? '@modelcontextprotocol/sdk' : '@modelcontextprotocol/client';
const { Client } = CLIENT === '1.x' ? await import(`${name}/client/index.js`) : await import(name);
const { StreamableHTTPClientTransport } = CLIENT === '1.x' ? await import(`${name}/client/streamableHttp.js`) : await import(name);
const redirect = 'http://localhost:9/callback';
const how = `client ${CLIENT}${MODE ? `, ${MODE}` : ''}`;

const kept = {};
const asked = [];  // the scopes of each sign-in
let code;

// The person's browser: it keeps cookies, and goes on until the issuer sends it back to the client.
async function browse(start) {
  const cookies = new Map();
  let at = start;
  for (let i = 0; i < 20; ++i) {
    const answer = await fetch(at, {
      redirect: 'manual', headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') } });
    for (const line of answer.headers.getSetCookie()) {
      const [key, ...value] = line.split(';')[0].split('=');
      cookies.set(key, value.join('='));
    }
    const next = answer.headers.get('location');
    assert.ok(next, `${at} answers ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    at = new URL(next, at);
    if (at.href.startsWith(redirect)) return at.searchParams;
  }
  throw new Error('the issuer leads in circles');
}

const provider = {
  redirectUrl: redirect,
  clientMetadata: { client_name: 'referee', redirect_uris: [redirect], token_endpoint_auth_method: 'none',
                    grant_types: ['authorization_code'], response_types: ['code'], application_type: 'native' },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => { kept.client = client; },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => { kept.tokens = tokens; },
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
  saveDiscoveryState: (state) => { kept.discovery = state; },
  discoveryState: () => kept.discovery,
  redirectToAuthorization: async (to) => {
    asked.push(to.searchParams.get('scope'));
    assert.equal(to.searchParams.get('resource'), url);
    const answer = await browse(to);
    assert.ok(answer.get('code'), String(answer));
    code = answer;
  },
};

const connect = async () => {
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  const client = new Client({ name: 'referee', version: '1' }, MODE ? { versionNegotiation: { mode: MODE } } : {});
  try {
    await client.connect(transport);
  } catch (error) {
    error.transport = transport;
    throw error;
  }
  return { client, transport };
};
// Some versions want the whole answer, so that they can compare its `iss`.
const finish = (transport) => transport.finishAuth(CLIENT === '1.x' ? code.get('code') : code);

let session;
await claim(`${how}: is refused, finds the issuer, signs its person in, and connects`, async () => {
  const refused = await connect().catch((error) => error);
  assert.ok(refused instanceof Error && refused.transport, 'it was let in without a token');
  assert.ok(code, refused.message);
  assert.equal(asked[0], 'mail.read mail.organize mail.send');
  await finish(refused.transport);
  assert.ok(kept.tokens.access_token);
  session = await connect();
});

let tools = [];
await claim(`${how}: lists the tools that its scope allows`, async () => {
  ({ tools } = await session.client.listTools());
  const names = tools.map((tool) => tool.name);
  assert.ok(names.includes('gmail_search'), names.join(' '));
  assert.ok(!names.includes('gmail_send') && !names.includes('gmail_trash'), names.join(' '));
});
await claim(`${how}: calls a tool as its person`, async () => {
  const result = await session.client.callTool({ name: 'gmail_list_connections', arguments: {} });
  assert.ok(!result.isError, JSON.stringify(result));
  const users = result.structuredContent.connections.map((one) => one.user_id);
  assert.ok(users.every((user) => user === 'ann'), JSON.stringify(result));
});
await claim(`${how}: hears that sending needs another scope, asks the person for it, and goes on`, async () => {
  const send = () => session.client.callTool({ name: 'gmail_send', arguments: {
    connection_id: '00000000-0000-4000-8000-000000000000', to: ['a@example.com'], subject: 's', body: 'b' } });
  code = undefined;
  const refused = await send().then((result) => assert.fail(JSON.stringify(result)), (error) => error);
  assert.ok(code, `it did not ask: ${refused.message}`);
  assert.ok(asked[1].split(' ').includes('mail.send'), asked[1]);
  await finish(session.transport);
  const result = await send();
  // There is no such connection, but the tool may be called.
  assert.equal(JSON.parse(result.content[0].text).code, 'not_found', JSON.stringify(result));
});
await session?.client.close().catch(() => {});
end();
