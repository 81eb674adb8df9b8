// Bridges between transports: mcp-remote, mcp-proxy, supergateway. The official client 1.x speaks to the bridge, and the
// bridge to us: over HTTP or HTTP+SSE for a client that has only stdio, and the other way round.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { task, text_in, tour } from './tour.mjs';

const headers = Object.entries(task.headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
const bin = (name) => new URL(`../node_modules/.bin/${name}`, import.meta.url).pathname;
const ours = [task.command, ...task.args];

// Words that start the bridge; with `port` it serves HTTP, without it is a program on stdio.
const start = {
  'mcp-remote': () => [bin('mcp-remote'), task.url, '--transport', `${task.transport}-only`, ...headers],
  'mcp-proxy': (port) => [bin('mcp-proxy'), '--host', '127.0.0.1', '--port', port, '--server', 'stream', '--', ...ours],
  supergateway: (port) => ({
    http: () => [bin('supergateway'), '--streamableHttp', task.url, '--logLevel', 'none', ...headers],
    sse: () => [bin('supergateway'), '--sse', task.url, '--logLevel', 'none', ...headers],
    stdio: () => [bin('supergateway'), '--stdio', ours.join(' '), '--outputTransport', 'streamableHttp', '--stateful',
                  '--port', port, '--logLevel', 'none'],
  }[task.transport]()),
}[process.argv[2]];

const client = new Client({ name: 'referee', version: '1' });
let bridge;

async function serve() {
  const words = start(String(task.port));
  bridge = spawn(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'inherit'],
                                             env: { ...process.env, ...task.env, PATH: process.env.PATH } });
  for (;;) {  // until it listens: whoever holds the port keeps us from binding it
    const free = await new Promise((resolve) => {
      const probe = createServer().once('error', () => resolve(false))
        .listen(task.port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (!free) break;
    if (bridge.exitCode !== null) throw new Error(`it ended with ${bridge.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${task.port}/mcp`));
}

await tour({
  connect: async () => {
    if (task.transport === 'stdio') return client.connect(await serve());
    const [command, ...args] = start();
    return client.connect(new StdioClientTransport({ command, args, stderr: 'inherit', env: process.env }));
  },
  tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
  call: async (name, args) => text_in(await client.callTool({ name, arguments: args })),
  resource: async (uri) => (await client.readResource({ uri })).contents[0].text,
  prompt: async (name) => (await client.getPrompt({ name })).messages[0].content.text,
  watch: async (uri, told) => {
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => told(params.uri));
    await client.subscribeResource({ uri });
  },
  close: async () => {
    await client.close();
    bridge?.kill();
  },
});
