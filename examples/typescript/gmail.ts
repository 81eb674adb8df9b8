// gmail-mcp as an application sees it: one POST for each tool, and one shape of failure.

export const SERVER = process.env.GMAIL_MCP_URL ?? 'http://127.0.0.1:8000';
const TOKEN = process.env.GMAIL_MCP_TOKEN ?? '';

export interface Connection {
  id: string;
  gmail_address: string;
}

export interface Message {
  id: string;
  thread_id: string;
  subject: string;
  date: string;
  from: { name: string; email: string };
}

export interface Found {
  messages: Message[];
  next_page_token: string | null;
}

interface FailureAnswer {
  error: string;
  code: string;
  retryable: boolean;
  hint?: string;
  connect_url?: string;
}

/** A sentence for people, `code` for programs, `connectUrl` where the person can mend it. */
export class Failure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly hint: string;
  readonly connectUrl: string;

  constructor(answer: FailureAnswer) {
    super(answer.error);
    this.code = answer.code;
    this.retryable = answer.retryable;
    this.hint = answer.hint ?? '';
    this.connectUrl = answer.connect_url ?? '';
  }
}

/** Says who calls (your token) and for whom. Take `userId` from your own session, never from what a
 *  browser or a model says: with it a call reaches that user's mail and nobody else's. */
export function headersFor(userId: string): Record<string, string> {
  return { 'X-Gmail-MCP-User': userId, ...(TOKEN && { Authorization: `Bearer ${TOKEN}` }) };
}

/** What one of your users may reach. */
export class Gmail {
  readonly #headers: Record<string, string>;

  constructor(userId: string) {
    this.#headers = { ...headersFor(userId), 'Content-Type': 'application/json' };
  }

  async call<Result>(tool: string, args: object = {}): Promise<Result> {
    const response = await fetch(`${SERVER}/tools/${tool}`, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify(args),
      signal: AbortSignal.timeout(30_000),
    });
    const answer = await response.json();
    if (!response.ok) throw new Failure(answer as FailureAnswer);
    return answer as Result;
  }

  /** The user's mailboxes: those that work, and those that must be connected again. */
  async connections(): Promise<Connection[]> {
    const { connections } = await this.call<{ connections: Connection[] }>(
      'gmail_list_connections', { include_inactive: true });
    return connections;
  }

  /** Where the user connects a (further) mailbox: show it, or redirect to it. */
  async connectUrl(): Promise<string> {
    return (await this.call<{ connect_url: string }>('gmail_get_auth_url')).connect_url;
  }
}

export function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

/** Runs an example; what goes wrong becomes a sentence and the exit status 1. */
export async function run(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof Failure) fail(`${error.message} ${error.connectUrl || error.hint}`);
    else fail(`gmail-mcp at ${SERVER}: ${error instanceof Error ? error.message : error}`);
  }
}
