"""Tokens of persons: all that a client needs, limited, ended within five seconds on every server of a database, and
never in clear in a log, in the database, in a backup or in an export."""

import json
import time

from stage.claims import claim, end, holds, note, same
from stage.mcp import Session
from stage.person import connect
from stage.programs import Sandbox, Server, directory, node, own_storage, run, until

google = Sandbox()
storage = own_storage(directory / "tokens.db")
server = Server({**google.settings(), **storage, "GMAIL_MCP_SERVER_AUTH_TOKEN": "application",
                 "GMAIL_MCP_SERVER_OPERATOR_TOKEN": "operator"})
second = Server(server.settings)
server.headers = {"Authorization": "Bearer application"}
own = connect(server, "ann", "alex.morgan@gmail.example")
other = connect(server, "ann", "priya.nair@gmail.example")
foreign = connect(server, "bob", "tom.becker@gmail.example")
given_out = []


def cli(*words):
    return run("tokens", *words, settings=server.settings)


def create(*words):
    made = cli("create", *words)
    same(made.returncode, 0, made.stderr)
    given_out.append(made.stdout.strip())
    return given_out[-1]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def listed(at, token):
    return at.tool("gmail_list_connections", bearer(token))


with claim("`tokens create` prints the token alone on standard output, and what to do with it on the other"):
    made = cli("create", "--user", "ann", "--name", "laptop")
    same((made.returncode, len(made.stdout), made.stdout[-1]), (0, 48, "\n"))
    given_out.append(made.stdout.strip())
    holds(made.stderr, "shown only now", "Authorization: Bearer", "gmail-mcp tokens revoke", made.stdout[:12])
    assert given_out[0] not in made.stderr
limited = create("--user", "ann", "--connections", "alex.morgan@gmail.example", "--toolsets", "connections,read",
                 "--read-only", "--expires", "30d")
brief = create("--user", "ann")
revoked = create("--user", "ann")

with claim("`tokens create` for what does not exist names what does"):
    wrong = cli("create", "--user", "ann", "--connections", "tom.becker@gmail.example")
    same((wrong.returncode, wrong.stdout), (1, ""))
    holds(wrong.stderr, "alex.morgan@gmail.example", own, "priya.nair@gmail.example")
    wrong = cli("create", "--user", "ann", "--toolsets", "read,setup")
    same((wrong.returncode, wrong.stdout), (1, ""))
    holds(wrong.stderr, "connections, accounts, read, write, organize, history")
    same(cli("create", "--user", "ann", "--expires", "2020-01-01").returncode, 1)
    same(cli("create", "--user", "ann", "--approval", "sometimes").returncode, 2)

with claim("a token is its person's on REST and on /mcp of every server, without any other header"):
    for at in (server, second):
        connections = {c["id"] for c in listed(at, given_out[0]).json()["connections"]}
        same(connections, {own, other})
        session = Session(at, bearer(given_out[0]))
        same(len(session.tool("gmail_list_connections")["structuredContent"]["connections"]), 2)
with claim("X-Gmail-MCP-User may repeat whose it is; another name is 403"):
    same(server.tool("gmail_list_connections", {**bearer(limited), "X-Gmail-MCP-User": "ann"}).status, 200)
    same(server.tool("gmail_list_connections", {**bearer(limited), "X-Gmail-MCP-User": "bob"}).status, 403)
    same(server.tool("gmail_list_connections", bearer(limited), user_id="bob").json().get("connections"), [])
with claim("limits are seen from outside: other accounts do not exist, other tools are not there"):
    same([c["id"] for c in listed(server, limited).json()["connections"]], [own])
    missing = server.tool("gmail_list_labels", bearer(limited), connection_id="0" * 32)
    for one in (other, foreign):
        answer = server.tool("gmail_list_labels", bearer(limited), connection_id=one)
        same((answer.status, answer.json()["code"], answer.text), (404, "not_found", missing.text))
    same(server.tool("gmail_list_labels", bearer(limited), connection_id=own).status, 200)
    names = {tool["name"] for tool in server.request("GET", "/tools", headers=bearer(limited)).json()["tools"]}
    assert "gmail_search" in names and not names & {"gmail_send", "gmail_disconnect", "fetch_inbox"}, names
    for name in ("gmail_get_auth_url", "gmail_disconnect", "add_gmail_account", "gmail_check_setup", "gmail_trash"):
        same(server.tool(name, bearer(limited), connection_id=own).status, 403, name)
with claim("a person's token handles no tokens and sees no numbers of others"):
    for method, path in (("POST", "/tokens"), ("GET", "/tokens"), ("DELETE", f"/tokens/{limited[:12]}"),
                         ("GET", "/metrics")):
        same(server.request(method, path, {} if method == "POST" else None, bearer(given_out[0])).status, 403, path)
    assert "connections" not in server.request("GET", "/health", headers=bearer(given_out[0])).json()

with claim("an application gives out tokens by POST /tokens, lists and ends them"):
    answer = server.request("POST", "/tokens", {"user_id": "bob", "name": "phone", "read_only": True})
    same(answer.status, 200, answer)
    token = answer.json()
    given_out.append(token["token"])
    same([c["id"] for c in listed(second, token["token"]).json()["connections"]], [foreign])
    same([t["name"] for t in server.request("GET", "/tokens?user_id=bob").json()["tokens"]], ["phone"])
    for_ann = {"X-Gmail-MCP-User": "ann"}
    same(server.request("DELETE", f"/tokens/{token['id']}", headers=for_ann).status, 404)
    same(server.request("POST", "/tokens", {"user_id": "bob"}, for_ann).status, 403)
    same(server.request("DELETE", f"/tokens/{token['id']}").json()["state"], "revoked")
    same(listed(server, token["token"]).status, 401, "at once where it was revoked")
