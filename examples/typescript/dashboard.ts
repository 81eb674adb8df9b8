// Pattern 3, all mailboxes of one user together, and how she connects them.
//
//     node dashboard.ts USER            # the unified inbox
//     node dashboard.ts USER connect    # a link to connect one more mailbox

import { fail, Failure, Gmail, run } from './gmail.ts';
import type { Connection, Found, Message } from './gmail.ts';

type Line = Message & { address: string };

/** One broken mailbox does not hide the others. */
async function inbox(gmail: Gmail, { id, gmail_address: address }: Connection): Promise<Line[]> {
  try {
    const { messages } = await gmail.call<Found>('gmail_search', {
      connection_id: id, query: 'in:inbox', max_results: 10,
    });
    return messages.map((message) => ({ ...message, address }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.log(`${address}: ${error.message} ${error.connectUrl || error.hint}`);
    return [];
  }
}

async function main(user: string, command: string): Promise<void> {
  const gmail = new Gmail(user);
  const connections = await gmail.connections();
  if (command === 'connect' || connections.length === 0) {
    console.log(`Connect a mailbox: ${await gmail.connectUrl()}`);
    return;
  }
  const inboxes = await Promise.all(connections.map((connection) => inbox(gmail, connection)));
  const newestFirst = inboxes.flat().sort((a, b) => b.date.localeCompare(a.date));
  for (const { date, address, from, subject } of newestFirst) {
    console.log(`${date.slice(0, 16)}  ${address}  ${from.email}: ${subject}`);
  }
}

const [user, command = 'show'] = process.argv.slice(2);
if (user) await run(() => main(user, command));
else fail('usage: node dashboard.ts USER [connect]');
