"""The official TypeScript clients, 1.x and 2.x, over HTTP and stdio, in the era of sessions and in
the stateless one; 1.x also over HTTP+SSE."""

import json

from stage.claims import claim, end, same
from stage.person import connect
from stage.programs import GMAIL_MCP, Sandbox, Server, environment, node

google = Sandbox()
server = Server(google.settings())
# A person on stdio is the user "local"; the same person comes by HTTP here.
connection = connect(server, "local", "alex.morgan@gmail.example")

for client, transport, era in (("1.x", "http", "legacy"), ("1.x", "stdio", "legacy"), ("1.x", "sse", "legacy"),
                               ("2.x", "http", "legacy"), ("2.x", "stdio", "legacy"),
                               ("2.x", "http", "modern"), ("2.x", "stdio", "modern")):
    status = node("ts_sdk.mjs", {
        "CLIENT": client, "TRANSPORT": transport, "ERA": era, "URL": server.url + "/mcp",
        "CONNECTION": connection, "PROGRAM": GMAIL_MCP,
        "PROGRAM_ENVIRONMENT": json.dumps(environment(**server.settings))})
    if status not in (0, 1):  # 1: it said which claims failed
        with claim(f"{client} over {transport} ({era}) runs to its end"):
            same(status, 0, "status")
with claim("the server saw no error of its own"):
    assert '"level":"ERROR"' not in server.output(), server.output()[-2000:]
end()
