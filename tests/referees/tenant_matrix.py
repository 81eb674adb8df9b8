"""Somebody else's connection is indistinguishable from one that does not exist: every tool, resource
and route is asked about both and must answer with the same bytes."""

import uuid

from stage.claims import claim, end, holds, note, same
from stage.mcp import Session
from stage.person import connect
from stage.programs import Sandbox, Server

# What a call needs beside the ids in question. Named by argument, so that a new tool is covered
# as soon as it is there.
ARGUMENTS = {
    "query": "in:inbox", "message_id": "18c0ffee00000001", "thread_id": "18c0ffee00000001",
    "attachment_id": "1", "draft_id": "r-1", "add_labels": ["STARRED"],
    "message_ids": ["18c0ffee00000001"], "to": ["ann@shop.example"],
    "subject": "s", "body": "b", "email": "ann@shop.example", "code": "4/x", "state": "unknown",
    "label": "Label_1", "name": "Work",
}
OUR_IDS = ("connection_id", "account_id")

google = Sandbox()
server = Server({**google.settings(), "GMAIL_MCP_SERVER_AUTH_TOKEN": "application",
                 "GMAIL_MCP_SERVER_OPERATOR_TOKEN": "operator"})
server.headers = {"Authorization": "Bearer application"}
alice = connect(server, "alice", "alex.morgan@gmail.example")
gone = connect(server, "alice", "priya.nair@gmail.example")
connect(server, "bob", "tom.becker@gmail.example")
server.ask("gmail_disconnect", connection_id=gone)
missing = str(uuid.uuid4())

as_bob = {"X-Gmail-MCP-User": "bob"}


def bytes_of(answer, *hidden):
    """Everything of an answer but what differs between any two, with the id we sent blotted out."""
    body, headers = answer.text, {k: v for k, v in answer.headers.items()
                                  if k not in ("date", "x-request-id", "mcp-session-id")}
    for word in hidden:
        body = body.replace(word, "<id>")
    headers.pop("content-length", None)
    return answer.status, headers, body


def needed(schema):
    values = {}
    for name in schema.get("required", []):
        if name in OUR_IDS or name == "user_id":
            continue
        values[name] = ARGUMENTS[name]
    # What is not required, but without which nothing is asked for.
    for name in ("add_labels", "message_ids", "name"):
        if name in schema["properties"]:
            values[name] = ARGUMENTS[name]
    return values


asked = google.counters()["http_requests"]
tools = server.request("GET", "/tools", headers={"Authorization": "Bearer operator"}).json()["tools"]
note(f"{len(tools)} tools")
session = Session(server, as_bob)

for tool in tools:
    name, schema = tool["name"], tool.get("inputSchema") or tool["input_schema"]
    own = next((n for n in OUR_IDS if n in schema["properties"]), None)
    if own:
        with claim(f"{name}: a foreign, a disconnected foreign and a missing {own} answer alike"):
            answers = [bytes_of(server.tool(name, as_bob, **{own: i}, **needed(schema)))
                       for i in (missing, alice, gone)]
            same(answers[0][0], 404, answers[0])
            holds(answers[0][2], "not_found")
            same(answers[1], answers[0], "foreign")
            same(answers[2], answers[0], "disconnected foreign")
        with claim(f"{name} over MCP: the same"):
            answers = [session.tool(name, **{own: i}, **needed(schema)) for i in (missing, alice, gone)]
            same(answers[0]["isError"], True)
            same(answers[1:], answers[:1] * 2)
    elif "user_id" in schema["properties"]:
        with claim(f"{name}: a foreign and an unknown user_id answer alike"):
            answers = [bytes_of(server.tool(name, as_bob, user_id=u, **needed(schema)), u)
                       for u in ("nobody-at-all", "alice")]
            same(answers[1], answers[0])
            for secret in (alice, gone, "alex.morgan", "priya.nair"):
                assert secret not in answers[1][2], answers[1]

with claim("a state of a foreign flow and an unknown state answer alike, and the flow lives on"):
    state = server.ask("gmail_get_auth_url", user_id="alice")["state"]
    answers = [bytes_of(server.tool("gmail_handle_oauth_callback", as_bob, code="4/x", state=s), s)
               for s in ("A" * len(state), state)]
    same(answers[1], answers[0])
    same(server.request("GET", f"/oauth/start?state={state}").status, 200)

