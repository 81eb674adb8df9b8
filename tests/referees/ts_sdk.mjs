// One official client, one transport, one era: what an agent does with us. Started by ts_sdk.py.

import assert from 'node:assert/strict';
import { claim, end } from './stage/claims.mjs';

const { CLIENT, TRANSPORT, ERA, URL: url, CONNECTION: connection_id, PROGRAM } = process.env;
const how = `client ${CLIENT} over ${TRANSPORT}${CLIENT === '2.x' ? `, ${ERA}` : ''}`;
const stdio = TRANSPORT === 'stdio';
const modern = ERA === 'modern';

async function parts() {
  if (CLIENT === '1.x') {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const { SSEClientTransport } = await import('@modelcontextprotocol/sdk/client/sse.js');
    return { Client, StreamableHTTPClientTransport, StdioClientTransport, SSEClientTransport };
  }
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
  return { Client, StreamableHTTPClientTransport, StdioClientTransport };
}

const { Client, StreamableHTTPClientTransport, StdioClientTransport, SSEClientTransport } = await parts();
const client = new Client({ name: 'referee', version: '1' },
  modern ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {});
const transport = stdio
  ? new StdioClientTransport({ command: PROGRAM, args: ['serve'], stderr: 'ignore', cwd: '/',
                               env: JSON.parse(process.env.PROGRAM_ENVIRONMENT) })
  : TRANSPORT === 'sse' ? new SSEClientTransport(new URL(`${url}/sse`))
  : new StreamableHTTPClientTransport(new URL(url));

const say = (title, block) => claim(`${how}: ${title}`, block);
const call = (name, args) => client.callTool({ name, arguments: args });
const failure = (result) => {
  assert.equal(result.isError, true, JSON.stringify(result));
  assert.equal(result.structuredContent, undefined);
  return JSON.parse(result.content[0].text);
};

await say(`connects${modern ? ' with revision 2026-07-28' : ''}`, async () => {
  await client.connect(transport);
  assert.equal(client.getServerVersion()?.name, 'gmail-mcp');
  if (modern) assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
  assert.match(client.getInstructions(), /connection_id/);
});

let tools = [];
await say('tools/list has the tools, titled and annotated', async () => {
  ({ tools } = await client.listTools());
  const names = tools.map((tool) => tool.name);
  for (const name of ['gmail_get_auth_url', 'gmail_handle_oauth_callback', 'gmail_list_connections',
                      'gmail_check_connection', 'gmail_disconnect', 'gmail_search', 'gmail_get_message',
                      'gmail_get_thread', 'gmail_get_attachment', 'gmail_send', 'gmail_modify_labels',
                      'gmail_create_draft', 'gmail_send_draft', 'gmail_archive', 'gmail_trash', 'gmail_list_labels',
                      'gmail_batch_modify_labels']) {
    assert.ok(names.includes(name), `${name} is not among ${names}`);
  }
  assert.equal(names.includes('gmail_check_setup'), stdio, 'set-up tools are for the operator: stdio');
  for (const tool of tools) {
    assert.ok(tool.title && tool.description && tool.outputSchema, tool.name);
    assert.equal(tool.inputSchema.additionalProperties, false, tool.name);
    assert.equal(typeof tool.annotations.readOnlyHint, 'boolean', tool.name);
  }
  assert.equal(tools.find((tool) => tool.name === 'gmail_send').annotations.readOnlyHint, false);
});

