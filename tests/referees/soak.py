"""For a long time, accounts are added, added again, removed and synced, letters come and go out, the mail server has
bad moments, and the server is killed, stopped and started. No answer is wrong; in one long life memory, descriptors and
threads stay where they are; at the end every archive holds what the mail server holds, and each letter went out once.

`make soak` runs it: SOAK_MINUTES (30), SEED (another sequence). The referee `chaos` is the short form."""

import base64
import http.client
import imaplib
import json
import os
import pathlib
import random
import re
import sqlite3
import statistics
import threading
import time

from stage.claims import claim, end, note, same
from stage.programs import Sandbox, Server, until

MINUTES = float(os.environ.get("SOAK_MINUTES") or 30)
SEED = int(os.environ.get("SEED") or 20261129)
PEOPLE = {f"user-{name.split('.')[0]}": f"{name}@gmail.example" for name in ("alex.morgan", "priya.nair", "tom.becker")}
FIRST_LETTERS = 450  # more than two steps of the archive
# Then no more of them: what a mailbox costs must not hide what leaks.
MOST_LETTERS, MOST_SENT = 900, 300
# The first third of the time the server is killed and stopped; then one life is long.
KILLING, EVERY_KILL, EVERY_LOOK = 1 / 3, 6, 8
GROWTH = 1.05
# What is said of an account or a mail server that is not there just now.
SAID = {"not_found", "conflict", "reconnect_required", "unavailable", "rate_limited", "timeout", "outcome_unknown"}
FAULTS = [[], [],
          [{"match": "imap.UID *", "then": {"delay_ms": 60}}, {"match": "imap.*", "then": {"delay_ms": 20}}],
          [{"match": "imap.UID FETCH", "skip": 2, "times": 2, "then": {"cut": "mid_body"}}],
          [{"match": "imap.*", "skip": 3, "times": 2, "then": {"cut": "after_effect"}}],
          [{"match": "imap.AUTHENTICATE", "times": 2, "then": {"reason": "too_many_connections"}}],
          [{"match": "smtp.body", "times": 1, "then": {"cut": "after_effect"}}],
          [{"match": "smtp.DATA", "times": 1, "then": {"reason": "unavailable"}}],
          [{"match": "imap.UID FETCH", "times": 1, "then": {"reason": "bye"}}]]

google = Sandbox()
passwords = {email: google.app_password(email) for email in PEOPLE.values()}
server = Server({**google.mail_settings(), "GMAIL_MCP_RATE_LIMIT_CALLS_PER_MINUTE": "0",
                 "GMAIL_MCP_SERVER_RESPONSE_CACHE_MB": "1", "GMAIL_MCP_LOG_LEVEL": "warning"})
database = server.settings["GMAIL_MCP_STORAGE_SQLITE_PATH"]
begun = time.monotonic()
wrong, counts, starts = [], {}, []
# Whoever calls holds a place; whoever looks at the server, when nobody is at work, holds them all.
quiet = threading.Event()
quiet.set()


def left():
    return begun + MINUTES * 60 - time.monotonic()


def raw(email, subject, key):
    return base64.urlsafe_b64encode(
        f"From: Ann <ann@shop.example>\r\nTo: {email}\r\nSubject: {subject}\r\nMessage-ID: <{key}@shop.example>\r\n"
        f"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nParcel {key} is on its way.\r\n".encode()).decode()


def deliver(email, first, count):
    for number in range(first, first + count):
        google.deliver(email, f"parcel {number}", raw=raw(email, f"parcel {number}", f"{number}.{email}"))


