"""What is measured: calls of the program, each beside nginx doing the least that the call could be."""
import dataclasses, json

import letters
from measure import CONNECTION_MARK, MESSAGE_MARK, Request


@dataclasses.dataclass
class Case:
    title: str
    clients: int
    request: Request
    upstream: str = ""  # "plain" or "tls": nginx is a hop to it; empty: nginx gives our own answer's bytes
    kind: str = letters.TYPICAL
    delay_ms: int = 0
    distinct: int = 0  # the same messages over and over; 0: never one twice
    is_known: bool = False  # each mailbox was asked once before, for what is remembered of an account
    asks: tuple = ()  # how each request to the upstream begins that one call makes
    turns: int = 1  # of these, how many one after the other: what the hop's latency is taken times

    @property
    def label(self):
        parts = [self.title]
        if self.upstream:
            parts.append("over TLS" if self.upstream == "tls" else "plain")
        if self.delay_ms:
            parts.append(f"{self.delay_ms} ms upstream")
        parts.append("1 client" if self.clients == 1 else f"{self.clients} clients")
        return ", ".join(parts)


MESSAGES = "GET /gmail/v1/users/me/messages"
FULL, MINIMAL = f"{MESSAGES}/*?format=full", f"{MESSAGES}/*?format=minimal"
THREAD = "GET /gmail/v1/users/me/threads/*?format=full"
SEARCH = (f"{MESSAGES}?maxResults=100", "POST /batch/gmail/v1", "POST /batch/gmail/v1")
SEND = "POST /gmail/v1/users/me/messages/send"
MAILBOX = {"connection_id": CONNECTION_MARK}
# One for each mailbox: what is remembered stays far below response_cache_mb.
REMEMBERED = 64


def rest(headers, tool, **arguments):
    return Request("POST", f"/tools/{tool}", {"Content-Type": "application/json", **headers}, json.dumps(arguments))


def mcp(headers, method, **params):
    """One call of the stateless revision."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method,
            "params": {**params, "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                                           "io.modelcontextprotocol/clientCapabilities": {}}}}
    more = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": method}
    if "name" in params:
        more["Mcp-Name"] = params["name"]
    return Request("POST", "/mcp", {**headers, **more}, json.dumps(body))


def cases(headers):
    get = rest(headers, "gmail_get_message", **MAILBOX, message_id=MESSAGE_MARK)
    thread = rest(headers, "gmail_get_thread", **MAILBOX, thread_id=MESSAGE_MARK)
    found = {**MAILBOX, "query": "newer_than:7d", "max_results": 100}
    search = rest(headers, "gmail_search", **found)
    bodies = rest(headers, "gmail_search", **found, include_body=True)
    text = letters.text_of(letters.letters(letters.TYPICAL, 2)[1])
    send = rest(headers, "gmail_send", **MAILBOX, to="someone@example.com", subject=f"Letter {MESSAGE_MARK}",
                body=text)
    own = {"name": "gmail_list_connections", "arguments": {"user_id": "user0"}}

    for upstream in ("plain", "tls"):
        for clients in (1, 16, 64):
            yield Case("`gmail_get_message`, fetched", clients, get, upstream, asks=(FULL,))
        yield Case("`gmail_get_message`, remembered", 16, get, upstream, asks=(MINIMAL,), distinct=REMEMBERED)
        yield Case("`gmail_get_message`, fetched", 256, get, upstream, asks=(FULL,), delay_ms=50)
        if upstream == "plain":
            yield Case("`gmail_get_message`, newsletter", 16, get, upstream, letters.NEWSLETTER, asks=(FULL,))
            yield Case("`gmail_get_message`, 1 kB letter", 16, get, upstream, letters.SHORT, asks=(FULL,))
            yield Case("`gmail_get_thread` of 20", 16, thread, upstream, asks=(THREAD,))
            yield Case("`gmail_search` of 100", 16, search, upstream, asks=SEARCH, turns=2)
        yield Case("`gmail_search` of 100", 1, search, upstream, asks=SEARCH, turns=2, delay_ms=50)
        if upstream == "tls":
            yield Case("`gmail_search` of 100 with bodies", 1, bodies, upstream, asks=SEARCH, turns=2, delay_ms=50)
    yield Case("`gmail_list_connections`, REST", 64, rest(headers, "gmail_list_connections", user_id="user0"))
    yield Case("`gmail_list_connections`, MCP", 64, mcp(headers, "tools/call", **own))
    yield Case("`tools/list`, MCP", 64, mcp(headers, "tools/list"))
    yield Case("`gmail_send`", 16, send, "plain", is_known=True, asks=(SEND,))
    yield Case("`gmail_send`", 64, send, "plain", is_known=True, asks=(SEND,))
    yield Case("`gmail_send`", 16, send, "tls", is_known=True, asks=(SEND,))
