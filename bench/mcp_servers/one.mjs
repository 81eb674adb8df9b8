// A server with @modelcontextprotocol/sdk 1.x: one tool that does nothing, and sessions. It answers by event streams, as
// is usual, or with PLAIN_JSON=1 by plain JSON.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

const transports = new Map();

async function opened() {
  const server = new McpServer({ name: 'trivial', version: '1' });
  server.registerTool('list', { description: 'Lists nothing.', inputSchema: {},
                                outputSchema: { connections: z.array(z.object({ id: z.string() })) } },
                      async () => {
                        const structuredContent = { connections: [] };
                        return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
                      });
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(), enableJsonResponse: process.env.PLAIN_JSON === '1',
    onsessioninitialized: (id) => transports.set(id, transport),
  });
  await server.connect(transport);
  return transport;
}

const listening = createServer(async (request, response) => {
  const id = request.headers['mcp-session-id'];
  const transport = id ? transports.get(id) : await opened();
  await transport.handleRequest(request, response);
}).listen(0, '127.0.0.1', () => console.log(listening.address().port));
