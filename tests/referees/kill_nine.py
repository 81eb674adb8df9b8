"""kill -9 at fifty points while mail comes in, at sixty while mail goes out, and eight times while an account is
removed: afterwards no message is missing, none is there twice, none was sent twice, and what was being removed is gone.
The mail server stands still at each of the first hundred and ten points until the kill has come, so that every one of
them meets a server at work, on any machine. Chance has one part left: it says when the kill comes on the way to the
next point, where the mail server stands still again."""

import base64
import http.client
import itertools
import json
import random
import sqlite3
import threading

from stage.claims import claim, end, same
from stage.person import add_account
from stage.programs import Sandbox, Server, until

ADDRESS = "priya.nair@gmail.example"
# A command, and how many of its kind go by first. After each comes another one.
SYNC_POINTS = [("imap.greeting", 0), ("imap.AUTHENTICATE", 0), ("imap.LIST", 0), ("imap.EXAMINE", 0), ("imap.UID SEARCH", 0),
               *(("imap.UID FETCH", skipped) for skipped in range(5))]
SEND_POINTS = [(name, 0) for name in (
    "smtp.greeting", "smtp.EHLO", "smtp.AUTH", "smtp.MAIL", "smtp.RCPT", "smtp.DATA", "smtp.body", "imap.LIST",
    "imap.EXAMINE", "imap.UID SEARCH")]
# Before or after the mail server did what it was asked; and what comes when.
KILLED, LATE, ON_THE_WAY = "killed, let go", "killed, started again, let go", "let go, killed on the way to the next"
MANNERS = [("before", KILLED), ("after", KILLED), ("before", LATE), ("before", ON_THE_WAY), ("after", ON_THE_WAY)]
dice = random.Random(20261125)

google = Sandbox()
server = Server({**google.mail_settings(), "ENABLE_BACKGROUND_POLLING": "false"})
account = add_account(server, google, "user-1", ADDRESS)


def deliver(count, first):
    for number in range(first, first + count):
        raw = (f"From: Ann {number % 7} <ann{number % 7}@shop.example>\r\nTo: {ADDRESS}\r\n"
               f"Subject: parcel {number}\r\nMessage-ID: <parcel.{number}@shop.example>\r\n"
               f"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nParcel number{number} is on its way.\r\n")
        google.deliver(ADDRESS, f"parcel {number}", raw=base64.urlsafe_b64encode(raw.encode()).decode())
    return first + count


def query(sql):
    with sqlite3.connect(f"file:{server.settings['GMAIL_MCP_STORAGE_SQLITE_PATH']}?mode=ro", uri=True,
                         timeout=60) as db:
        return db.execute(sql).fetchall()


class Asking(threading.Thread):
    """A request whose answer may never come."""

    def __init__(self, path, body):
        super().__init__(daemon=True)
        self.path, self.body, self.answer = path, body, None
        self.start()

    def run(self):
        try:
            self.answer = server.request("POST", self.path, self.body)
        except (OSError, http.client.HTTPException):
            pass


def first_words():
    """What the log of the running server begins with."""
    return json.loads(server.output().splitlines()[0])["message"]


def hold(match, where="before", **more):
    return {"match": match, "then": {"hold": where}, **more}


def killed_at(point, manner, path, body, afterwards=lambda: None):
    """Asks; kills the server there; starts it again. True if it was killed at work. `afterwards` is called as soon
    as it runs again, its result is the second."""
    (name, skipped), (where, order) = point, manner
    google.faults(hold(name, where, skip=skipped, times=1))
    asking = Asking(path, body)
    google.await_held(name)
    if order == ON_THE_WAY:
        google.let_go(hold("imap.*"), hold("smtp.*"))
        asking.join(dice.uniform(0.0, 0.03))
    server.kill()
    if order != LATE:
        google.faults()
    server.start()
    after_kills.append(first_words())
    result = afterwards()
    google.faults()
    asking.join(300)
    return asking.answer is None, result


def fetch_all():
    """Everything that is new, however many calls that takes."""
    while True:
        answer = server.request("POST", f"/accounts/{account}/fetch", {})
        assert answer.status == 200, answer
        if answer.json()["count"] == 0:
            return


after_kills, after_stops = [], []
delivered = deliver(1200, 0)
turns = list(itertools.product(SYNC_POINTS, MANNERS))
dice.shuffle(turns)
at_work = 0
with claim(f"killed {len(turns)} times in the middle of syncing, it goes on each time"):
    for turn, (point, manner) in enumerate(turns):
        # Every UID is void: the walk over everything begins again. Two turns leave enough of it for the third.
        if turn % 3 == 0:
            google.faults(change_uid_validity=[ADDRESS])
        delivered = deliver(3, delivered)
        at_work += killed_at(point, manner, f"/accounts/{account}/fetch", {})[0]
with claim(f"… and at work: {len(turns)} of {len(turns)}"):
    same(at_work, len(turns))
