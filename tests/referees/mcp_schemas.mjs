// Judges what our server sent in the conversations of MESSAGES (files of JSON lines) by the official schemas
// of MCP in SCHEMAS. A conversation is one of
//   {version, session, query, asked, type, opened, answer}   an HTTP exchange: headers, body, body
//   {stdio, asked, answer}                                    lines, lines
import { readFileSync, readdirSync } from 'node:fs';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { claim, end, note } from './stage/claims.mjs';

const META = 'io.modelcontextprotocol/protocolVersion';
const NEWEST_LEGACY = '2025-11-25';
const MODERN = ['2026-07-28'];
const RESULTS = {
  initialize: 'InitializeResult', ping: 'EmptyResult', 'logging/setLevel': 'EmptyResult',
  'server/discover': 'DiscoverResult', 'tools/list': 'ListToolsResult', 'tools/call': 'CallToolResult',
  'resources/list': 'ListResourcesResult', 'resources/templates/list': 'ListResourceTemplatesResult',
  'resources/read': 'ReadResourceResult', 'resources/subscribe': 'EmptyResult', 'resources/unsubscribe': 'EmptyResult',
  'prompts/list': 'ListPromptsResult', 'prompts/get': 'GetPromptResult', 'completion/complete': 'CompleteResult',
  'subscriptions/listen': 'SubscriptionsListenResult',
};

// --- the schemas -------------------------------------------------------------------------------------------------

const revisions = new Map();
for (const file of readdirSync(process.env.SCHEMAS).filter(name => name.endsWith('.json')).sort()) {
  const schema = JSON.parse(readFileSync(`${process.env.SCHEMAS}/${file}`, 'utf8'));
  const newer = 'prefixItems' in schema || /2020-12/.test(schema.$schema);
  const ajv = new (newer ? Ajv2020 : Ajv)({ strict: false, allErrors: false });
  formats(ajv);
  const name = file.replace('.json', '');
  ajv.addSchema(schema, name);
  revisions.set(name, { ajv, names: schema.$defs ?? schema.definitions, where: schema.$defs ? '$defs' : 'definitions', compiled: new Map() });
}

function fault(revision, definition, value) {
  const { ajv, names, where, compiled } = revisions.get(revision);
  if (!(definition in names)) return `${revision} has no ${definition}`;
  if (!compiled.has(definition)) compiled.set(definition, ajv.compile({ $ref: `${revision}#/${where}/${definition}` }));
  const judge = compiled.get(definition);
  return judge(value) ? null : `${definition}: ${ajv.errorsText(judge.errors, { separator: '; ' })}`;
}

const first = (revision, ...definitions) => definitions.find(name => name in revisions.get(revision).names);

// What is wrong with a message of ours in that revision; null: nothing.
function judge(revision, message, methods) {
  if ('method' in message && 'id' in message) {
    return fault(revision, 'JSONRPCRequest', message) ?? fault(revision, 'ServerRequest', message);
  }
  if ('method' in message) {
    return fault(revision, 'JSONRPCNotification', message) ?? fault(revision, 'ServerNotification', message);
  }
  if ('error' in message) return fault(revision, first(revision, 'JSONRPCErrorResponse', 'JSONRPCError'), message);
  const envelope = fault(revision, first(revision, 'JSONRPCResultResponse', 'JSONRPCResponse'), message);
  if (envelope) return envelope;
  if (methods.length === 0) return 'it answers nothing that was asked';
  let why = null;
  for (const method of methods) {
    const required = message.result?.resultType === 'input_required';
    why = fault(revision, required ? 'InputRequiredResult' : RESULTS[method] ?? 'Result', message.result);
    if (!why) return null;
  }
  return `${methods.join(' or ')}: ${why}`;
}

// --- the conversations -------------------------------------------------------------------------------------------

const parsed = text => { try { return JSON.parse(text); } catch { return undefined; } };
const each = value => (Array.isArray(value) ? value : value === undefined ? [] : [value]).filter(one => one && typeof one === 'object');
const asked_in = one => one.stdio ? one.asked.split('\n').flatMap(line => each(parsed(line))) : each(parsed(one.asked));

