// @modelcontextprotocol/sdk 1.x: the official client of the years with sessions.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { task, text_in, tour } from './tour.mjs';

const client = new Client({ name: 'referee', version: '1' });
const http = { requestInit: { headers: task.headers } };
const transport = {
  http: () => new StreamableHTTPClientTransport(new URL(task.url), http),
  sse: () => new SSEClientTransport(new URL(task.url), http),
  stdio: () => new StdioClientTransport({ command: task.command, args: task.args, env: task.env, stderr: 'ignore' }),
};
let tools = [];

await tour({
  connect: () => client.connect(transport[task.transport]()),
  tools: async () => {
    ({ tools } = await client.listTools());
    return tools.map((tool) => tool.name);
  },
  call: async (name, args) => text_in(await client.callTool({ name, arguments: args })),
  resource: async (uri) => (await client.readResource({ uri })).contents[0].text,
  prompt: async (name) => (await client.getPrompt({ name })).messages[0].content.text,
  // It holds every structured result against the tool's outputSchema, once it has listed the tools.
  strict: () => `${tools.filter((tool) => tool.outputSchema).length} output schemas are held against results`,
  watch: async (uri, told) => {
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => told(params.uri));
    await client.subscribeResource({ uri });
  },
  close: () => client.close(),
});