let message;
await say('gmail_search: structured content, the same as text', async () => {
  const result = await call('gmail_search', { connection_id, query: 'in:inbox', max_results: 5 });
  assert.ok(!result.isError, JSON.stringify(result));
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
  assert.ok(result.structuredContent.messages.length > 0);
  [message] = result.structuredContent.messages;
});
await say('every reading tool satisfies the output schema it declares', async () => {
  const of = async (name, args) => {
    const result = await call(name, { connection_id, ...args });  // the client validates
    assert.ok(!result.isError, JSON.stringify(result));
    return result.structuredContent;
  };
  assert.equal((await of('gmail_get_message', { message_id: message.id })).id, message.id);
  assert.ok((await of('gmail_get_thread', { thread_id: message.thread_id })).message_count >= 1);
  assert.equal((await of('gmail_check_connection', {})).valid, true);
  const listed = await call('gmail_list_connections', { user_id: 'local' });
  assert.equal(listed.structuredContent.connections[0].id, connection_id);
  const found = await of('gmail_search', { query: 'has:attachment', include_body: true });
  const [mail] = found.messages;
  assert.ok(mail, 'no mail with an attachment');
  const file = await of('gmail_get_attachment', { message_id: mail.id, attachment_id: mail.attachments[0].id });
  assert.equal(Buffer.from(file.content_base64, 'base64').length, file.size);
});
await say('gmail_modify_labels and gmail_send work, and the search sees both', async () => {
  const star = await call('gmail_modify_labels', { connection_id, message_id: message.id, add_labels: ['STARRED'] });
  assert.ok(star.structuredContent.current_labels.includes('STARRED'), JSON.stringify(star));
  const subject = `From ${CLIENT} ${TRANSPORT} ${ERA} \u2713`;
  const sent = await call('gmail_send', { connection_id, to: ['ann@shop.example'], subject, body: 'Hi' });
  assert.equal(sent.structuredContent?.success, true, JSON.stringify(sent));
  const found = await call('gmail_search', { connection_id, query: `in:sent subject:"${subject}"` });
  assert.deepEqual(found.structuredContent.messages.map((one) => one.id), [sent.structuredContent.message_id]);
});
await say('a bad argument reaches the agent as our sentence', async () => {
  const error = failure(await call('gmail_search', { connection_id, query: 'x', max_results: 1000 }));
  assert.equal(error.code, 'invalid_argument');
  assert.match(error.error, /max_results.*100/);
  const unknown = failure(await call('gmail_search', { connection_id, query: 'x', limit: 3 }));
  assert.match(unknown.error, /limit/);
});
await say('an unknown connection is not_found, with a hint', async () => {
  const error = failure(await call('gmail_search', { connection_id: '00000000-0000-4000-8000-000000000000', query: 'x' }));
  assert.deepEqual([error.success, error.code, error.retryable], [false, 'not_found', false]);
  assert.match(error.hint, /gmail_list_connections/);
});
await say('an unknown tool is a protocol error, not a crash', async () => {
  await assert.rejects(() => call('gmail_serach', {}), (error) => error.code === -32602);
});
await say('20 searches at once are all answered', async () => {
  const results = await Promise.all(Array.from({ length: 20 }, () =>
    call('gmail_search', { connection_id, query: 'in:inbox', max_results: 3 })));
  assert.ok(results.every((one) => !one.isError && one.structuredContent.messages.length === 3));
});

await say('resources: every listed one can be read, and the templates of this connection', async () => {
  const { resources } = await client.listResources();
  const { resourceTemplates } = await client.listResourceTemplates();
  const uris = resourceTemplates.map((one) => one.uriTemplate);
  for (const uri of ['gmail://{connection_id}/labels', 'gmail://{connection_id}/profile', 'users://{user_id}/connections']) {
    assert.ok(uris.includes(uri), `${uri} is not among ${uris}`);
  }
  assert.equal(resources.some((one) => one.uri === 'docs://setup'), stdio, 'for the operator: stdio');
  for (const { uri, mimeType } of resources) {
    const { contents } = await client.readResource({ uri });
    assert.ok(contents[0].text.length > 0, uri);
    assert.deepEqual([contents[0].uri, contents[0].mimeType], [uri, mimeType]);
  }
  const read = async (uri) => JSON.parse((await client.readResource({ uri })).contents[0].text);
  assert.ok((await read(`gmail://${connection_id}/labels`)).some((one) => one.id === 'INBOX'));
  assert.equal((await read(`gmail://${connection_id}/profile`)).email_address, 'alex.morgan@gmail.example');
  assert.equal((await read('users://local/connections'))[0].id, connection_id);
});
await say('a resource that does not exist is an error that says so', async () => {
  for (const uri of ['gmail://00000000-0000-4000-8000-000000000000/labels', 'docs://nothing']) {
    await assert.rejects(() => client.readResource({ uri }), (error) => [-32602, -32002].includes(error.code));
  }
});
await say('prompts: listed by hyphens, answered by either spelling', async () => {
  const { prompts } = await client.listPrompts();
  assert.ok(prompts.some((one) => one.name === 'setup-gmail'), JSON.stringify(prompts));
  for (const name of ['setup-gmail', 'setup_gmail']) {
    const { messages } = await client.getPrompt({ name });
    assert.ok(messages[0].content.text.length > 100);
  }
  await assert.rejects(() => client.getPrompt({ name: 'no-such-prompt' }), (error) => error.code === -32602);
});
await say('completion offers the connections this caller has', async () => {
  if (!client.getServerCapabilities().completions) return;
  const { completion } = await client.complete({
    ref: { type: 'ref/resource', uri: 'gmail://{connection_id}/labels' },
    argument: { name: 'connection_id', value: connection_id.slice(0, 4) } });
  assert.deepEqual(completion.values, [connection_id]);
});
await say('a subscription is taken, and refused for what may not be read', async () => {
  const uri = `gmail://${connection_id}/labels`;
  if (!client.getServerCapabilities().resources?.subscribe) return;
  if (modern) {
    const subscription = await client.listen({ resourceSubscriptions: [uri] });
    assert.deepEqual(subscription.honoredFilter.resourceSubscriptions, [uri]);
    await subscription.close();
  } else {
    await client.subscribeResource({ uri });
    await client.unsubscribeResource({ uri });
    await assert.rejects(() => client.subscribeResource({ uri: 'gmail://00000000-0000-4000-8000-000000000000/labels' }));
  }
});
if (!modern) await say('ping', () => client.ping());
await say('goes away cleanly', () => client.close());
end();
