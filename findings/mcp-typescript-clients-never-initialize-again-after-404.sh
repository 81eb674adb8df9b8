#!/usr/bin/env bash
# @modelcontextprotocol/sdk 1.32.2 and @modelcontextprotocol/client 2.4.0 (npm, Node 20 and 22), seen on 2026-11-29.
#
# A server that does not know a session any more answers 404, and the client must then begin a new session with a new
# initialize request without the old id (specification 2025-11-25, transports, session management). The official
# TypeScript clients do not: the 404 becomes the error of that call, and so does every later call, for ever; the old id is
# sent each time. Nothing tells the application that this error differs from others, and close() and connect() with a new
# transport are left to it. So whoever restarts a server that keeps sessions in memory loses these clients until their
# users restart them.
#
# Output seen:
#     1.x: 3 calls after the 404, 3 failed, initialize sent 1 time
#     2.x: 3 calls after the 404, 3 failed, initialize sent 1 time
#
# Exits 1 when it says something else.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts \
  @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0

cat >"$work/ask.mjs" <<'JAVASCRIPT'
import { createServer } from 'node:http';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client';

for (const [name, Client, Http] of [['1.x', Client1, Http1], ['2.x', Client2, Http2]]) {
  const known = new Set();
  let opened = 0;
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    let body = '';
    for await (const part of request) body += part;
    const { id, method } = JSON.parse(body);
    const answer = (status, message, headers = {}) => response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ jsonrpc: '2.0', id, ...message }));
    if (method === 'initialize') {
      known.add(`session-${++opened}`);
      return answer(200, { result: { protocolVersion: '2025-11-25', capabilities: { tools: {} },
                                     serverInfo: { name: 'small', version: '1' } } }, { 'mcp-session-id': `session-${opened}` });
    }
    if (!known.has(request.headers['mcp-session-id'])) {
      return answer(404, { error: { code: -32001, message: 'Session not found' } });
    }
    if (id === undefined) return response.writeHead(202).end();
    return answer(200, { result: { tools: [] } });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new Client({ name: 'finding', version: '1' });
  await client.connect(new Http(new URL(`http://127.0.0.1:${server.address().port}/mcp`)));
  await client.listTools();
  known.clear();  // what a restart does
  let failed = 0;
  for (let call = 0; call < 3; call += 1) {
    try {
      await client.listTools();
    } catch {
      failed += 1;
    }
  }
  console.log(`${name}: 3 calls after the 404, ${failed} failed, initialize sent ${opened} time${opened === 1 ? '' : 's'}`);
  server.closeAllConnections();
  server.close();
}
process.exit(0);
JAVASCRIPT
found=$(cd "$work" && node ask.mjs)
echo "$found"
[ "$found" = "1.x: 3 calls after the 404, 3 failed, initialize sent 1 time
2.x: 3 calls after the 404, 3 failed, initialize sent 1 time" ]
