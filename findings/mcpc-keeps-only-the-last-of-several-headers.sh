#!/usr/bin/env bash
# @apify/mcpc 0.2.6 (npm, Node 22), seen on 2026-11-29.
#
# Its help says of `mcpc connect -H`: "HTTP header (can be repeated)". Of several only the last one is sent; the others are
# dropped without a word, so a credential in the first becomes a 401 that nobody understands. A configuration file with
# `headers` sends them all.
#
# Output seen:
#     sent: x-second
#
# Exits 1 when it says something else.
set -euo pipefail

work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts @apify/mcpc@0.2.6
export HOME=$work

cat >"$work/server.mjs" <<'JAVASCRIPT'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end();
  let body = '';
  for await (const part of request) body += part;
  const { id, method } = JSON.parse(body);
  if (method === 'initialize') {
    writeFileSync('sent', Object.keys(request.headers).filter((name) => /^x-(first|second)$/.test(name)).join(' '));
  }
  if (id === undefined) return response.writeHead(202).end();
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result: method === 'initialize'
    ? { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'small', version: '1' } }
    : { tools: [] } }));
});
server.listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
JAVASCRIPT
cd "$work"
node server.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
node_modules/.bin/mcpc connect "http://127.0.0.1:$(cat port)/mcp" @one -H "X-First: 1" -H "X-Second: 2" >log 2>&1 || true
node_modules/.bin/mcpc close @one >/dev/null 2>&1 || true
found="sent: $(cat sent)"
echo "$found"
[ "$found" = "sent: x-second" ]