function events(text) {
  return text.split('\n\n').map(event => event.split('\n').filter(line => line.startsWith('data:')).map(line => line.slice(5).trim()).join('\n'));
}
function sent_in(one) {
  if (one.stdio) return one.answer.split('\n').filter(Boolean).map(line => [line, parsed(line)]).flatMap(([line, value]) => value === undefined ? [line] : each(value));
  if (/^text\/event-stream/.test(one.type)) return events(one.answer).flatMap(data => each(parsed(data)));
  return /json/.test(one.type) ? each(parsed(one.answer)) : [];
}
const is_rpc = message => typeof message !== 'object' || message.jsonrpc === '2.0';
const sse_session = one => /sessionId=([\w-]+)/.exec(one.query ?? '')?.[1] ?? /sessionId=([\w-]+)/.exec(one.answer.slice(0, 200))?.[1];

const conversations = process.env.MESSAGES.split(':').filter(Boolean)
  .flatMap(file => readFileSync(file, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line)));

const agreed = new Map();     // session → revision
// Session → its requests: HTTP+SSE answers on another exchange than the one that asked, and so does the stream on
// which a client comes back for an answer.
const asked_there = new Map();
const session_of = one => one.stdio ? undefined : sse_session(one) ?? (one.session || undefined);
for (const one of conversations) {
  const there = session_of(one);
  if (there) asked_there.set(there, [...asked_there.get(there) ?? [], ...asked_in(one)]);
  for (const message of sent_in(one)) {
    if (message.result?.protocolVersion && message.result.serverInfo) agreed.set(one.stdio ? one : sse_session(one) ?? one.opened, message.result.protocolVersion);
  }
}

const wrong = new Map();   // revision → messages with what is wrong
const judged = new Map();  // revision → number of messages
const kinds = new Set();
for (const one of conversations) {
  const own = asked_in(one);
  const requests = own.length > 0 && !sse_session(one) ? own : asked_there.get(session_of(one)) ?? own;
  const legacy = agreed.get(one.stdio ? one : sse_session(one) ?? (one.opened || one.session)) ?? (revisions.has(one.version) && !MODERN.includes(one.version) ? one.version : undefined);
  for (const message of sent_in(one)) {
    if (!is_rpc(message)) continue; // the HTTP server's own answers
    const questions = requests.filter(request => request.method && 'id' in request && request.id === message.id);
    const about = questions.length > 0 && 'id' in message ? questions : requests;
    const modern = about.some(request => typeof request.params?._meta?.[META] === 'string') || (MODERN.includes(one.version) && !legacy);
    const unread = 'error' in message && !('id' in message);
    // Over stdio both eras speak on one line.
    const candidates = unread ? [NEWEST_LEGACY] : [...modern ? MODERN : [], ...legacy ? [legacy] : []];
    if (candidates.length === 0) candidates.push(NEWEST_LEGACY);
    const methods = [...new Set(questions.map(request => request.method))];
    const reasons = candidates.map(revision => judge(revision, message, methods));
    const well = reasons.indexOf(null);
    const revision = candidates[Math.max(well, 0)];
    judged.set(revision, (judged.get(revision) ?? 0) + 1);
    kinds.add(`${revision} ${message.method ?? (message.error ? 'error' : methods[0])}`);
    if (well < 0) wrong.set(revision, [...wrong.get(revision) ?? [], `${reasons[0]} in ${JSON.stringify(message).slice(0, 400)}`]);
  }
}

for (const revision of revisions.keys()) {
  await claim(`what was sent in the conversations of ${revision} is as its schema says`, () => {
    const faults = wrong.get(revision) ?? [];
    if (faults.length > 0) throw new Error(`${faults.length} of ${judged.get(revision)}: ${[...new Set(faults)].slice(0, 5).join('\n')}`);
    if (!judged.get(revision)) throw new Error('nothing was sent');
  });
  note(`${revision}: ${judged.get(revision) ?? 0} messages of ${[...kinds].filter(kind => kind.startsWith(revision)).length} kinds`);
}
end();
