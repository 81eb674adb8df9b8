// The official clients wait for new mail. Started by new_mail.py, once for IDLE and once for polling.

import assert from 'node:assert/strict';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client';
import { claim, end } from './stage/claims.mjs';

const { URL: base, SANDBOX, HOW, ALICE, SECOND, BOB } = process.env;
const ALEX = 'alex.morgan@gmail.example', PRIYA = 'priya.nair@gmail.example', TOM = 'tom.becker@gmail.example';
const ANN = 'ann@shop.example', CAROL = 'carol@shop.example';
const say = (title, block) => claim(`by ${HOW}: ${title}`, block);

async function post(url, body, method = 'POST') {
  const answer = await fetch(url, { method, headers: { 'content-type': 'application/json' },
                                    body: body && JSON.stringify(body), signal: AbortSignal.timeout(300_000) });
  const text = await answer.text();
  assert.ok(answer.ok, `${url}: ${answer.status} ${text}`);
  return JSON.parse(text);
}
const deliver = (to, from, subject) =>
  post(`${SANDBOX}/sandbox/deliver`, { to, from, subject, text: `About ${subject}.` });

/** What a client is told: `next` resolves when a URI has been named again after `since`. */
class Ear {
  all = [];
  waiting = new Set();
  hear(uri) {
    this.all.push(uri);
    for (const one of this.waiting) one();
  }
  next(uri, since) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!this.all.slice(since).includes(uri)) return;
        clearTimeout(late);
        this.waiting.delete(look);
        resolve();
      };
      const late = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`nobody said ${uri}; heard since: ${this.all.slice(since)}`));
      }, 120_000);  // only to end a hang
      this.waiting.add(look);
      look();
    });
  }
}

class Listener {
  ear = new Ear();
  constructor(name, user) {
    Object.assign(this, { name, user, modern: name.endsWith('2026-07-28') });
  }
  async connect() {
    const options = { requestInit: { headers: { 'X-Gmail-MCP-User': this.user } } };
    const me = { name: 'referee', version: '1' };
    if (this.name.startsWith('1.x')) {
      this.client = new Client1(me);
      this.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => this.ear.hear(params.uri));
      await this.client.connect(this.name.includes('SSE') ? new SSEClientTransport(new URL(`${base}/mcp/sse`), options)
                                                          : new Http1(new URL(`${base}/mcp`), options));
    } else {
      this.client = new Client2(me, this.modern ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {});
      this.client.setNotificationHandler('notifications/resources/updated', ({ params }) => this.ear.hear(params.uri));
      await this.client.connect(new Http2(new URL(`${base}/mcp`), options));
    }
    assert.equal(this.client.getServerCapabilities().resources.subscribe, true);
  }
  /** Returns the URIs that are watched. */
  async watch(uris) {
    if (this.modern) {
      const subscription = await this.client.listen({ resourceSubscriptions: uris });
      return subscription.honoredFilter.resourceSubscriptions ?? [];
    }
    const taken = [];
    for (const uri of uris) {
      try {
        await this.client.subscribeResource({ uri });
        taken.push(uri);
      } catch (error) {
        if (![-32602, -32002].includes(error.code)) throw error;
      }
    }
    return taken;
  }
  async read(uri) {
    return JSON.parse((await this.client.readResource({ uri })).contents[0].text);
  }
}

const conversations = (id) => `conversations://${id}`;
const messages = (id, email) => `messages://${id}/${email}`;
const names = ['1.x over Streamable HTTP', '1.x over HTTP+SSE', '2.x, sessions', '2.x, 2026-07-28'];
const alices = names.map((name) => new Listener(name, 'alice'));
const bobs = names.map((name) => new Listener(name, 'bob'));
const hers = [conversations(ALICE), messages(ALICE, ANN), messages(ALICE, CAROL),
              messages(SECOND, ANN), messages(SECOND, CAROL)];
const marks = () => alices.map((one) => one.ear.all.length);

for (const listener of alices) {
  await say(`${listener.name}: subscribes to conversations and to the mail of single contacts`, async () => {
    await listener.connect();
    assert.deepEqual(await listener.watch(hers), hers);
  });
}
for (const listener of bobs) {
  await say(`${listener.name}: another user may not subscribe to them, only to his own`, async () => {
    await listener.connect();
    assert.deepEqual(await listener.watch([...hers, conversations(BOB)]), [conversations(BOB)]);
  });
}

let since = marks();
await deliver(ALEX, `Ann <${ANN}>`, 'News for Alex');
for (const [index, listener] of alices.entries()) {
  await say(`${listener.name}: a mail arrives, and the client is told without asking`, async () => {
    await listener.ear.next(conversations(ALICE), since[index]);
    await listener.ear.next(messages(ALICE, ANN), since[index]);
  });
  await say(`${listener.name}: the resource has the message then`, async () => {
    const [one] = (await listener.read(messages(ALICE, ANN))).filter(({ subject }) => subject === 'News for Alex');
    assert.deepEqual([one?.direction, one?.from.email, one?.body_plain.trim()],
                     ['received', ANN, 'About News for Alex.']);
    const threads = await listener.read(conversations(ALICE));
    assert.equal(threads[0].subject, 'News for Alex', JSON.stringify(threads[0]));
  });
}
await say('who watches another contact was not told of this one', async () => {
  for (const { ear } of alices) assert.ok(!ear.all.includes(messages(ALICE, CAROL)), String(ear.all));
});

since = marks();
await say('send_email sends', async () => {
  const sent = await post(`${base}/tools/send_email`,
                          { account_id: ALICE, to: [CAROL], subject: 'To Carol', body: 'Hi' });
  assert.equal(sent.success, true);
});
for (const [index, listener] of alices.entries()) {
  await say(`${listener.name}: sent mail is told as well, and is in the resource`, async () => {
    await listener.ear.next(messages(ALICE, CAROL), since[index]);
    const [one] = await listener.read(messages(ALICE, CAROL));
    assert.deepEqual([one?.subject, one?.direction], ['To Carol', 'sent']);
  });
}

await deliver(TOM, ANN, 'For Bob');
for (const listener of bobs) {
  await say(`${listener.name}: another user hears of his own mail, and of nothing else`, async () => {
    await listener.ear.next(conversations(BOB), 0);
    assert.deepEqual([...new Set(listener.ear.all)], [conversations(BOB)]);
  });
}

await say('remove_gmail_account removes it', async () => {
  assert.equal((await post(`${base}/accounts/${ALICE}`, undefined, 'DELETE')).success, true);
});
// What was on its way to a client has come when it hears of the other account.
since = marks();
await deliver(PRIYA, ANN, 'To the second');
for (const [index, listener] of alices.entries()) {
  await say(`${listener.name}: the mail of another account of hers is told still`, () =>
    listener.ear.next(messages(SECOND, ANN), since[index]));
}
since = marks();
await deliver(ALEX, ANN, 'Too late');
await deliver(PRIYA, CAROL, 'Still here');
for (const [index, listener] of alices.entries()) {
  await say(`${listener.name}: after remove_gmail_account nothing comes of it any more`, async () => {
    await listener.ear.next(messages(SECOND, CAROL), since[index]);
    assert.deepEqual(listener.ear.all.slice(since[index]).filter((uri) => uri.includes(ALICE)), []);
    await assert.rejects(() => listener.client.readResource({ uri: conversations(ALICE) }),
                         (error) => [-32602, -32002].includes(error.code));
  });
}
for (const listener of [...alices, ...bobs]) await listener.client?.close().catch(() => {});
end();
