// @mastra/mcp: MCP tools as Mastra's.
import { MCPClient } from '@mastra/mcp';
import { task, text_in, tour } from './tour.mjs';

const client = new MCPClient({
  id: 'referee',
  servers: {
    mail: task.transport === 'stdio'
      ? { command: task.command, args: task.args, env: task.env }
      : { url: new URL(task.url), requestInit: { headers: task.headers } } } });
let tools = {};

await tour({
  connect: async () => {
    const { errors } = await client.listToolsWithErrors();
    if (errors.mail) throw new Error(errors.mail);
    return `revision ${client.getServerProtocolVersions().mail}`;
  },
  tools: async () => Object.keys(tools = await client.listTools()),
  call: async (name, args) => {
    const said = await tools[`mail_${name}`].execute(args, {});
    return said?.content ? text_in(said) : JSON.stringify(said);
  },
  resource: async (uri) => (await client.resources.read('mail', uri)).contents[0].text,
  prompt: async (name) => (await client.prompts.get({ serverName: 'mail', name })).messages[0].content.text,
  watch: async (uri, told) => {
    await client.resources.onUpdated('mail', (params) => told(params.uri));
    await client.resources.subscribe('mail', uri);
  },
  close: () => client.disconnect(),
});
