// @ai-sdk/mcp: the MCP client of Vercel's AI SDK.
import { createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { task, text_in, tour } from './tour.mjs';

let client;
let tools = {};

await tour({
  connect: async () => {
    client = await createMCPClient({
      transport: task.transport === 'stdio'
        ? new Experimental_StdioMCPTransport({ command: task.command, args: task.args, env: task.env, stderr: 'ignore' })
        : { type: task.transport, url: task.url, headers: task.headers } });
    return `revision ${client.initializeResult.protocolVersion}`;
  },
  tools: async () => Object.keys(tools = await client.tools()),
  // The way an agent takes: through the tool that it was given.
  call: async (name, args) => text_in(await tools[name].execute(args, { toolCallId: '1', messages: [] })),
  resource: async (uri) => (await client.readResource({ uri })).contents[0].text,
  prompt: async (name) => (await client.getPrompt({ name })).messages[0].content.text,
  close: () => client.close(),
});