with claim("afterwards nothing is missing and nothing is there twice"):
    fetch_all()
    rows = query("SELECT subject, count(*), count(DISTINCT message_id) FROM archive_messages "
                 "WHERE subject LIKE 'parcel %' GROUP BY subject")
    same(sorted(rows), sorted((f"parcel {n}", 1, 1) for n in range(delivered)))
with claim("every message can be found by its text, once"):
    for number in dice.sample(range(delivered), 40):
        found = server.ask("search_emails", account_id=account, query=f"number{number}")
        same([m["subject"] for m in found["messages"]], [f"parcel {number}"])
with claim("contacts are counted as if nothing had happened"):
    for who in range(7):
        contact = server.ask("get_contact", account_id=account, email=f"ann{who}@shop.example")["contact"]
        same(contact["message_count"], len([n for n in range(delivered) if n % 7 == who]))
with claim("the database is whole"):
    same(query("PRAGMA integrity_check"), [("ok",)])
    same(query("PRAGMA foreign_key_check"), [])


def order_of(number):
    return {"account_id": account, "to": ["tom.becker@gmail.example"], "subject": f"order {number}",
            "body": "One, please.", "idempotency_key": f"order-{number}"}


def asked_again(number):
    """Whether it was sent, as the repetition says; None: outcome_unknown."""
    answer = server.tool("send_email", **order_of(number))
    assert answer.status == 200 or answer.json()["code"] == "outcome_unknown", answer
    return answer.status == 200 or None


def taken_over(point, manner):
    """Whether the letter was with the mail server when the repetition asked; None: either."""
    name, (_, order) = point[0], manner
    if name == "smtp.DATA" and order == ON_THE_WAY:
        return None  # the letter itself is on the way
    return name.startswith("imap.") or (name == "smtp.body" and order != LATE)


turns = list(itertools.product(SEND_POINTS, MANNERS))
dice.shuffle(turns)
outcomes, surprises, at_work = [], [], 0
with claim(f"killed {len(turns)} times in the middle of sending, each repetition gets a definite answer"):
    for turn, (point, manner) in enumerate(turns):
        # What the last repetition has opened would spare this one its first steps.
        server.stop(120)
        server.start()
        after_stops.append(first_words())
        was_at_work, is_sent = killed_at(point, manner, "/tools/send_email", order_of(turn), lambda: asked_again(turn))
        at_work += was_at_work
        outcomes.append(is_sent)
        if taken_over(point, manner) not in (None, bool(is_sent)):
            surprises.append((point, manner, is_sent))
with claim(f"… and at work: {len(turns)} of {len(turns)}"):
    same(at_work, len(turns))
with claim("what the mail server had taken over is found by the repetition, and nothing else is"):
    same(surprises, [])
with claim("killed 10 times when the last answer has come and the result is being written: it is sent, and known"):
    for turn in range(len(turns), len(turns) + 10):
        last = ("imap.UID FETCH", 0), ("after", ON_THE_WAY)
        outcomes.append(killed_at(*last, "/tools/send_email", order_of(turn), lambda: asked_again(turn))[1])
    same(outcomes[len(turns):], [True] * 10)
with claim("what arrived later is found by a later repetition"):
    late = [turn for turn, (point, manner) in enumerate(turns) if point[0] == "smtp.body" and manner[1] == LATE]
    same([outcomes[turn] for turn in late], [None])
    outcomes = [is_sent or asked_again(turn) for turn, is_sent in enumerate(outcomes)]
    same([outcomes[turn] for turn in late], [True])
with claim("no message was sent twice, what is said to be sent was, and unknown is left what never arrived"):
    inbox = google.inbox_subjects("tom.becker@gmail.example")
    for turn, is_sent in enumerate(outcomes):
        same(inbox.count(f"order {turn}"), 1 if is_sent else 0, f"{turn}, {is_sent}")

REMOVALS = 8
begun = 0
with claim(f"killed {REMOVALS} times while an account is removed: begun or not, it is never seen half removed"):
    for turn in range(REMOVALS):
        asking = Asking("/tools/remove_gmail_account", {"account_id": account})
        # From the request to the last piece of the archive.
        asking.join(0.01 * turn * turn)
        server.kill()
        server.start()
        listed = [one["account_id"] for one in server.ask("list_gmail_accounts", user_id="user-1")["accounts"]]
        if listed:
            same(query("SELECT status FROM connections"), [("active",)])
            continue
        begun += 1
        assert until(lambda: query("SELECT (SELECT count(*) FROM connections), (SELECT count(*) FROM archives), "
                                   "(SELECT count(*) FROM archive_messages)") == [(0, 0, 0)])
        account = add_account(server, google, "user-1", ADDRESS)
        fetch_all()
with claim("… and some of them were begun"):
    assert begun > 1, begun
with claim("the log after each kill begins by saying that the last run ended without closing; of no other start"):
    same(set(after_kills), {"the last run ended without closing"})
    same({words == "the last run ended without closing" for words in after_stops}, {False})
end()