templates = session.ask("resources/templates/list")["result"]["resourceTemplates"]
note(f"{len(templates)} resource templates")
for template in templates:
    uri = template["uriTemplate"]
    with claim(f"{uri}: a foreign and a missing one answer alike"):
        def read(connection, user):
            filled = (uri.replace("{connection_id}", connection).replace("{account_id}", connection)
                      .replace("{user_id}", user).replace("{email}", "ann@shop.example"))
            answer = session.ask("resources/read", {"uri": filled})
            answer.pop("id")
            return str(answer).replace(filled, "<uri>").replace(connection, "<id>").replace(user, "<user>")
        same(read(alice, "alice"), read(missing, "nobody-at-all"))
        assert alice not in read(alice, "alice")

for method, path in (("DELETE", "/accounts/{}"), ("POST", "/accounts/{}/fetch"),
                     ("GET", "/accounts?user_id={}"), ("GET", "/accounts/{}")):
    with claim(f"{method} {path}: a foreign and a missing id answer alike"):
        answers = [bytes_of(server.request(method, path.format(i), {} if method == "POST" else None,
                                           as_bob), i) for i in (missing, alice, gone)]
        same(answers[1:], answers[:1] * 2)

# --- a credential that is for one of alice's accounts --------------------------------------------------------
second = connect(server, "alice", "tom.becker@gmail.example")
token = server.request("POST", "/tokens", {"user_id": "alice", "connections": [second]}).json()["token"]
as_limited = {"Authorization": f"Bearer {token}"}
limited = Session(server, as_limited)
ENDING = {"gmail_disconnect", "remove_gmail_account"}  # beyond such a credential, whichever account is named
for tool in tools:
    name, schema = tool["name"], tool.get("inputSchema") or tool["input_schema"]
    own = next((n for n in OUR_IDS if n in schema["properties"]), None)
    if not own:
        continue
    with claim(f"{name}: to a token for one account another one of its user answers like a missing one"):
        answers = [bytes_of(server.tool(name, as_limited, **{own: i}, **needed(schema)))
                   for i in (missing, alice, gone)]
        same(answers[0][0], 403 if name in ENDING else 404, answers[0])
        same(answers[1:], answers[:1] * 2)
        answers = [limited.tool(name, **{own: i}, **needed(schema)) for i in (missing, alice, gone)]
        same(answers[0]["isError"], True)
        same(answers[1:], answers[:1] * 2)
for template in templates:
    uri = template["uriTemplate"]
    with claim(f"{uri}: to that token, too"):
        def read_limited(connection):
            filled = (uri.replace("{connection_id}", connection).replace("{account_id}", connection)
                      .replace("{user_id}", "alice").replace("{email}", "ann@shop.example"))
            answer = limited.ask("resources/read", {"uri": filled})
            answer.pop("id")
            return str(answer).replace(filled, "<uri>").replace(connection, "<id>")
        same(read_limited(alice), read_limited(missing))
        assert "alex.morgan" not in read_limited(alice)
with claim("lists, users and completion tell that token of its one account"):
    listed = [limited.tool("gmail_list_connections")["structuredContent"]["connections"],
              limited.tool("list_gmail_accounts")["structuredContent"]["accounts"]]
    same([[c.get("id") or c["account_id"] for c in one] for one in listed], [[second], [second]])
    completed = limited.ask("completion/complete", {"ref": {"type": "ref/resource", "uri": "gmail://{connection_id}/labels"},
                                                    "argument": {"name": "connection_id", "value": ""}})
    same(completed["result"]["completion"]["values"], [second])
    users = limited.ask("resources/read", {"uri": "users://list"})["result"]["contents"][0]["text"]
    assert '"connection_count":1' in users and "alex.morgan" not in users, users
asked = google.counters()["http_requests"]  # to connect the account

with claim("a session that ends takes nothing from another one, nor from the server"):
    hers, his = Session(server, {"X-Gmail-MCP-User": "alice"}), Session(server, as_bob)
    same(server.request("DELETE", "/mcp", headers=hers.headers).status in (200, 204), True)
    assert hers.post("tools/list").status == 404, "it is over"
    same(len(his.tool("gmail_list_connections")["structuredContent"]["connections"]), 1)
    same(server.request("GET", "/health").status, 200)
with claim("nothing of all this was asked at Google"):
    same(google.counters()["http_requests"], asked)
with claim("alice's connection is untouched"):
    same(server.ask("gmail_check_connection", connection_id=alice)["valid"], True)
end()
