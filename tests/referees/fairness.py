"""While one tenant does the worst that a mail can ask of the server, another one's calls and /health are asked all the
time. How long they take is compared with how long they take while the first tenant does as much that is harmless."""

import base64
import http.client
import imaplib
import json
import os
import statistics
import threading
import time

from stage.claims import claim, end, note, same
from stage.person import add_account, connect
from stage.programs import Sandbox, Server

WORST, OTHER = "alex.morgan@gmail.example", "priya.nair@gmail.example"
MB = 1_000_000
ROUNDS = 3
# The other's wait may be so many times that beside a harmless call, or this share of the call itself: less than the
# half and more than the noise of a busy machine. Done on the loop, the worst is nearly all of its call.
TIMES, SHARE = 4, 1 / 8

google = Sandbox()
server = Server({**google.settings(), **google.mail_settings(), "GMAIL_MCP_RATE_LIMIT_CALLS_PER_MINUTE": "0"})
over_rest = connect(server, "worst", WORST)
other = connect(server, "other", OTHER)
over_imap = add_account(server, google, "worst-by-imap", WORST)


class Other(threading.Thread):
    """Asks one thing again and again; how long each answer took, until it is told to stop."""

    def __init__(self, method, path, body=None):
        super().__init__(daemon=True)
        self.asked, self.waits, self.strange, self.stopping = (method, path, body), [], [], False
        self.first = threading.Event()
        self.start()

    def run(self):
        line = http.client.HTTPConnection(server.host, server.port, timeout=300)
        method, path, body = self.asked
        while not self.stopping:
            begun = time.monotonic()
            line.request(method, path, body, {"Content-Type": "application/json"})
            answer = line.getresponse()
            text = answer.read()
            self.waits.append((begun, time.monotonic() - begun))
            if answer.status != 200:
                self.strange.append(text[:200])
            self.first.set()
            time.sleep(0.002)


def others():
    return [Other("GET", "/health"),
            Other("POST", "/tools/gmail_list_connections", json.dumps({"user_id": "other"}))]


def p99(waits):
    """Of the moments of the time, not of the requests: one that waits keeps the next ones from being asked."""
    left, longest_first = sum(waits) / 100, sorted(waits, reverse=True)
    for wait in longest_first:
        left -= wait
        if left <= 0:
            return wait
    return longest_first[-1]


def beside(call):
    """What the others wait while this call is under way, the call's own time, and its answer."""
    asking = others()
    for one in asking:
        assert one.first.wait(300)
    begun = time.monotonic()
    answer = call()
    ended = time.monotonic()
    for one in asking:
        one.stopping = True
    waits = []
    for one in asking:
        one.join(300)
        same(one.strange, [])
        waits.append(p99([wait for when, wait in one.waits if when + wait > begun and when < ended] or [0]))
    return max(waits), ended - begun, answer


def judge(title, worst, harmless, check):
    with claim(f"{title}: others go on as beside a large call that is harmless"):
        seen, answers = {"worst": [], "harmless": []}, []
        for _ in range(ROUNDS):
            for name, call in (("harmless", harmless), ("worst", worst)):
                wait, took, answer = beside(call)
                seen[name].append((wait, took))
                answers.append((name, answer))
        middle = {name: [statistics.median(one) for one in zip(*runs)] for name, runs in seen.items()}
        (wait, took), (usual, usually) = middle["worst"], middle["harmless"]
        note(f"{title}: others wait {wait * 1000:.0f} ms of {took * 1000:.0f}, beside what is harmless "
             f"{usual * 1000:.0f} of {usually * 1000:.0f}")
        assert wait < TIMES * usual or wait < SHARE * took, middle
        for name, answer in answers:
            check[name](answer)


def well(answer):
    same(answer.status, 200, str(answer)[:300])


def refused(answer):
    same((answer.status, answer.json()["code"]), (413, "too_large"), str(answer)[:300])


def refused_by_gmail(answer):
    """Which takes a hundred by SMTP; what is hard has been done by then."""
    same((answer.status, answer.json()["code"]), (429, "rate_limited"), str(answer)[:300])


