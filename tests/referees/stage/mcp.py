"""A small MCP client over Streamable HTTP, for what the official ones would hide: bytes and status."""

import json


class Session:
    """A session, of 2025-11-25 unless told otherwise."""

    def __init__(self, server, headers=None, revision="2025-11-25"):
        self.server, self.id = server, 0
        self.headers = {"Accept": "application/json, text/event-stream",
                        "Content-Type": "application/json", **(headers or {})}
        opened = self.post("initialize", {
            "protocolVersion": revision, "capabilities": {},
            "clientInfo": {"name": "referee", "version": "1"}})
        assert opened.status == 200, opened
        self.server_info = message(opened)["result"]["serverInfo"]
        self.headers["MCP-Protocol-Version"] = message(opened)["result"]["protocolVersion"]
        if "mcp-session-id" in opened.headers:
            self.headers["Mcp-Session-Id"] = opened.headers["mcp-session-id"]
        self.server.request("POST", "/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"},
                            self.headers)

    def post(self, method, params=None):
        """The HTTP answer."""
        self.id += 1
        body = {"jsonrpc": "2.0", "id": self.id, "method": method, "params": params or {}}
        return self.server.request("POST", "/mcp", body, self.headers)

    def ask(self, method, params=None):
        """The JSON-RPC answer: {"result": …} or {"error": …}."""
        return message(self.post(method, params))

    def tool(self, name, /, **arguments):
        return self.ask("tools/call", {"name": name, "arguments": arguments})["result"]


def message(answer):
    """The response in an answer, which may be JSON or one event of a stream."""
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        lines = [line[5:] for line in answer.text.splitlines() if line.startswith("data:")]
        found = [m for m in (json.loads(line) for line in lines if line.strip()) if "id" in m]
        assert found, answer
        return found[-1]
    return answer.json()
