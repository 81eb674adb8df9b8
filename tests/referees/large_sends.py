"""A letter with 25 MB of files goes out: what the server needs for it is at most three times the files, through every
door and over both kinds of account. Of 64 at once some go out, the others are told to try again, and memory stays bounded."""

import base64
import concurrent.futures
import json
import os

from stage.claims import claim, end, note, same
from stage.mcp import Session
from stage.memory import MB, Memory
from stage.person import add_account, connect
from stage.programs import Sandbox, Server, until

OWNER = "alex.morgan@gmail.example"
FILES = 24 * MB
MOST_OF_ONE = 3 * FILES / MB
MOST_OF_ALL = 400
TOGETHER = 64
# Beside what the program had before: in MB, and descriptors.
MORE_AT_REST, CONNECTIONS_AT_REST = 8, 12

google = Sandbox()
server = Server({**google.settings(), **google.mail_settings(), "GMAIL_MCP_RATE_LIMIT_CALLS_PER_MINUTE": "0",
                 "GMAIL_MCP_RATE_LIMIT_SENDS_PER_DAY": "0"})
connections = {"OAuth": connect(server, "by-google", OWNER), "IMAP": add_account(server, google, "by-imap", OWNER)}
film = base64.b64encode(os.urandom(FILES)).decode()


def letter(connection, film=film):
    return {"connection_id": connection, "to": ["ann@shop.example"], "subject": "The film", "body": "See the film.",
            "attachments": [{"filename": "film.bin", "content_base64": film}]}


def over_rest(connection, text=None):
    return server.request("POST", "/tools/gmail_send", text or letter(connection))


def escaped(connection):
    """As PHP writes it: each slash of base64 behind a backslash."""
    return over_rest(connection, json.dumps(letter(connection)).replace("/", "\\/").encode())


session = Session(server)


def over_mcp(connection):
    return session.tool("gmail_send", **letter(connection))


# What is loaded once, at the first letter, is no letter's.
for connection in connections.values():
    same(server.request("POST", "/tools/gmail_send", letter(connection, "AAAA")).status, 200)
at_rest = Memory(server)
descriptors_at_rest = at_rest.descriptors()

for way, connection in connections.items():
    for door, send in {"REST": over_rest, "REST with escaped slashes": escaped, "MCP": over_mcp}.items():
        with claim(f"24 MB of files over {door} ({way}) take at most {MOST_OF_ONE:.0f} MB"):
            memory = Memory(server)
            answer = send(connection)
            assert "message_id" in (answer.text if hasattr(answer, "text") else json.dumps(answer)), answer
            took = memory.most() - memory.before
            note(f"{door}, {way}: {took:.0f} MB more, {took * MB / FILES:.1f}x the files")
            assert took <= MOST_OF_ONE, f"{took:.0f} MB"

for way, connection in connections.items():
    with claim(f"{TOGETHER} letters of 24 MB at once ({way}): under {MOST_OF_ALL} MB; some go out, the others are told to try again"):
        memory, text = Memory(server), json.dumps(letter(connection)).encode()
        with concurrent.futures.ThreadPoolExecutor(TOGETHER) as callers:
            answers = list(callers.map(lambda _: over_rest(connection, text), range(TOGETHER)))
        statuses = sorted(answer.status for answer in answers)
        counted = {status: statuses.count(status) for status in statuses}
        note(f"{way}: at most {memory.most():.0f} MB; {counted}")
        assert 200 in counted and counted.keys() <= {200, 429, 503}, counted
        for answer in answers:
            if answer.status != 200:
                same((answer.json()["retryable"], answer.json()["retry_after"] > 0), (True, True))
        assert memory.most() < MOST_OF_ALL, f"{memory.most():.0f} MB"

with claim("what they needed goes back when they have gone: memory, and all but a few connections"):
    def more():
        return at_rest.now() - at_rest.before, at_rest.descriptors() - descriptors_at_rest

    until(lambda: more()[0] <= MORE_AT_REST and more()[1] <= CONNECTIONS_AT_REST)
    note("more than before the first large one: {:.0f} MB, {} descriptors".format(*more()))
    assert more()[0] <= MORE_AT_REST and more()[1] <= CONNECTIONS_AT_REST, more()
end()