def by_body(name, **arguments):
    """A call whose JSON is made before, not while the others are watched."""
    body = json.dumps(arguments).encode()
    return lambda: server.request("POST", f"/tools/{name}", body, {"Content-Type": "application/json"})


def letter(subject, kind, text):
    raw = (f"From: Ann <ann@shop.example>\r\nTo: {WORST}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
           f"Message-ID: <{subject}@shop.example>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
           f"Content-Type: {kind}; charset=utf-8\r\n\r\n{text}\r\n")
    google.deliver(WORST, subject, raw=base64.urlsafe_b64encode(raw.encode()).decode())


styles = "<style>" + "".join(f".hidden-{i}{{display:none}}\r\n" for i in range(20_000)) + "</style>"
cell = '<p class="shown-{}">Parcel {} is <b>on its way</b>.</p>\r\n'
cells = "".join(cell.format(i, i) for i in range(8 * MB // len(cell)))
letter("styled", "text/html", (f"<html><head>{styles}</head><body>{cells}")[:8 * MB])
letter("plain", "text/plain", "On its way, the whole of it, as was said.\r\n" * (8 * MB // 43))


def found(connection, subject):
    return server.ask("gmail_search", connection_id=connection, query=f"subject:{subject}",
                      max_results=1)["messages"][0]["id"]


for way, connection in (("OAuth", over_rest), ("IMAP", over_imap)):
    judge(f"8 MB of HTML with 20,000 style classes are read by {way}",
          by_body("gmail_get_message", connection_id=connection, message_id=found(connection, "styled")),
          by_body("gmail_get_message", connection_id=connection, message_id=found(connection, "plain")),
          {"worst": well, "harmless": well})

MANY = 40_000
crowd = [f"person.{i}@shop.example" for i in range(MANY)]
text = "x" * (sum(map(len, crowd)) + 4 * MANY)
film = base64.b64encode(os.urandom(16 * MB)).decode()
mail = {"connection_id": over_imap, "subject": "large", "body": "See the attachment.",
        "attachments": [{"filename": "film.bin", "mime_type": "application/octet-stream", "content_base64": film}]}
# It is refused in no time, so what is harmless is larger.
judge(f"a draft to {MANY} recipients is saved",
      by_body("gmail_create_draft", connection_id=over_imap, to=", ".join(crowd), subject="crowd", body="Come."),
      by_body("gmail_create_draft", to=crowd[:1], **mail),
      {"worst": refused, "harmless": well})


def kept(subject, fields, body):
    """A draft that another program put there, once for each round."""
    raw = f"From: {WORST}\r\n{fields}\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()
    with imaplib.IMAP4("127.0.0.1", google.imap_port) as mailbox:
        mailbox.login(WORST, google.app_password(WORST))
        for _ in range(ROUNDS):
            same(mailbox.append("[Gmail]/Drafts", r"(\Draft)", None, raw)[0], "OK")
    drafts = server.ask("gmail_list_drafts", connection_id=over_imap)["drafts"]
    kept_ones = [one["draft_id"] for one in drafts if one["subject"] == subject]
    same(len(kept_ones), ROUNDS)
    return lambda: by_body("gmail_send_draft", connection_id=over_imap, draft_id=kept_ones.pop())()


fields_of_crowd = "\r\n".join("To: " + ",\r\n ".join(crowd[i:i + 1000]) for i in range(0, MANY, 1000))
judge(f"a draft to {MANY} recipients is sent",
      kept("crowd of another program", fields_of_crowd, "Come."),
      kept("one of another program", "To: " + crowd[0], text),
      {"worst": refused, "harmless": well})

judge("a draft of 21 MB with 3,000 lines of Bcc is sent",
      kept("film for many", "Bcc: " + ",\r\n ".join(crowd[i % 90] for i in range(3000)), film),
      kept("film for one", "Bcc: " + crowd[0], film),
      {"worst": well, "harmless": well})

# Each fills a line of the header.
long_ones = [f"{'bcc.' * 14}{i}@{'branch.' * 10}shop.example" for i in range(499)]
judge("21 MB are sent to 499 in bcc",
      by_body("gmail_send", to=crowd[:1], bcc=long_ones, **mail),
      by_body("gmail_send", to=crowd[:1], **mail),
      {"worst": refused_by_gmail, "harmless": well})
end()
