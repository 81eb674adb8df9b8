// The official client of 2025 stays connected while its server is killed and started. Run by restart.py, which is told
// each step on stdout and answers on stdin.

import readline from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const { URL: base, USER_NAME, WATCHED } = process.env;
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const answered = (what) => console.log(JSON.stringify(what));
const heard = [];
const client = new Client({ name: 'referee', version: '1' });
client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => heard.push(params.uri));
// It opens its stream of news again by itself.
const transport = new StreamableHTTPClientTransport(new URL(`${base}/mcp`), {
  requestInit: { headers: { 'X-Gmail-MCP-User': USER_NAME } },
  reconnectionOptions: { initialReconnectionDelay: 200, maxReconnectionDelay: 1000, reconnectionDelayGrowFactor: 1.5,
                         maxRetries: 200 },
});
const verbs = {
  async connect() {
    await client.connect(transport);
    await client.subscribeResource({ uri: WATCHED });
    return { session: transport.sessionId };
  },
  async call() {
    const { structuredContent } = await client.callTool({ name: 'gmail_list_connections', arguments: {} });
    return { connections: structuredContent.connections.length, session: transport.sessionId };
  },
  async heard() {
    return { heard: heard.filter((uri) => uri === WATCHED).length };
  },
  async close() {
    await transport.terminateSession();
    await client.close();
    return {};
  },
};
for (let { value, done } = await lines.next(); !done; { value, done } = await lines.next()) {
  try {
    answered(await verbs[value]());
  } catch (error) {
    answered({ error: String(error) });
  }
  if (value === 'close') break;
}
process.exit(0);
