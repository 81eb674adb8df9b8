"""Whichever side dies at any moment, and whoever repeats the call: a message goes out once."""

import json
import socket
import threading

from stage.claims import claim, end, same
from stage.person import connect
from stage.programs import Sandbox, Server, answers, until

google = Sandbox()
server = Server(google.settings())
connection = connect(server, "user-1", "alex.morgan@gmail.example")


def mail(subject, **more):
    return {"connection_id": connection, "to": ["ann@shop.example"], "subject": subject, "body": "b", **more}


def sends():
    return google.counters()["sends"]


class Calling(threading.Thread):
    """A call whose answer may never come."""

    def __init__(self, arguments):
        super().__init__(daemon=True)
        self.arguments, self.answer = arguments, None
        self.start()

    def run(self):
        try:
            self.answer = server.tool("gmail_send", **self.arguments)
        except OSError:
            pass


def hold_next_send(where="before", **more):
    google.reset_counters()
    google.faults({"match": "messages.send", "times": 1, "then": {"hold": where, **more}})


def while_sending(arguments, *fault, **more):
    """Begins the call and returns when Google has got it and stands still."""
    hold_next_send(*fault, **more)
    calling = Calling(arguments)
    google.await_held("messages.send")
    return calling


with claim("without a fault: a repetition with the same key answers the first result"):
    order = mail("plain", idempotency_key="k-plain")
    first, again = server.ask("gmail_send", **order), server.ask("gmail_send", **order)
    same(again["message_id"], first["message_id"])
    same((first["deduplicated"], again["deduplicated"], sends()), (False, True, 1))
with claim("the same key with other arguments is a conflict, and sends nothing"):
    answer = server.tool("gmail_send", **mail("other", idempotency_key="k-plain"))
    same((answer.status, answer.json()["code"], sends()), (409, "conflict", 1))

with claim("kill -9 before Gmail did anything: the repetition says outcome_unknown and sends nothing"):
    order = mail("killed before", idempotency_key="k-before")
    while_sending(order, cut="before_response")
    server.kill()
    google.let_go()
    server.start()
    answer = server.tool("gmail_send", **order)
    same((answer.status, answer.json()["code"], sends()), (409, "outcome_unknown", 0))
    same(server.tool("gmail_send", **order).json()["code"], "outcome_unknown")
    same(sends(), 0)

with claim("kill -9 after Gmail sent and before it answered: the repetition answers the first result"):
    order = mail("killed after", idempotency_key="k-after")
    while_sending(order, "after")
    same(sends(), 1)
    server.kill()
    google.let_go()
    server.start()
    answer = server.ask("gmail_send", **order)
    same((bool(answer["message_id"]), answer["deduplicated"], sends()), (True, True, 1))
    found = server.ask("gmail_search", connection_id=connection, query='in:sent subject:"killed after"')
    same([m["id"] for m in found["messages"]], [answer["message_id"]])

with claim("Gmail sends and the connection breaks before its answer: never sent twice, and found"):
    order = mail("cut after", idempotency_key="k-cut")
    google.reset_counters()
    google.faults({"match": "messages.send", "times": 1, "then": {"cut": "after_effect"}})
    answer = server.tool("gmail_send", **order)
    assert answer.status in (200, 409), answer
    if answer.status == 409:
        same(answer.json()["code"], "outcome_unknown")
    again = server.ask("gmail_send", **order)
    same((bool(again["message_id"]), sends()), (True, 1))

with claim("the connection breaks before Gmail did anything: at most once all the same"):
    order = mail("cut before", idempotency_key="k-cut-before")
    google.reset_counters()
    google.faults({"match": "messages.send", "times": 1, "then": {"cut": "before_response"}})
    server.tool("gmail_send", **order)
    server.tool("gmail_send", **order)
    assert sends() <= 1, sends()

with claim("two callers with one key at once: one message, one id"):
    order = mail("together", idempotency_key="k-together")
    one = while_sending(order)
    two = Calling(order)
    server.ask("gmail_list_connections", user_id="user-1")  # time for the second; in either order it is one message
    google.let_go()
    one.join(300)
    two.join(300)
    same((one.answer.status, two.answer.status), (200, 200), [one.answer, two.answer])
    same(one.answer.json()["message_id"], two.answer.json()["message_id"])
    same(sends(), 1)

