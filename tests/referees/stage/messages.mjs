// Loaded before a Node program (node --import): keeps what it and our server say over MCP by fetch, as
// stage/messages.py does.
import { appendFileSync } from 'node:fs';

const file = process.env.GMAIL_MCP_MESSAGES;
const LONGEST = 256 << 10;

function keep(conversation) {
  const line = `${JSON.stringify(conversation)}\n`;
  if (line.length <= LONGEST) appendFileSync(file, line);
}

if (file) {
  const plain_fetch = globalThis.fetch;
  const open = new Set();
  const end = (conversation) => { if (open.delete(conversation)) keep(conversation); };
  process.on('exit', () => [...open].forEach(end));

  globalThis.fetch = async (input, init) => {
    const url = new URL(input?.url ?? input);
    if (!/^\/mcp(\/sse)?\/?$/.test(url.pathname)) return plain_fetch(input, init);
    const sent = new Headers(init?.headers ?? input?.headers);
    const conversation = {
      version: sent.get('mcp-protocol-version') ?? '', session: sent.get('mcp-session-id') ?? '',
      query: url.search.slice(1), asked: typeof init?.body === 'string' ? init.body : '', type: '', opened: '', answer: '',
    };
    // Over HTTP+SSE the program may end before it has this answer.
    open.add(conversation);
    const answer = await plain_fetch(input, init);
    conversation.type = answer.headers.get('content-type') ?? '';
    conversation.opened = answer.headers.get('mcp-session-id') ?? '';
    const copy = answer.clone();
    (async () => {
      const decoder = new TextDecoder();
      for await (const piece of copy.body ?? []) {
        if (conversation.answer.length < LONGEST) conversation.answer += decoder.decode(piece, { stream: true });
      }
    })().catch(() => {}).finally(() => end(conversation));
    return answer;
  };
}
