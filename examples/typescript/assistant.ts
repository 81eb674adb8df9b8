// Pattern 1, an assistant in a chat: a question, gmail_search over MCP, your model, an answer.
//
//     node assistant.ts USER "What did I get today?"

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { fail, Failure, headersFor, run, SERVER } from './gmail.ts';
import type { Connection, Found } from './gmail.ts';

const QUERIES = { today: 'newer_than:1d', week: 'newer_than:7d', unread: 'is:unread' };

/** Here your model chooses: `client.listTools()` gives it every tool with its JSON Schema. */
function queryFor(question: string): string {
  const words = question.toLowerCase();
  return Object.entries(QUERIES).find(([word]) => words.includes(word))?.[1] ?? 'in:inbox';
}

/** Here your model summarises. Give it mail as data: whatever a letter asks for, it is not the user
 *  who asks. The mail of this client's user is all that a fooled model can reach. */
function answer({ messages, next_page_token }: Found): string {
  const lines = messages.map(({ from, subject }) => `- ${from.name || from.email}: ${subject}`);
  return [`${messages.length}${next_page_token ? ' or more' : ''} messages:`, ...lines].join('\n');
}

/** A tool's result. A failure is a result too, for the model to read: here it becomes an exception. */
async function call<Result>(client: Client, name: string, args = {}): Promise<Result> {
  const result = await client.callTool({ name, arguments: args });
  if (!result.isError) return result.structuredContent as Result;
  const [first] = result.content;
  throw new Failure(JSON.parse(first?.type === 'text' ? first.text : '{}'));
}

async function main(user: string, question: string): Promise<void> {
  const client = new Client({ name: 'assistant', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', SERVER), {
    requestInit: { headers: headersFor(user) },
  }));
  try {
    const { connections: [connection] } = await call<{ connections: Connection[] }>(
      client, 'gmail_list_connections', { include_inactive: true });
    if (!connection) {
      const link = await call<{ connect_url: string }>(client, 'gmail_get_auth_url');
      console.log(`First connect your Gmail: ${link.connect_url}`);
      return;
    }
    console.log(answer(await call<Found>(client, 'gmail_search', {
      connection_id: connection.id, query: queryFor(question), max_results: 20,
    })));
  } finally {
    await client.close();
  }
}

const [user, question] = process.argv.slice(2);
if (user && question) await run(() => main(user, question));
else fail('usage: node assistant.ts USER QUESTION');
