// @modelcontextprotocol/client 2.x: the official client of today, in each of its modes (auto, legacy, pinned).
import { Client, StreamableHTTPClientTransport, SSEClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { task, text_in, tour } from './tour.mjs';

const mode = { auto: 'auto', legacy: 'legacy', pinned: { pin: '2026-07-28' } }[task.mode];
const client = new Client({ name: 'referee', version: '1' }, { versionNegotiation: { mode } });
const http = { requestInit: { headers: task.headers } };
const transport = {
  http: () => new StreamableHTTPClientTransport(new URL(task.url), http),
  sse: () => new SSEClientTransport(new URL(task.url), http),
  stdio: () => new StdioClientTransport({ command: task.command, args: task.args, env: task.env, stderr: 'ignore' }),
};
let tools = [];

await tour({
  connect: async () => {
    await client.connect(transport[task.transport]());
    return `revision ${client.getNegotiatedProtocolVersion()}`;
  },
  tools: async () => {
    ({ tools } = await client.listTools());
    return tools.map((tool) => tool.name);
  },
  call: async (name, args) => text_in(await client.callTool({ name, arguments: args })),
  resource: async (uri) => (await client.readResource({ uri })).contents[0].text,
  prompt: async (name) => (await client.getPrompt({ name })).messages[0].content.text,
  strict: () => `${tools.filter((tool) => tool.outputSchema).length} output schemas are held against results`,
  watch: async (uri, told) => {
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => told(params.uri));
    if (client.getNegotiatedProtocolVersion() >= '2026-07-28') await client.listen({ resourceSubscriptions: [uri] });
    else await client.subscribeResource({ uri });
  },
  close: () => client.close(),
});
