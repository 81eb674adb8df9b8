"""Sessions of MCP clients outlive the server: after kill -9 and after a stop the same session goes on at the same
address, at another server on the database, and its subscriptions with it; an ended one is over for ever, everywhere.
With the official TypeScript client of 2025, which never initializes again, and with plain requests."""

import json
import os
import subprocess

from stage.claims import claim, end, same
from stage.mcp import Session
from stage.person import add_account
from stage.programs import NODE_PROGRAMS, REFEREES, Sandbox, Server, directory, environment, free_port, key, until

ALEX = "alex.morgan@gmail.example"


class Client:
    """restart.mjs."""

    def __init__(self, server, watched):
        self.program = subprocess.Popen(
            [NODE_PROGRAMS / "node", REFEREES / "restart.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment(URL=server.url, USER_NAME="alice", WATCHED=watched))

    def ask(self, verb):
        self.program.stdin.write(verb + "\n")
        self.program.stdin.flush()
        answer = json.loads(self.program.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer

    def hears(self, more_than):
        return until(lambda: self.ask("heard")["heard"] > more_than)


def status(server, headers):
    body = {"jsonrpc": "2.0", "id": 99, "method": "ping"}
    return server.request("POST", "/mcp", body, headers).status


google = Sandbox()
shared = {**google.settings(), **google.mail_settings(), "GMAIL_MCP_ENCRYPTION_KEY": key(),
          "INBOX_POLL_INTERVAL_SECONDS": "5"}
database = directory / "restart.db"
server = Server(shared, port=free_port(), database=database)
other = Server(shared, port=free_port(), database=database)
account = add_account(server, google, "alice", ALEX)
watched = f"conversations://{account}"
client = Client(server, watched)
alice = {"X-Gmail-MCP-User": "alice"}

first = client.ask("connect")["session"]
with claim("the official client of 2025 has a session id of visible ASCII, shorter than 1,000 characters"):
    assert first.isascii() and first.isprintable() and " " not in first and len(first) < 1000, first


def deliver(subject):
    google.deliver(ALEX, subject, **{"from": "ann@shop.example"})


with claim("it hears of new mail"):
    deliver("Before")
    assert client.hears(0)

for how, stop in (("kill -9", server.kill), ("a stop", server.stop)):
    stop()
    server.start()
    with claim(f"after {how} its calls go on in the same session"):
        same(client.ask("call"), {"connections": 1, "session": first})
    # Its stream comes back by itself, and with it what may have changed meanwhile.
    with claim(f"after {how} it hears of mail that comes"):
        before = client.ask("heard")["heard"]
        deliver(f"After {how}")
        assert client.hears(before)

with claim("another server on the database serves the session, too"):
    there = Session(server, alice)
    same(status(other, there.headers), 200)
with claim("for another user it does not exist there either"):
    same(status(other, {**there.headers, "X-Gmail-MCP-User": "bob"}), 404)
with claim("a changed id is none"):
    same(status(other, {**there.headers, "Mcp-Session-Id": there.headers["Mcp-Session-Id"][:-1] + "~"}), 404)
with claim("what is ended at one is over at the other within seconds"):
    same(other.request("DELETE", "/mcp", None, there.headers).status, 204)
    assert until(lambda: status(server, there.headers) == 404)
with claim("and stays so over a restart"):
    server.stop()
    server.start()
    same([status(one, there.headers) for one in (server, other)], [404, 404])
with claim("the client ends its session, and nobody can use it again"):
    client.ask("close")
    gone = {**there.headers, "Mcp-Session-Id": first}
    same(status(server, gone), 404)
    other.kill()
    other.start()
    same([status(one, gone) for one in (server, other)], [404, 404])
with claim("the servers saw no error of their own"):
    for one in (server, other):
        assert '"level":"ERROR"' not in one.output(), one.output()[-2000:]
server.stop()
other.stop()
google.kill()
end()