class Person(threading.Thread):
    """One user of the application, with one account. They ask one thing after the other, so that they know what
    each answer must be, if there is one."""

    def __init__(self, user, email, number):
        super().__init__(daemon=True)
        self.user, self.email = user, email
        self.dice = random.Random(SEED * 10 + number)
        self.account = None  # that they know to be there; None: none, or they cannot know
        self.knows = True
        self.delivered = FIRST_LETTERS
        self.sent = []  # each to go out once
        self.done = 0
        self.resting = threading.Event()

    def run(self):
        while left() > 0:
            self.resting.set()
            quiet.wait()
            self.resting.clear()
            try:
                self.act()
            except (OSError, http.client.HTTPException):
                self.knows = False  # killed in the middle: whether it happened, the next answer says
                time.sleep(0.05)
            except Exception as strange:  # pylint: disable=broad-except
                wrong.append(f"{self.user}: {type(strange).__name__} {strange}"[:300])
            self.done += 1
            time.sleep(0.02)
        self.resting.set()

    def act(self):
        if not self.knows:
            self.look()
        kinds = {"add": 3, "twice": 2, "fetch": 5, "search": 4, "send": 3, "list": 3, "deliver": 2, "end": 2, "race": 1}
        kind = self.dice.choices(list(kinds), kinds.values())[0]
        counts[kind] = counts.get(kind, 0) + 1
        getattr(self, kind)()

    def said(self, answer, what):
        """The JSON of a success; None for what may be said when a mail server or an account is not there."""
        if answer.status == 200:
            return answer.json()
        code = answer.json().get("code")
        if code not in SAID:
            wrong.append(f"{self.user} {what}: {str(answer)[:250]}")
        return None

    def listed(self):
        answer = self.said(server.tool("list_gmail_accounts", user_id=self.user), "list")
        return {one["account_id"]: one for one in answer["accounts"]} if answer else None

    def look(self):
        listed = self.listed()
        if listed is None:
            return
        active = [key for key, one in listed.items() if one["is_active"]]
        self.account, self.knows = (active or [None])[0], True
        if len(listed) > 1:
            wrong.append(f"{self.user} has {len(listed)} accounts of one address")

    def list(self):
        listed = self.listed()
        if listed is None:
            return
        active = [key for key, one in listed.items() if one["is_active"]]
        if active != [self.account] * bool(self.account):
            wrong.append(f"{self.user} lists {active}, and has {self.account}")

    def add(self):
        answer = self.said(server.tool("add_gmail_account", user_id=self.user, email=self.email,
                                       app_password=passwords[self.email]), "add")
        if answer is None:
            return
        if self.account not in (None, answer["account_id"]):
            wrong.append(f"{self.user}: added again, {self.account} is {answer['account_id']}")
        self.account = answer["account_id"]

    def twice(self):
        beside = threading.Thread(target=self.quietly, args=(self.add,), daemon=True)
        beside.start()
        try:
            self.add()
        finally:
            beside.join(300)

    @staticmethod
    def quietly(call):
        try:
            call()
        except (OSError, http.client.HTTPException):
            pass

    def fetch(self):
        if self.account:
            self.said(server.request("POST", f"/accounts/{self.account}/fetch", {}), "fetch")

    def search(self):
        if not self.account:
            return
        number = self.dice.randrange(self.delivered)
        answer = self.said(server.tool("search_emails", account_id=self.account, query=f'subject:"parcel {number}"'), "search")
        for one in (answer or {}).get("messages", []):
            if one["subject"] != f"parcel {number}":
                wrong.append(f"{self.user} searched parcel {number} and found {one['subject']}")

    def deliver(self):
        if self.delivered >= MOST_LETTERS:
            return
        google.deliver(self.email, f"parcel {self.delivered}",
                       raw=raw(self.email, f"parcel {self.delivered}", f"{self.delivered}.{self.email}"))
        self.delivered += 1

    def send(self):
        if not self.account or len(self.sent) >= MOST_SENT:
            return
        sending = {"key": f"order {self.user} {len(self.sent)}", "account": self.account, "is_out": False}
        self.sent.append(sending)
        self.post(sending)

    def post(self, sending):
        """One try. True: it is known to be out."""
        try:
            answer = server.tool("send_email", account_id=sending["account"], to=["tom.becker@gmail.example"],
                                 subject=sending["key"], body="One, please.", idempotency_key=sending["key"])
        except (OSError, http.client.HTTPException):
            if left() > 0:
                raise
            return False
        sending["is_out"] = sending["is_out"] or self.said(answer, "send") is not None
        return sending["is_out"]

    def end(self):
        if self.account:
            ending = self.dice.choice(["remove_gmail_account", "gmail_disconnect", "DELETE"])
            self.knows = False
            if ending == "DELETE":
                answer = server.request("DELETE", f"/accounts/{self.account}")
            else:
                name = "connection_id" if ending == "gmail_disconnect" else "account_id"
                answer = server.tool(ending, **{name: self.account})
            if self.said(answer, ending) is None:
                return
            self.account, self.knows = None, True

    def race(self):
        """Removed and added in the same moment: one of the two is the last."""
        if not self.account:
            return
        self.knows = False
        beside = threading.Thread(target=self.quietly, args=(lambda: server.request("DELETE", f"/accounts/{self.account}"),),
                                  daemon=True)
        beside.start()
        try:
            self.said(server.tool("add_gmail_account", user_id=self.user, email=self.email,
                                  app_password=passwords[self.email]), "add beside a removal")
        finally:
            beside.join(300)


class Resources:
    """What the process holds, when nobody is at work."""

    def __init__(self):
        process = pathlib.Path(f"/proc/{server.process.pid}")
        status = (process / "status").read_text()
        self.memory = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
        self.threads = int(re.search(r"Threads:\s+(\d+)", status)[1])
        self.descriptors = len(os.listdir(process / "fd"))


def pause():
    quiet.clear()
    for person in people:
        assert person.resting.wait(300), f"{person.user} does not come to rest"


