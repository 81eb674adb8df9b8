// An official client that can show forms and open pages: whether a person is asked before something is sent. Started by
// approval.py, once for a client, transport and era.

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
    const { ElicitRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
    return { Client, StreamableHTTPClientTransport, StdioClientTransport, SSEClientTransport, asks: ElicitRequestSchema };
  }
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
  return { Client, StreamableHTTPClientTransport, StdioClientTransport, asks: 'elicitation/create' };
}
const { Client, StreamableHTTPClientTransport, StdioClientTransport, SSEClientTransport, asks } = await parts();

const asked = [];
let answer;
/** With a person who sees forms, or without. */
async function connected(capabilities) {
  const client = new Client({ name: 'referee', version: '1' },
    { capabilities, ...(modern ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {}) });
  if (capabilities.elicitation) {
    client.setRequestHandler(asks, async (request) => {
      asked.push(request.params);
      return answer;
    });
  }
  await client.connect(stdio
    ? new StdioClientTransport({ command: PROGRAM, args: ['serve'], stderr: 'ignore', cwd: '/',
                                 env: JSON.parse(process.env.PROGRAM_ENVIRONMENT) })
    : TRANSPORT === 'sse' ? new SSEClientTransport(new URL(`${url}/sse`)) : new StreamableHTTPClientTransport(new URL(url)));
  return client;
}
const say = (title, block) => claim(`${how}: ${title}`, block);
const letter = (subject) => ({ connection_id, to: ['ann@shop.example'], subject: `${subject} (${how})`, body: 'Asked text.' });

const client = await connected({ elicitation: { form: {} } });
const send = async (subject) => {
  const result = await client.callTool({ name: 'gmail_send', arguments: letter(subject) });
  assert.ok(!result.isError, JSON.stringify(result));
  return result.structuredContent;
};
await say('the person sees the message, says "send once", and it is sent', async () => {
  answer = { action: 'accept', content: { decision: 'send_once' } };
  const result = await send('Approved in a form');
  assert.equal(result.status, 'sent', JSON.stringify(result));
  assert.ok(result.message_id);
  assert.equal(asked.length, 1);
  for (const word of ['ann@shop.example', 'Approved in a form', '| Asked text.']) {
    assert.ok(asked[0].message.includes(word), asked[0].message);
  }
  assert.deepEqual(asked[0].requestedSchema.required, ['decision']);
});
await say('who says "don\'t send" or declines has refused', async () => {
  answer = { action: 'accept', content: { decision: 'dont_send' } };
  assert.equal((await send('Refused in a form')).status, 'refused');
  answer = { action: 'decline' };
  assert.equal((await send('Declined')).status, 'refused');
});
await say('who closes the form has decided nothing: the link is there', async () => {
  answer = { action: 'cancel' };
  const result = await send('Closed');
  assert.equal(result.status, 'held', JSON.stringify(result));
  assert.match(result.approval_url, /\/approve\//);
  assert.match(result.note, /^Nothing was sent\./);
});
if (stdio) {
  await say('the page is there while the program runs', async () => {
    const { approval_url } = await send('On the page');
    const page = await fetch(approval_url);
    assert.equal(page.status, 200);
    assert.ok((await page.text()).includes('Send this message?'));
  });
}
await client.close();

const mute = await connected({});
await say('a client without forms gets the link', async () => {
  const before = asked.length;
  const result = await mute.callTool({ name: 'gmail_send', arguments: letter('No form') });
  assert.equal(result.structuredContent.status, 'held');
  assert.match(result.structuredContent.approval_url, /\/approve\//);
  assert.equal(asked.length, before);
});
await mute.close();
end();