with claim("GET /openapi.json has these routes"):
    paths = server.request("GET", "/openapi.json").json()["paths"]
    same((sorted(paths["/tokens"]), sorted(paths["/tokens/{id}"])), (["get", "post"], ["delete"]))

with claim("`tokens revoke` is honoured within five seconds by every server, also by a session that is open"):
    session = Session(second, bearer(revoked))
    same([listed(at, revoked).status for at in (server, second)], [200, 200])
    ended = cli("revoke", revoked[:12])
    same(ended.returncode, 0, ended.stderr)
    begun = time.monotonic()
    waiting = {server, second}
    while waiting:
        waiting = {at for at in waiting if listed(at, revoked).status != 401}
        took = time.monotonic() - begun
        assert took < 6, f"still taken after {took} s"
    note(f"refused everywhere after {took:.1f} s")
    same(session.post("tools/list").status, 401)
    holds(listed(server, revoked).text, "This token was revoked.", "gmail-mcp tokens create")
with claim("a token that has expired is refused"):
    soon = create("--user", "ann", "--expires", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4)))
    first = listed(server, soon).status
    same(first, 200)
    until(lambda: listed(server, soon).status != 200, every=0.2)
    holds(listed(server, soon).text, "This token has expired.")
with claim("`tokens list` shows limits, last use and end, and no token"):
    shown = cli("list", "--user", "ann", "--json")
    tokens = {token["id"]: token for token in json.loads(shown.stdout)["tokens"]}
    used, unused = tokens[limited[:12]], tokens[brief[:12]]
    same((used["read_only"], used["toolsets"], used["connections"], used["state"]),
         (True, ["connections", "read"], [own], "live"))
    assert used["last_used_at"] and used["expires_at"], used
    same((unused["last_used_at"], unused["expires_at"]), (None, None))
    same(tokens[revoked[:12]]["state"], "revoked")
    table = cli("list")
    holds(table.stdout.splitlines()[0], "TOKEN", "USER", "LAST USED", "LIMITS")
    assert not any(token in table.stdout + shown.stdout for token in given_out)

with claim("wrong tokens are refused, however many come"):
    for number in range(200):
        wrong = "gmu_" + f"{number:043d}"
        same(listed(server, wrong).status, 401)
        same(listed(server, limited[:-1] + ("A" if limited[-1] != "A" else "B")).status, 401)
    same(listed(server, limited).status, 200)

same_settings = {"URL": server.url + "/mcp", "TOKEN": limited, "REVOKED": revoked, "OWN": own, "OTHER": other}
status = node("tokens.mjs", same_settings)
if status not in (0, 1):
    with claim("the official client runs to its end"):
        same(status, 0, "status")

backup = directory / "tokens.backup"
with claim("a backup has digests, from which a restored database knows the tokens again"):
    same(run("backup", backup, settings=server.settings).returncode, 0)
    restored = {**server.settings, **own_storage(directory / "restored.db")}
    restored_run = run("restore", backup, settings=restored)
    same(restored_run.returncode, 0, restored_run.stderr)
    third = Server(restored)
    same(listed(third, limited).status, 200)
    same(listed(third, revoked).status, 401)
    third.stop()
with claim("an export names the tokens and has neither them nor their digests"):
    export = run("export", "--user", "ann", settings=server.settings).stdout
    rows = [row for row in map(json.loads, export.splitlines()) if row["table"] == "user_tokens"]
    same(len(rows), 5, rows)
    assert not any("digest" in row for row in rows), rows
with claim("`users delete` ends the person's tokens"):
    theirs = create("--user", "cyd")
    same(listed(second, theirs).status, 200)
    same(run("users", "delete", "cyd", settings=server.settings).returncode, 0)
    same(until(lambda: listed(second, theirs).status != 200, seconds=6), True)
    same(listed(second, theirs).status, 401)

stops = server.stop(), second.stop()
with claim("no token is in clear in a log, in the database or in the backup"):
    same(stops, (0, 0))
    assert len(given_out) >= 6
    places = {"the log": server.output() + second.output(), "the backup": backup.read_text(errors="replace"),
              "the export": export}
    for file in directory.glob("tokens.db*"):
        places[file.name] = file.read_bytes().decode("latin-1")
    for place, text in places.items():
        for token in given_out:
            assert token not in text and token[4:] not in text, place
    assert "DATABASE_URL" in storage or "tokens.db" in places, list(places)

lonely = Server({**google.settings(), "GMAIL_MCP_PUBLIC_URL": "https://mail.example.org"})
with claim("a closed server is open to a person with a token, at once, and says so"):
    same(lonely.request("GET", "/health").json()["status"], "closed")
    holds(lonely.tool("gmail_search").text, "This server is closed", "gmail-mcp tokens create")
    token = run("tokens", "create", "--user", "ann", settings=lonely.settings).stdout.strip()
    same(listed(lonely, token).status, 200)
    same(until(lambda: lonely.request("GET", "/health").json()["status"] != "closed", seconds=6), True)
    holds(lonely.tool("gmail_search").text, "This server needs a credential.")
end()
