"""Keeps what clients and our server said over MCP, for the referee mcp_schemas: lines of JSON in the file that
GMAIL_MCP_MESSAGES names (tests/referees/run sets it). stage/messages.mjs does the same in Node."""

import json
import os

FILE = os.environ.get("GMAIL_MCP_MESSAGES", "")
LONGEST = 256 << 10
MOST = 256 << 20  # bytes of all


def keep(conversation):
    if not FILE:
        return
    line = (json.dumps(conversation) + "\n").encode()
    if len(line) > LONGEST:
        return
    # One write, because referees run side by side.
    descriptor = os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        if os.fstat(descriptor).st_size < MOST:
            os.write(descriptor, line)
    finally:
        os.close(descriptor)


def keep_exchange(path, headers, body, answer):
    """An HTTP exchange with the endpoint of MCP."""
    if not FILE or path.split("?")[0].rstrip("/") not in ("/mcp", "/mcp/sse"):
        return
    sent = {name.lower(): value for name, value in headers.items()}
    asked = body if isinstance(body, str) else json.dumps(body) if isinstance(body, (dict, list)) else ""
    keep({"version": sent.get("mcp-protocol-version", ""), "session": sent.get("mcp-session-id", ""),
          "query": path.partition("?")[2], "asked": asked, "type": answer.headers.get("content-type", ""),
          "opened": answer.headers.get("mcp-session-id", ""), "answer": answer.text})
