"""Accounts that are added twice, removed, disconnected and left while their mail is fetched, a mail server that takes
its time, and starts and ends in between: the server lives, and afterwards every archive holds what the mail server
holds. SEED=… gives other operations."""

import base64
import http.client
import os
import random
import sqlite3
import subprocess
import threading

from stage.claims import claim, end, note, same
from stage.programs import GMAIL_MCP, Sandbox, Server, directory, environment, until

PEOPLE = {f"user-{name.split('.')[0]}": f"{name}@gmail.example" for name in ("alex.morgan", "priya.nair", "tom.becker")}
LETTERS = 450  # more than two steps of the archive
OPERATIONS, LANES = 90, 6
FETCHING = "imap.UID FETCH"

google = Sandbox()
passwords = {email: google.app_password(email) for email in PEOPLE.values()}
server = Server({**google.mail_settings(), "GMAIL_MCP_RATE_LIMIT_CALLS_PER_MINUTE": "0"})
SEED = int(os.environ.get("SEED") or 20261129)


def deliver(email, count):
    for number in range(count):
        raw = (f"From: Ann <ann@shop.example>\r\nTo: {email}\r\nSubject: parcel {number}\r\n"
               f"Message-ID: <{number}.{email}>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nOn its way.\r\n")
        google.deliver(email, f"parcel {number}", raw=base64.urlsafe_b64encode(raw.encode()).decode())


def add(user):
    return server.tool("add_gmail_account", user_id=user, email=PEOPLE[user], app_password=passwords[PEOPLE[user]])


def accounts(user):
    return {one["account_id"]: one for one in server.ask("list_gmail_accounts", user_id=user)["accounts"]}


ENDINGS = {
    "remove_gmail_account": lambda account: server.tool("remove_gmail_account", account_id=account),
    "DELETE /accounts/{id}": lambda account: server.request("DELETE", f"/accounts/{account}"),
    "gmail_disconnect": lambda account: server.tool("gmail_disconnect", connection_id=account),
}


class Beside(threading.Thread):
    """A call, while others go on."""

    def __init__(self, call, *arguments):
        super().__init__(daemon=True)
        self.call, self.arguments, self.answer = call, arguments, None
        self.start()

    def run(self):
        try:
            self.answer = self.call(*self.arguments)
        except (OSError, http.client.HTTPException):
            pass

    def outcome(self):
        self.join(300)
        return self.answer


def hold(match):
    return {"match": match, "then": {"hold": "before"}}


def lives():
    assert server.process.poll() is None, f"it ended with {server.process.returncode}: {server.output()[-800:]}"
    same(server.request("GET", "/health").status, 200)


def stopped_at_work():
    google.faults(hold(FETCHING))
    account = add(USER).json()["account_id"]
    google.await_held(FETCHING)
    return account


for person in PEOPLE.values():
    deliver(person, LETTERS)
USER, EMAIL = next(iter(PEOPLE.items()))

with claim("added again and again while its first mail is fetched: one account, and the server lives"):
    account = stopped_at_work()
    again = [Beside(add, USER) for _ in range(8)]
    same({one.outcome().json()["account_id"] for one in again}, {account})
    google.faults({"match": "imap.*", "then": {"delay_ms": 20}})
    for _ in range(8):
        same(add(USER).json()["account_id"], account)
    lives()
google.faults()
for title, ending in ENDINGS.items():
    with claim(f"{title} while its first mail is fetched: it is ended, and the server lives"):
        ENDINGS["remove_gmail_account"](next(iter(accounts(USER)), account))
        account = stopped_at_work()
        same(Beside(ending, account).outcome().status, 200)
        lives()
        same([one for one in accounts(USER).values() if one["is_active"]], [])
        google.faults()
with claim("SIGTERM while first mail is fetched and nothing comes any more: an orderly end"):
    stopped_at_work()
    same(server.stop(), 0, server.output()[-800:])
    google.faults()
    server.start()
    lives()
with claim("a client of stdio that leaves meanwhile: an orderly end"):
    server.stop()
    google.faults(hold(FETCHING))
    google.deliver(EMAIL, "news")
    with open(directory / "stdio.log", "wb") as log:
        alone = subprocess.Popen([GMAIL_MCP, "serve"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log,
                                 cwd=directory, env=environment(**server.settings))
    google.await_held(FETCHING)
    alone.stdin.close()
    same(alone.wait(300), 0, (directory / "stdio.log").read_text()[-800:])
    google.faults()
    server.start()

dice = random.Random(SEED)
KINDS = {"add": 6, "fetch": 5, "search": 4, "remove_gmail_account": 1, "DELETE /accounts/{id}": 1, "gmail_disconnect": 2}
plan = [[(dice.choice(list(PEOPLE)), dice.choices(list(KINDS), KINDS.values())[0]) for _ in range(OPERATIONS // LANES)]
        for _ in range(LANES)]
codes, strange = {}, []


def one_lane(operations):
    for user, kind in operations:
        known = next(iter(accounts(user)), None)
        if kind == "add" or known is None:
            answer = add(user)
        elif kind == "fetch":
            answer = server.request("POST", f"/accounts/{known}/fetch", {})
        elif kind == "search":
            answer = server.tool("search_emails", account_id=known, query="parcel")
        else:
            answer = ENDINGS[kind](known)
        code = "ok" if answer.status == 200 else answer.json()["code"]
        codes[code] = codes.get(code, 0) + 1
        if code not in ("ok", "not_found", "conflict", "reconnect_required", "unavailable", "rate_limited", "timeout"):
            strange.append((user, kind, str(answer)[:200]))


with claim(f"{OPERATIONS} operations, {LANES} at a time, on accounts that come and go, at 20 to 60 ms a command: "
           "each is answered, none by an internal failure"):
    google.faults({"match": "imap.UID *", "then": {"delay_ms": 60}}, {"match": "imap.*", "then": {"delay_ms": 20}})
    for lane in [Beside(one_lane, operations) for operations in plan]:
        lane.outcome()
        assert not lane.is_alive()
    same(strange, [])
    same(sum(codes.values()), OPERATIONS)
    lives()
google.faults()
note(f"SEED={SEED}: {codes}")


def archived(account):
    with sqlite3.connect(f"file:{server.settings['GMAIL_MCP_STORAGE_SQLITE_PATH']}?mode=ro", uri=True, timeout=60) as db:
        return [row[0] for row in db.execute(
            "SELECT subject FROM archive_messages JOIN archives USING (account) WHERE connection_id = ? AND subject LIKE 'parcel %'", (account,))]


with claim("afterwards every archive holds what the mail server holds, each letter once"):
    for user in PEOPLE:
        account = add(user).json()["account_id"]

        def is_whole(account=account):
            return server.request("POST", f"/accounts/{account}/fetch", {}).json().get("count") == 0
        assert until(is_whole)
        same(sorted(archived(account)), sorted(f"parcel {number}" for number in range(LETTERS)), user)
with claim("and of who is removed nothing is left"):
    for user in PEOPLE:
        for account in accounts(user):
            same(ENDINGS["remove_gmail_account"](account).status, 200)
            same((accounts(user), archived(account)), ({}, []))
    lives()
end()
