// @openai/agents: the MCP servers of OpenAI's Agents SDK, with strict schemas.
import { MCPServerSSE, MCPServerStdio, MCPServerStreamableHttp, getAllMcpTools } from '@openai/agents';
import { task, text_in, tour } from './tour.mjs';

const http = { url: task.url, requestInit: { headers: task.headers } };
const server = {
  http: () => new MCPServerStreamableHttp(http),
  sse: () => new MCPServerSSE(http),
  stdio: () => new MCPServerStdio({ command: task.command, args: task.args, env: task.env }),
}[task.transport]();

await tour({
  connect: () => server.connect(),
  tools: async () => (await server.listTools()).map((tool) => tool.name),
  call: async (name, args) => text_in(await server.callToolResult(name, args)),
  resource: async (uri) => (await server.readResource(uri)).contents[0].text,
  strict: async () => {
    const tools = await getAllMcpTools({ mcpServers: [server], convertSchemasToStrict: true });
    const loose = tools.filter((tool) => !tool.strict).map((tool) => tool.name);
    if (loose.length) throw new Error(`not strict: ${loose}`);
    return `all ${tools.length} tools are strict`;
  },
  close: () => server.close(),
});
