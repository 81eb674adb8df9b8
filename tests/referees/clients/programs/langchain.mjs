// @langchain/mcp-adapters: MCP tools as LangChain's.
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { task, tour } from './tour.mjs';

const client = new MultiServerMCPClient({
  mcpServers: {
    mail: task.transport === 'stdio'
      ? { transport: 'stdio', command: task.command, args: task.args, env: task.env, stderr: 'ignore' }
      : { transport: task.transport, url: task.url, headers: task.headers, reconnect: { enabled: true },
          automaticSSEFallback: false } } });
let tools = [];

await tour({
  connect: () => client.initializeConnections().then(() => ''),
  tools: async () => (tools = await client.getTools()).map((tool) => tool.name),
  call: async (name, args) => {
    const said = await tools.find((tool) => tool.name === name).invoke(args);
    return typeof said === 'string' ? said : JSON.stringify(said).replaceAll('\\"', '"');
  },
  resource: async (uri) => (await client.readResource('mail', uri))[0].text,
  // For these it hands out the official client that it uses.
  prompt: async (name) => (await (await client.getClient('mail')).getPrompt({ name })).messages[0].content.text,
  watch: async (uri, told) => {
    const official = await client.getClient('mail');
    official.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => told(params.uri));
    await official.subscribeResource({ uri });
  },
  close: () => client.close(),
});