def hang_up(order):
    """Asks for a send, and is gone while it is on its way."""
    hold_next_send()
    with socket.create_connection(("127.0.0.1", server.port)) as caller:
        body = json.dumps(order).encode()
        caller.sendall(b"POST /tools/gmail_send HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                       b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        google.await_held("messages.send")


def impatient(order):
    """The answer to the same again, asked before Gmail has answered the first."""
    again = Calling(order)
    server.ask("gmail_list_connections", user_id="user-1")  # time for it to come; in either order it is one message
    google.let_go()
    again.join(300)
    same(again.answer.status, 200, again.answer)
    return again.answer.json()


with claim("the caller hangs up: the message goes out; the same again, without a key, is deduplicated"):
    hang_up(mail("hung up"))
    google.let_go()
    assert until(lambda: sends() == 1), "hanging up stopped the send"
    again = server.ask("gmail_send", **mail("hung up"))
    same((bool(again["message_id"]), again["deduplicated"], sends()), (True, True, 1))
with claim("the caller hangs up, and repeats at once, without a key: the message goes out once"):
    hang_up(mail("impatient"))
    again = impatient(mail("impatient"))
    same((bool(again["message_id"]), again["deduplicated"], sends()), (True, True, 1))

def legacy_session():
    """The id of an MCP session of 2025-11-25."""
    with socket.create_connection(("127.0.0.1", server.port)) as caller:
        post_mcp(caller, None, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}})
        head = caller.recv(65536).decode().split("\r\n\r\n")[0]
    return next(line.split(":", 1)[1].strip() for line in head.split("\r\n")
                if line.lower().startswith("mcp-session-id"))


def post_mcp(caller, session, message):
    body = json.dumps(message).encode()
    more = f"Mcp-Session-Id: {session}\r\n" if session else ""
    caller.sendall(f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                   f"Accept: application/json, text/event-stream\r\n{more}"
                   f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def leave_session(order):
    """A legacy client whose POST goes away while the send is on its way. Nothing is cancelled."""
    session = legacy_session()
    hold_next_send()
    with socket.create_connection(("127.0.0.1", server.port)) as caller:
        post_mcp(caller, session, {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
                                   "params": {"name": "gmail_send", "arguments": order}})
        google.await_held("messages.send")


with claim("a legacy MCP client drops its POST and repeats after the send, without a key: sent once"):
    leave_session(mail("dropped"))
    google.let_go()
    assert until(lambda: sends() == 1), "dropping the POST stopped the send"
    again = server.ask("gmail_send", **mail("dropped"))
    same((bool(again["message_id"]), again["deduplicated"], sends()), (True, True, 1))
with claim("a legacy MCP client drops its POST and repeats at once, without a key: sent once"):
    leave_session(mail("dropped and impatient"))
    again = impatient(mail("dropped and impatient"))
    same((bool(again["message_id"]), again["deduplicated"], sends()), (True, True, 1))

with claim("SIGTERM in the middle of a send: it is finished first, and the exit status is 0"):
    order = mail("terminated", idempotency_key="k-term")
    while_sending(order)
    server.process.terminate()
    assert until(lambda: not answers(server.url + "/health")), "it takes new calls"
    same(sends(), 0)
    google.let_go()
    same(server.stop(), 0)
    same(sends(), 1)
    server.start()
    answer = server.ask("gmail_send", **order)
    same((bool(answer["message_id"]), answer["deduplicated"], sends()), (True, True, 1))

with claim("a different message without a key is never mistaken for an earlier one"):
    google.reset_counters()
    server.ask("gmail_send", **mail("one"))
    for _ in range(20):  # each answer was delivered, to a client that then leaves: again is meant
        server.ask("gmail_send", **mail("two"))
    same(sends(), 21)
with claim("removing an account and adding it again does not reset its daily limit"):
    capped = Server({**google.settings(), "GMAIL_MCP_SEND_MAX_PER_DAY": "1"})
    for status in (200, 429):
        connection = connect(capped, "user-1", "alex.morgan@gmail.example")
        same(capped.tool("gmail_send", **mail("of the day")).status, status)
        capped.ask("remove_gmail_account", account_id=connection)
    capped.stop()
end()