def settled():
    """Every account there and its mail fetched, as at each look before: then only what leaks differs."""
    google.faults()
    for person in people:
        def is_whole(person=person):
            try:
                if not person.knows:
                    person.look()
                person.add()
                answer = server.request("POST", f"/accounts/{person.account}/fetch", {})
                return answer.status == 200 and answer.json()["count"] == 0
            except (OSError, http.client.HTTPException):
                return False
        assert until(is_whole, every=0.2), f"{person.user} is never whole"
        person.knows = True


for email in PEOPLE.values():
    deliver(email, 0, FIRST_LETTERS)
people = [Person(user, email, number) for number, (user, email) in enumerate(PEOPLE.items())]
dice = random.Random(SEED)
for one in people:
    one.start()

with claim(f"killed and stopped for {MINUTES * KILLING:.0f} minutes, it starts each time and ends in order when told to"):
    while left() > MINUTES * 60 * (1 - KILLING):
        google.faults(*dice.choice(FAULTS))
        time.sleep(dice.uniform(0.2, 2 * EVERY_KILL))
        assert server.process.poll() is None, f"it ended with {server.process.returncode}: {server.output()[-800:]}"
        how = dice.choice(["kill -9", "SIGTERM"])
        if how == "kill -9":
            server.kill()
        else:
            same(server.stop(), 0, server.output()[-800:])
        server.start()
        starts.append(how)
        first = json.loads((server.output().splitlines() or ['{"message": ""}'])[0])["message"]
        same(first == "the last run ended without closing", how == "kill -9", f"the first line after {how}: {first}")

looks = []
with claim("in one long life memory, descriptors and threads are flat within 5 %"):
    while left() > 0:
        google.faults(*dice.choice(FAULTS))
        time.sleep(EVERY_LOOK)
        assert server.process.poll() is None, f"it ended with {server.process.returncode}: {server.output()[-800:]}"
        pause()
        settled()
        time.sleep(1)
        looks.append(Resources())
        quiet.set()
    # The first quarter warms up: caches fill, and the allocator finds out how much it needs.
    flat = looks[len(looks) // 4:]
    third = len(flat) // 3
    assert third >= 3, f"only {len(looks)} looks: SOAK_MINUTES is too short"
    for name in ("memory", "descriptors", "threads"):
        before, after = ([getattr(look, name) for look in part] for part in (flat[:third], flat[-third:]))
        before, after = statistics.median(before), statistics.median(after)
        note(f"{name}: {before:.1f}, later {after:.1f}, {len(looks)} looks from {getattr(looks[0], name):.1f} "
             f"to {getattr(looks[-1], name):.1f}")
        assert after <= before * GROWTH, f"{name} grew from {before} to {after}"
quiet.set()
for one in people:
    one.join(300)
note(f"SEED={SEED}: {sum(one.done for one in people)} operations {counts}, {starts.count('kill -9')} kills, "
     f"{starts.count('SIGTERM')} stops")
with claim("0 wrong answers"):
    assert not wrong, f"{len(wrong)}: {wrong[:5]}"
with claim("each letter went out once"):
    settled()
    for one in people:
        for sending in one.sent:
            # What an account was asked is forgotten with it: nobody can say then whether it went out.
            if not sending["is_out"] and sending["account"] == one.account:
                assert until(lambda one=one, sending=sending: one.post(sending), every=0.2), f"{sending}: nobody says"
    inbox = google.inbox_subjects("tom.becker@gmail.example")
    sent = [sending for one in people for sending in one.sent]
    same([one["key"] for one in sent if inbox.count(one["key"]) > 1], [], "sent twice")
    same([one["key"] for one in sent if one["is_out"] and inbox.count(one["key"]) != 1], [], "said to be sent")
    note(f"{len(sent)} letters, {len([one for one in sent if one['is_out']])} known to be out")


def upstream(email):
    """The ids of all mail there."""
    with imaplib.IMAP4("127.0.0.1", google.imap_port) as mailbox:
        mailbox.login(email, passwords[email])
        mailbox.select('"[Gmail]/All Mail"', readonly=True)
        _, found = mailbox.fetch("1:*", "(X-GM-MSGID)")
    return sorted(f"{int(re.search(rb'X-GM-MSGID ([0-9]+)', one)[1]):x}" for one in found)


def archived(account):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60) as db:
        rows = db.execute("SELECT message_id, labels FROM archive_messages JOIN archives USING (account) "
                          "WHERE connection_id = ?", (account,)).fetchall()
    return sorted(one for one, labels in rows if not {"TRASH", "SPAM"} & set(json.loads(labels)))


with claim("every archive holds what the mail server holds"):
    settled()
    for one in people:
        same(archived(one.account), upstream(one.email), one.user)
with claim("the database is whole, and an orderly end ends it"):
    same(server.stop(), 0, server.output()[-800:])
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60) as db:
        same(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        same(db.execute("PRAGMA foreign_key_check").fetchall(), [])
end()
