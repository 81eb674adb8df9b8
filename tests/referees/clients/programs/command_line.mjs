// Clients that are commands: mcporter, mcpc, Inspector --cli.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { task, tour } from './tour.mjs';

/** What it prints; the error has it too when it fails. */
const run = (...words) => new Promise((resolve, reject) => {
  const bin = new URL(`../node_modules/.bin/${words[0]}`, import.meta.url).pathname;
  execFile(bin, words.slice(1), { maxBuffer: 1 << 26, timeout: 60_000 }, (error, out, err) => {
    if (error) reject(new Error(`${out}${err}` || error.message));
    else resolve(out);
  }).stdin.end();
});
const names = (json) => JSON.parse(json).map((tool) => tool.name);
const headers = Object.entries(task.headers);
const server = task.transport === 'stdio' ? { command: task.command, args: task.args, env: task.env } : null;

const mcporter = {
  connect: async () => {
    mkdirSync('config');
    writeFileSync('config/mcporter.json', JSON.stringify({ imports: [], mcpServers: {
      mail: server ?? { baseUrl: task.url, headers: task.headers, allowHttp: true } } }));
    await run('mcporter', 'list');
  },
  tools: async () => JSON.parse(await run('mcporter', 'list', 'mail', '--json')).tools.map((tool) => tool.name),
  call: (name, args) => run('mcporter', 'call', `mail.${name}`, '--args', JSON.stringify(args), '--output', 'json'),
  resource: (uri) => run('mcporter', 'resource', 'mail', uri),
  close: () => {},
};

const mcpc = {
  connect: () => {
    writeFileSync('servers.json', JSON.stringify({ mcpServers: {
      mail: server ?? { url: task.url, headers: task.headers } } }));
    return run('mcpc', 'connect', 'servers.json:mail', '@mail').then(() => '');
  },
  tools: async () => names(await run('mcpc', '@mail', 'tools-list', '--json')),
  call: async (name, args) => (await run('mcpc', '@mail', 'tools-call', name, JSON.stringify(args), '--json'))
    .replaceAll('\\"', '"'),
  resource: (uri) => run('mcpc', '@mail', 'resources-read', uri, '--json'),
  prompt: (name) => run('mcpc', '@mail', 'prompts-get', name, '--json'),
  close: () => run('mcpc', 'close', '@mail'),
};

const inspect = (...words) => run('mcp-inspector', '--cli', ...(server
  ? [...Object.entries(task.env).flatMap(([name, value]) => ['-e', `${name}=${value}`]), server.command, ...server.args]
  : [task.url, '--transport', task.transport, ...headers.flatMap(([name, value]) => ['--header', `${name}: ${value}`])]),
...words);
const inspector = {
  connect: () => {},
  tools: async () => JSON.parse(await inspect('--method', 'tools/list')).tools.map((tool) => tool.name),
  call: async (name, args) => (await inspect('--method', 'tools/call', '--tool-name', name,
    ...Object.entries(args).flatMap(([key, value]) => ['--tool-arg', `${key}=${value}`]))).replaceAll('\\"', '"'),
  resource: (uri) => inspect('--method', 'resources/read', '--uri', uri),
  prompt: (name) => inspect('--method', 'prompts/get', '--prompt-name', name),
  strict: () => inspect('--method', 'tools/list', '--strict').then(() => 'no problem of portability'),
  close: () => {},
};

await tour({ mcporter, mcpc, inspector }[process.argv[2]]);
