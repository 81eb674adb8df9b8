// What every client is asked to do, in the same order. Started by ../../clients.py, which reads a line of JSON for
// each step ({step, ok, said} or {step, cannot: true}) and answers {ask: "deliver"} and {ask: "restart"} with a line.

import { createInterface } from 'node:readline';

/** transport (http, sse, stdio), url, headers, command, args, env, connection, patience (seconds, by step). */
export const task = JSON.parse(process.env.TASK);

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function ask(what) {
  say({ ask: what });
  if ((await answers.next()).done) process.exit(1);
}

/** An error is what the person in front of the client would read. */
export const text_of = (error) =>
  [error?.message, error?.cause?.message, error?.data?.text].filter(Boolean).join(' | ') || String(error);

/** The text of a result of tools/call; one that is an error is thrown. */
export function text_in(result) {
  const text = (result.content ?? []).map((part) => part.text ?? '').join('\n');
  if (result.isError) throw new Error(text);
  return text;
}

const within = (seconds, promise, what) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

function holds(text, pattern) {
  if (!pattern.test(text)) throw new Error(`no ${pattern} in: ${String(text).slice(0, 400)}`);
}

/** `client` has connect(), tools() → names, call(name, arguments) → text, close(), and as far as its package has
 *  them resource(uri) → text, prompt(name) → text, watch(uri, told), strict() → what it says of the schemas. What is
 *  missing is told as what the client cannot do. */
export async function tour(client) {
  let told = () => {};
  const heard = async (seconds) => {
    // Whoever opens its stream anew, after a restart, misses what came before: so there is more than one mail.
    let is_told = false;
    const one = new Promise((resolve) => { told = () => { is_told = true; resolve(); }; });
    const until = Date.now() + seconds * 1000;
    while (!is_told && Date.now() < until) {
      await ask('deliver');
      await Promise.race([one, new Promise((resolve) => setTimeout(resolve, 1000))]);
    }
    if (!is_told) throw new Error(`told of nothing within ${seconds} s`);
  };
  const refused = async (name, args, pattern) => {
    let said;
    try {
      said = await client.call(name, args);
    } catch (error) {
      said = text_of(error);
    }
    holds(said, pattern);
  };
  let connection_id = task.connection;
  const search = () => client.call('gmail_search', { connection_id, query: 'in:inbox', max_results: 3 });
  let after_restart = null;
  const steps = {
    connect: async () => {
      const said = await client.connect();
      // Whoever signs in has a connection from then on.
      connection_id ??= JSON.parse(await client.call('gmail_list_connections', {})).connections[0].id;
      return said;
    },
    list: async () => {
      const names = await client.tools();
      if (!names.some((name) => name.endsWith('gmail_search'))) throw new Error(`no gmail_search among ${names}`);
      return `${names.length} tools`;
    },
    call: async () => {
      const whose = task.connection ? { user_id: 'local' } : {};
      holds(await client.call('gmail_list_connections', whose), new RegExp(connection_id));
      holds(await search(), /"subject"/);
    },
    argument: () => refused('gmail_search', { connection_id, query: 'x', max_results: 1000 },
      /max_results of gmail_search must be between 1 and 100/),
    refusal: () => refused('gmail_search', { connection_id: '00000000-0000-4000-8000-000000000000', query: 'x' },
      /gmail_list_connections/),
    resource: client.resource && (async () => holds(await client.resource(`gmail://${connection_id}/labels`), /INBOX/)),
    prompt: client.prompt && (async () => holds(await client.prompt('setup-gmail'), /Gmail/)),
    strict: client.strict && (() => client.strict()),
    hear: client.watch && (async () => {
      const watched = `conversations://${connection_id}`;
      await client.watch(watched, (uri) => uri === watched && told());
      await heard(task.patience.hear);
    }),
    again: task.transport !== 'stdio' && (async () => {
      await ask('restart');
      let error;
      for (const which of ['first', 'second', 'third']) {
        try {
          holds(await search(), /"subject"/);
          after_restart ??= which;
        } catch (failed) {
          error = failed;
          after_restart = null;
        }
      }
      if (!after_restart) throw error;
      return `from the ${after_restart} call`;
    }),
    hear_again: task.transport !== 'stdio' && client.watch && (() => heard(task.patience.hear_again)),
  };
  for (const [step, run] of Object.entries(steps)) {
    if (run === false) continue;  // no such step over this transport
    if (!run) {
      say({ step, cannot: true });
      continue;
    }
    try {
      say({ step, ok: true, said: (await within(task.patience[step] + 20, run(), step)) ?? '' });
    } catch (error) {
      say({ step, ok: false, said: text_of(error).slice(0, 1000) });
      if (step === 'connect') break;
    }
  }
  await within(10, Promise.resolve(client.close()), 'close').catch(() => {});
  process.exit(0);
}
