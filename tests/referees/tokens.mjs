// An official client with a person's token and no other header. Started by tokens.py.

import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { claim, end } from './stage/claims.mjs';

const { URL: url, TOKEN, REVOKED, OWN, OTHER } = process.env;

const connected = async (token) => {
  const client = new Client({ name: 'referee', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { Authorization: `Bearer ${token}` } } }));
  return client;
};

let client;
await claim('client 1.x: a token in Authorization is all that it needs', async () => {
  client = await connected(TOKEN);
  const answer = await client.callTool({ name: 'gmail_list_connections', arguments: {} });
  assert.deepEqual(answer.structuredContent.connections.map((one) => one.id), [OWN]);
});
await claim('client 1.x: its list has what the token allows, and nothing else', async () => {
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name);
  assert.ok(names.includes('gmail_search'));
  for (const name of ['gmail_send', 'gmail_trash', 'gmail_get_auth_url', 'gmail_check_setup', 'fetch_inbox']) {
    assert.ok(!names.includes(name), name);
  }
  for (const tool of tools) assert.equal(tool.annotations.readOnlyHint, true, tool.name);
});
await claim('client 1.x: it reads its account, and finds no other one', async () => {
  const labels = await client.callTool({ name: 'gmail_list_labels', arguments: { connection_id: OWN } });
  assert.ok(!labels.isError, JSON.stringify(labels));
  const other = await client.callTool({ name: 'gmail_list_labels', arguments: { connection_id: OTHER } });
  assert.equal(JSON.parse(other.content[0].text).code, 'not_found');
  await client.readResource({ uri: `gmail://${OWN}/labels` });
  await assert.rejects(client.readResource({ uri: `gmail://${OTHER}/labels` }));
  await assert.rejects(client.subscribeResource({ uri: `gmail://${OTHER}/labels` }));
});
await claim('client 1.x: a call beyond the limits is a failed call that says why', async () => {
  const answer = await client.callTool({ name: 'gmail_send', arguments: {
    connection_id: OWN, to: ['a@shop.example'], subject: 's', body: 'b' } });
  assert.equal(answer.isError, true);
  const failure = JSON.parse(answer.content[0].text);
  assert.equal(failure.code, 'forbidden');
  assert.match(failure.error, /may only read/);
});
await claim('client 1.x: a revoked token connects nobody, and the refusal says that it was revoked', async () => {
  await assert.rejects(connected(REVOKED), /revoked|401|Unauthorized/i);
});
await client?.close();
end();
