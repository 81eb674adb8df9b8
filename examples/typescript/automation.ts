// Pattern 2, automation: new mail, your rule, a reply and a label.
//
//     node automation.ts USER [SECONDS]
//
// Answers the first letter of each conversation about an order, in all mailboxes of the user, and
// looks for more every SECONDS (30). It may be killed at any time: nobody is answered twice.

import { setTimeout as sleep } from 'node:timers/promises';

import { fail, Failure, Gmail, run } from './gmail.ts';
import type { Connection, Found, Message } from './gmail.ts';

const QUERY = 'in:inbox is:unread subject:order newer_than:7d';
const REPLY = 'Thank you for your order. A person will write to you within a day.';

/** Here your rule or your model decides. Neither robots nor the user's own mailboxes are answered,
 *  and a conversation only once: two programs thanking each other would never stop. */
function wantsReply({ id, thread_id, from }: Message, own: string[]): boolean {
  const robot = /reply.*@/.test(from.email);
  return id === thread_id && !own.includes(from.email) && !robot;
}

async function handle(gmail: Gmail, connection: Connection, message: Message): Promise<void> {
  // The reply comes before the mark. If we are killed in between we find the message again, and the
  // key keeps it from being answered again.
  await gmail.call('gmail_send', {
    connection_id: connection.id, to: [message.from.email], subject: '', body: REPLY,
    reply_to_message_id: message.id, idempotency_key: `thanks/${message.id}`,
  });
  await gmail.call('gmail_modify_labels', {
    connection_id: connection.id, message_id: message.id,
    add_labels: ['STARRED'], remove_labels: ['UNREAD'],
  });
  console.log(`answered ${message.from.email}: ${message.subject}`);
}

async function look(gmail: Gmail, connection: Connection, own: string[]): Promise<void> {
  const { messages } = await gmail.call<Found>('gmail_search', {
    connection_id: connection.id, query: QUERY, max_results: 100,
  });
  for (const message of messages) {
    if (!wantsReply(message, own)) continue;
    try {
      await handle(gmail, connection, message);
    } catch (error) { // of one message; the next round tries it again
      if (!(error instanceof Failure) || error.connectUrl) throw error;
      console.log(`not answered: ${message.subject}: ${error.message}`);
    }
  }
}

async function main(user: string, seconds: number): Promise<void> {
  const gmail = new Gmail(user);
  for (;;) {
    const connections = await gmail.connections();
    const own = connections.map((connection) => connection.gmail_address);
    for (const connection of connections) {
      try {
        await look(gmail, connection, own);
      } catch (error) { // of one mailbox; the others go on
        if (!(error instanceof Failure)) throw error;
        console.log(`${connection.gmail_address}: ${error.message} ${error.connectUrl}`);
      }
    }
    await sleep(seconds * 1000);
  }
}

const [user, seconds = '30'] = process.argv.slice(2);
if (user) await run(() => main(user, Number(seconds)));
else fail('usage: node automation.ts USER [SECONDS]');
