#!/usr/bin/env bash
# supergateway 4.0.0 (npm, Node 22), seen on 2026-11-29.
#
# With --streamableHttp supergateway makes a remote server one on stdio. It passes the remote server's capability
# resources.subscribe on and carries resources/subscribe to it, which succeeds; the notifications/resources/updated that
# the remote server then sends never come out, nor any other notification. So a client behind it believes that it will be
# told, and waits in silence. With --stdio (the other direction) they do come through.
#
# Output seen:
#     offered: true, subscribed: true, sent by the server: 3, told to the client: 0
#
# Exits 1 when it says something else.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts \
  @modelcontextprotocol/sdk@1.32.2 supergateway@4.0.0

cat >"$work/ask.mjs" <<'JAVASCRIPT'
import { createServer } from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const updated = { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'note://one' } };
let stream, sent = 0;
const push = () => {
  if (!stream) return;
  stream.write(`event: message\ndata: ${JSON.stringify(updated)}\n\n`);
  sent += 1;
};
const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    stream = response;
    return;
  }
  if (request.method !== 'POST') return response.writeHead(200).end();
  let body = '';
  for await (const part of request) body += part;
  const { id, method } = JSON.parse(body);
  if (id === undefined) return response.writeHead(202).end();
  response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'one' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result: method === 'initialize'
    ? { protocolVersion: '2025-06-18', capabilities: { resources: { subscribe: true } },
        serverInfo: { name: 'small', version: '1' } } : {} }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const client = new Client({ name: 'finding', version: '1' });
let told = 0;
client.setNotificationHandler(ResourceUpdatedNotificationSchema, () => { told += 1; });
await client.connect(new StdioClientTransport({
  command: 'node', stderr: 'ignore',
  args: ['node_modules/supergateway/dist/index.js', '--streamableHttp', `http://127.0.0.1:${server.address().port}/mcp`] }));
const offered = client.getServerCapabilities()?.resources?.subscribe;
let subscribed = true;
await client.subscribeResource({ uri: 'note://one' }).catch(() => { subscribed = false; });
for (let wait = 0; wait < 100 && !stream; wait += 1) await new Promise((resolve) => setTimeout(resolve, 100));
for (let time = 0; time < 3; time += 1) {
  push();
  await new Promise((resolve) => setTimeout(resolve, 500));
}
await client.ping().catch(() => {});
console.log(`offered: ${offered}, subscribed: ${subscribed}, sent by the server: ${sent}, told to the client: ${told}`);
process.exit(0);
JAVASCRIPT
found=$(cd "$work" && node ask.mjs)
echo "$found"
[ "$found" = "offered: true, subscribed: true, sent by the server: 3, told to the client: 0" ]
