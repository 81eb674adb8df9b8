"""One tenant asks for much and reads none of it: over REST, over MCP, in an event stream. What the server holds for
that tenant stays bounded, others go on, and when the callers are gone nothing of it is left. And strangers who open
connections and say nothing use up no descriptors that others need."""

import base64
import contextlib
import json
import os
import re
import socket

from stage.claims import claim, end, note, same
from stage.mcp import Session
from stage.memory import MB, Memory
from stage.person import add_account, connect
from stage.programs import Sandbox, Server, until

GREEDY, OTHER = "alex.morgan@gmail.example", "priya.nair@gmail.example"
CALLS = 40  # over REST with OAuth; elsewhere half as many show the same
MOST = 250  # MB at the worst moment of each

google = Sandbox()
server = Server({**google.settings(), **google.mail_settings(), "GMAIL_MCP_RATE_LIMIT_CALLS_PER_MINUTE": "0"})
by_google = connect(server, "greedy", GREEDY)
by_imap = add_account(server, google, "greedy-by-imap", GREEDY)
other = connect(server, "other", OTHER)

film = base64.encodebytes(os.urandom(20 * MB)).decode().replace("\n", "\r\n")
raw = (f"From: Ann <ann@shop.example>\r\nTo: {GREEDY}\r\nSubject: film\r\nMIME-Version: 1.0\r\n"
       "Message-ID: <film@shop.example>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
       'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the film.\r\n'
       "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
       f'Content-Disposition: attachment; filename="film.bin"\r\n\r\n{film}\r\n--b--\r\n')
google.deliver(GREEDY, "film", raw=base64.urlsafe_b64encode(raw.encode()).decode())


def the_film(connection):
    found = server.ask("gmail_search", connection_id=connection, query="subject:film", max_results=1)
    one = found["messages"][0]
    return {"connection_id": connection, "message_id": one["id"], "attachment_id": one["attachments"][0]["id"]}


films = {"OAuth": the_film(by_google), "IMAP": the_film(by_imap)}


def ask(path, body, headers=None, method="POST"):
    """A request whose answer nobody reads yet."""
    line = socket.create_connection((server.host, server.port), timeout=300)
    # No more than this waits in the kernel.
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    text = json.dumps(body).encode() if body is not None else b""
    head = {"Host": f"{server.host}:{server.port}", "Content-Type": "application/json",
            "Content-Length": len(text), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    line.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + text)
    return line


def numbers():
    text = server.request("GET", "/metrics").text
    return {name: float(value) for name, value in re.findall(r"^([^#\s]\S*) (\S+)$", text, re.M)}


def calls_done():
    return sum(value for name, value in numbers().items()
               if name.startswith("gmail_mcp_tool_calls_total") and "gmail_get_attachment" in name)


def first_line(line):
    with line.makefile("rb") as reader:
        return int(reader.readline().split()[1])


def nothing_is_held():
    assert until(lambda: numbers()['gmail_mcp_share_used{of="answers"}'] == 0), \
        {name: value for name, value in numbers().items() if "share" in name}


def others_go_on():
    """Of the server alone: the simulated Google makes one answer at a time, and may be late for everybody."""
    same([one["id"] for one in server.ask("gmail_list_connections", user_id="other")["connections"]], [other])
    same(server.request("GET", "/health").status, 200)


def unread(title, calls, begin, expect):
    with claim(f"{calls} unread {title} of 20 MB: under {MOST} MB, and others go on"), contextlib.ExitStack() as open_lines:
        before, memory = calls_done(), Memory(server)
        lines = [open_lines.enter_context(begin(number)) for number in range(calls)]
        while calls_done() < before + calls:
            others_go_on()
        most = memory.most()
        note(f"{title}: at most {most:.0f} MB")
        expect(lines)
        assert most < MOST, f"{most:.0f} MB"
    with claim(f"{title}: when the callers are gone, nothing is held for them"):
        nothing_is_held()


def some_and_later(lines):
    """Most are told to try again; what the simulated Google gives too late on a busy machine is no fault of the server."""
    statuses = {first_line(line) for line in lines}
    assert {429} <= statuses <= {200, 429, 503, 504}, statuses


for way, film_of in films.items():
    unread(f"answers over REST ({way})", CALLS if way == "OAuth" else CALLS // 2, lambda _: ask("/tools/gmail_get_attachment", film_of), some_and_later)

session = Session(server)


def call(number, arguments):
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call",
            "params": {"name": "gmail_get_attachment", "arguments": arguments}}


for way, film_of in films.items():
    unread(f"answers over MCP ({way})", CALLS // 2, lambda number: ask("/mcp", call(number, film_of), session.headers),
           lambda lines: same({first_line(line) for line in lines}, {200}))

with claim(f"{CALLS // 2} calls of 20 MB whose event stream nobody reads: under {MOST} MB, and others go on"):
    before, memory = calls_done(), Memory(server)
    with ask("/mcp/sse", None, {"Accept": "text/event-stream"}, "GET") as stream:
        text = b""
        while b"sessionId=" not in text or not text.endswith(b"\n\n"):
            text += stream.recv(1)
        endpoint = re.search(rb"data: (\S+)", text).group(1).decode()
        same(server.request("POST", endpoint, {
            "jsonrpc": "2.0", "id": 0, "method": "initialize",
            "params": {"protocolVersion": "2024-11-05", "capabilities": {},
                       "clientInfo": {"name": "referee", "version": "1"}}}).status, 202)
        for number in range(1, CALLS // 2 + 1):
            answer = server.request("POST", endpoint, call(number, films["OAuth"]))
            if answer.status == 429:  # it is not being read
                break
            same(answer.status, 202)
        until(lambda: calls_done() >= before + number - 1)
        others_go_on()
        most = memory.most()
        note(f"event stream: at most {most:.0f} MB")
        assert most < MOST, f"{most:.0f} MB"
    nothing_is_held()

with claim("after all that a caller who reads gets the whole film"):
    answer = server.tool("gmail_get_attachment", **films["OAuth"])
    same((answer.status, answer.json()["size"]), (200, 20 * MB))

# It cannot raise the limit by itself.
small = Server({**google.settings(), **google.mail_settings()}, within=["prlimit", "--nofile=300:300"])
with claim("400 connections on which nothing is said, at a server that may have 300 descriptors: others are served"), \
        contextlib.ExitStack() as silent:
    for number in range(400):
        line = silent.enter_context(socket.create_connection((small.host, small.port), timeout=300))
        if number % 2:
            line.sendall(b"POST /tools/gmail_search HTTP/1.1\r\nHost: ")
    by_imap = add_account(small, google, "by-imap", OTHER)
    by_google = connect(small, "by-google", GREEDY)
    for connection in (by_imap, by_google):
        same(len(small.ask("gmail_search", connection_id=connection, query="", max_results=5)["messages"]), 5)
    same(small.request("GET", "/health").json()["status"], "ok")
end()
