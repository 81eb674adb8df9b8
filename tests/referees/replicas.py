"""Four servers on one database: what is begun at one is finished at another, each account is watched by one of them,
news reaches the clients of all, and what ends at one has ended at all. Then they are killed, stopped and started at
random while mail comes in and goes out: nothing is answered wrongly, lost, doubled, or sent twice.

replicas.py [--storage sqlite|postgres|supabase] [--seconds 40]; SEED=… gives other accidents. With postgres, a server of
its own also loses its connections, and is stopped and started. With supabase, a stand-in for a project is asked."""

import argparse
import base64
import http.client
import json
import os
import queue
import random
import re
import sqlite3
import threading
import time

from stage.claims import claim, end, note, same
from stage.mcp import Session
from stage.person import add_account, connect, consent
from stage.postgres import Postgres
from stage.programs import Sandbox, Server, directory, free_port, key, until
from stage.supabase import Project

options = argparse.ArgumentParser()
options.add_argument("--storage", choices=["sqlite", "postgres", "supabase"], default="sqlite")
options.add_argument("--seconds", type=int, default=40)
asked = options.parse_args()
SEED = int(os.environ.get("SEED") or 20261129)
dice = random.Random(SEED)

REPLICAS = 4
ALEX, PRIYA, TOM = "alex.morgan@gmail.example", "priya.nair@gmail.example", "tom.becker@gmail.example"
USERS = [f"user-{number}" for number in range(6)]

google = Sandbox()
ports = [free_port() for _ in range(REPLICAS)]
shared = {**google.settings(), **google.mail_settings(), "GMAIL_MCP_ENCRYPTION_KEY": key(),
          "GMAIL_MCP_RATE_LIMIT_CALLS_PER_MINUTE": "0", "INBOX_POLL_INTERVAL_SECONDS": "3600",
          "GMAIL_MCP_GOOGLE_REDIRECT_URI": f"http://127.0.0.1:{ports[0]}/oauth/callback"}
postgres = Postgres() if asked.storage == "postgres" else None
if postgres:
    shared |= {"GMAIL_MCP_STORAGE_TYPE": "postgres", "GMAIL_MCP_STORAGE_POSTGRES_URL": postgres.url}
project = Project() if asked.storage == "supabase" else None
if project:
    shared |= project.settings()
    same(project.ask("script"), {}, "what `gmail-mcp migrate --print` prints")
replicas = [Server(shared, port=port, database=directory / "shared.db") for port in ports]


def query(sql):
    if postgres or project:
        return (postgres or project).query(sql)
    with sqlite3.connect(f"file:{directory / 'shared.db'}?mode=ro", uri=True, timeout=60) as db:
        return db.execute(sql).fetchall()


def watched(replica):
    """How many accounts this one watches."""
    numbers = replica.request("GET", "/metrics").text
    found = re.findall(r'^gmail_mcp_watched_accounts\{state="(\w+)"\} (\d+)', numbers, re.M)
    return sum(int(number) for state, number in found if state in ("waiting", "polled"))


class Ear(threading.Thread):
    """A client that watches resources at one server, and what it is told."""

    def __init__(self, server, user):
        super().__init__(daemon=True)
        self.session = Session(server, {"X-Gmail-MCP-User": user})
        self.heard, self.is_open = queue.Queue(), True
        stream = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
        stream.request("GET", "/mcp", headers={**self.session.headers, "Accept": "text/event-stream"})
        self.stream = stream.getresponse()
        same(self.stream.status, 200)
        self.start()

    def watch(self, uri):
        answer = self.session.ask("resources/subscribe", {"uri": uri})
        assert "result" in answer, answer

    def run(self):
        try:
            for line in self.stream:
                if line.startswith(b"data:") and b"resources/updated" in line:
                    self.heard.put(json.loads(line[5:])["params"]["uri"])
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.is_open = False

    def hears(self, uri, seconds=120):
        """How long that took; None if it was not told."""
        began = time.monotonic()
        while True:
            left = began + seconds - time.monotonic()
            try:
                if self.heard.get(timeout=max(left, 0.01)) == uri:
                    return time.monotonic() - began
            except queue.Empty:
                return None


def deliver(email, number):
    """A letter of which there is one, from a person of its own."""
    raw = (f"From: Ann <ann{number}@shop.example>\r\nTo: {email}\r\nSubject: parcel {number}\r\n"
           f"Message-ID: <parcel.{number}@shop.example>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nOn its way.\r\n")
    google.deliver(email, f"parcel {number}", raw=base64.urlsafe_b64encode(raw.encode()).decode())


def person(account, number):
    return f"messages://{account}/ann{number}@shop.example"


A, B, C, D = replicas

# --- what they agree on

with claim("a sign-in that is begun at one is finished at another, once"):
    start = A.ask("gmail_get_auth_url", user_id="google-user")
    code, state = consent(start["auth_url"], TOM)
    finished = B.tool("gmail_handle_oauth_callback", code=code, state=state)
    same(finished.status, 200, finished)
    again = C.tool("gmail_handle_oauth_callback", code=code, state=state)
    assert again.status in (400, 404, 409), again
    by_google = D.ask("gmail_list_connections", user_id="google-user")["connections"][0]["id"]

accounts = {}
with claim("accounts that are added at one are shared: each is watched by one, and each server watches some"):
    for turn, user in enumerate(USERS):
        accounts[user] = add_account(replicas[turn % 2], google, user, [ALEX, PRIYA][turn % 2])
    assert until(lambda: [watched(one) for one in replicas] in ([2, 2, 1, 1],) or
                 sorted(watched(one) for one in replicas) == [1, 1, 2, 2]), [watched(one) for one in replicas]

with claim("what comes in is told to clients of every server within seconds, whichever watches"):
    ears = [Ear(one, "user-0") for one in replicas]
    for turn in range(3):
        for ear in ears:
            ear.watch(person(accounts["user-0"], turn))
        deliver(ALEX, turn)
        late = [ear.hears(person(accounts["user-0"], turn)) for ear in ears]
        assert None not in late, late
        note(f"heard after {[round(one, 1) for one in late]} s")

with claim("and to nobody else: another user's server hears nothing"):
    stranger = Ear(B, "user-1")
    answer = stranger.session.ask("resources/subscribe", {"uri": person(accounts["user-0"], 0)})
    assert "error" in answer, answer

with claim("an expired token is refreshed once for 64 calls at four servers"):
    google.faults(expire_access_tokens=[TOM])
    google.reset_counters()
    answers = []
    calls = [threading.Thread(target=lambda turn=turn: answers.append(
        replicas[turn % REPLICAS].tool("gmail_search", connection_id=by_google, query="parcel").status)) for turn in range(64)]
    for call in calls:
        call.start()
    for call in calls:
        call.join(300)
    same(answers, [200] * 64)
    same(google.counters()["refreshes"], 1)

with claim("tries to sign in count at all of them together"):
    codes = [replicas[turn % REPLICAS].tool("add_gmail_account", user_id="guesser", email=TOM,
                                            app_password="abcd efgh ijkl mnop").json()["code"] for turn in range(12)]
    same(codes, ["invalid_argument"] * 8 + ["rate_limited"] * 4)

with claim("an account that is disconnected at one is refused by all within five seconds, and its connections are closed"):
    gone = accounts.pop("user-5")  # Priya's third: her connections are shared with the other two
    for one in replicas:
        one.ask("gmail_list_labels", connection_id=by_google)
        one.ask("gmail_list_labels", connection_id=gone)
    A.ask("gmail_disconnect", connection_id=gone)
    A.ask("gmail_disconnect", connection_id=by_google)
    began = time.monotonic()
    left = dict.fromkeys((one, account) for one in replicas for account in (gone, by_google))
    while left and time.monotonic() < began + 60:
        for one, account in list(left):
            for tool, arguments in (("gmail_list_labels", {}), ("gmail_search", {"query": "parcel"})):
                if one.tool(tool, connection_id=account, **arguments).status == 200:
                    break
            else:
                left[one, account] = time.monotonic() - began
                del left[one, account]
    took = time.monotonic() - began
    assert not left and took < 6, (took, len(left))
    note(f"refused by all after {took:.1f} s")

with claim("and so is one that was the last of its mailbox: no server keeps a connection to it"):
    for user in list(accounts):
        if user in ("user-1", "user-3"):
            B.ask("gmail_disconnect", connection_id=accounts.pop(user))
    assert until(lambda: google.counters()["imap_open"].get(PRIYA, 0) == 0, seconds=30), google.counters()["imap_open"]

with claim("one that ends gives its accounts to the others at once"):
    same(D.stop(), 0)
    began = time.monotonic()
    assert until(lambda: sum(watched(one) for one in (A, B, C)) == len(accounts), seconds=60)
    took = time.monotonic() - began
    assert took < 30, took
    note(f"taken over after {took:.1f} s")
    D.start()

# --- accidents

for ear in ears:
    ear.session = None
ears = []
numbers = iter(range(100, 1_000_000))
users = list(accounts)
mailbox_of = {user: [ALEX, PRIYA][USERS.index(user) % 2] for user in users}
delivered, said, strange, late_news, is_over = {}, {}, [], [], threading.Event()
counts = {"expiries": 0, "accidents": 0}
TRANSIENT = {"unavailable", "timeout", "rate_limited", "conflict", "outcome_unknown"}
listening = A  # is never killed, so that its clients can hear everything


def call(server, name, **arguments):
    """The answer; None if the server was not there, or said that it cannot now."""
    try:
        answer = server.tool(name, timeout=60, **arguments)
    except (OSError, http.client.HTTPException):
        return None
    if answer.status == 200:
        return answer
    code = answer.json().get("code")
    if code not in TRANSIENT:
        strange.append((name, str(answer)[:300]))
    return None


def accidents():
    luck = random.Random(SEED)
    while not is_over.wait(luck.uniform(0.5, 3)):
        victim = luck.choice(replicas[1:])
        counts["accidents"] += 1
        (victim.kill if luck.random() < 0.7 else victim.stop)()
        is_over.wait(luck.uniform(0, 2))
        victim.start()


def accidents_of_the_database():
    luck = random.Random(SEED + 1)
    while not is_over.wait(luck.uniform(3, 8)):
        counts["accidents"] += 1
        if luck.random() < 0.8:
            postgres.end_connections()
        else:
            postgres.restart()


def letters_come_in():
    luck = random.Random(SEED + 2)
    ear = None
    while not is_over.wait(luck.uniform(0.1, 0.5)):
        number, user = next(numbers), luck.choice(users)
        uri = person(accounts[user], number)
        try:
            if ear is None or not ear.is_open or ear.user != user:
                ear = Ear(listening, user)
                ear.user = user
            ear.watch(uri)
        except (OSError, AssertionError, http.client.HTTPException) as error:
            ear = None  # the database is away
            if not postgres:
                strange.append(("subscribe", repr(error)[:300]))
            continue
        deliver(mailbox_of[user], number)
        delivered[number] = mailbox_of[user]
        took = ear.hears(uri, 60)
        late_news.append((took, number))


def letters_go_out(lane):
    luck = random.Random(SEED + 10 + lane)
    for turn in range(1_000_000):
        if is_over.wait(luck.uniform(0.05, 0.3)):
            return
        order = {"account_id": accounts[luck.choice(users)], "to": [TOM], "subject": f"order {lane}.{turn}",
                 "body": "One, please.", "idempotency_key": f"order-{lane}-{turn}"}
        # Whoever gets no answer asks another server.
        for _ in range(luck.randint(1, 6)):
            answer = call(luck.choice(replicas), "send_email", **order)
            if answer:
                break
            is_over.wait(0.2)
        said[order["subject"]] = order, bool(answer)


def people_read(lane):
    luck = random.Random(SEED + 20 + lane)
    while not is_over.wait(luck.uniform(0, 0.1)):
        user = luck.choice(users)
        listed = call(luck.choice(replicas), "list_gmail_accounts", user_id=user)
        if listed and [one["account_id"] for one in listed.json()["accounts"]] != [accounts[user]]:
            strange.append(("list_gmail_accounts", listed.text[:300]))
        known = [number for number, email in list(delivered.items())[:-20] if email == mailbox_of[user]]
        if not known:
            continue
        number = luck.choice(known)
        found = call(luck.choice(replicas), "search_emails", account_id=accounts[user], query=f'"parcel {number}"')
        if found and [one["subject"] for one in found.json()["messages"]] not in ([], [f"parcel {number}"]):
            strange.append(("search_emails", found.text[:300]))


def tokens_expire():
    while not is_over.wait(2):
        google.faults(expire_access_tokens=[TOM])
        counts["expiries"] += 1
        # All ask at once.
        asking = [threading.Thread(target=call, args=(one, "gmail_search"),
                                   kwargs={"connection_id": by_google, "query": "parcel"}) for one in replicas * 2]
        for one in asking:
            one.start()
        for one in asking:
            one.join(300)


by_google = connect(A, "google-user", TOM)
google.reset_counters()
with claim(f"{asked.seconds} seconds of accidents: every call is answered rightly, or by a failure that may pass"):
    jobs = [accidents, letters_come_in, tokens_expire, *(lambda lane=lane: letters_go_out(lane) for lane in range(3)),
            *(lambda lane=lane: people_read(lane) for lane in range(4))]
    if postgres:
        jobs.append(accidents_of_the_database)
    threads = [threading.Thread(target=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    is_over.wait(asked.seconds)
    is_over.set()
    for thread in threads:
        thread.join(300)
        assert not thread.is_alive()
    same(strange[:5], [])
    for one in replicas:
        same(one.request("GET", "/health").status, 200)
note(f"SEED={SEED}: {len(delivered)} letters came in, {len(said)} went out")

with claim("an expired token was refreshed once, and once more only where an accident has taken the answer"):
    refreshed = google.counters()["refreshes"]
    note(f"{counts}, {refreshed} refreshes")
    assert 0 < refreshed <= counts["expiries"] + counts["accidents"], (refreshed, counts)
    same(A.tool("gmail_search", connection_id=by_google, query="parcel").status, 200)

with claim("every letter that came in while somebody listened was told, and none later than thirty seconds"):
    missed = [one for one in late_news if one[0] is None or one[0] > 30]
    same(missed, [])
    longest = max(late_news)
    note(f"the longest wait was {longest[0]:.1f} s")

with claim("no message was lost, and none is there twice"):
    def rows():
        return sorted(query("SELECT subject, count(*) FROM archive_messages AS m JOIN archives AS a ON a.account = m.account "
                            "WHERE subject LIKE 'parcel %' GROUP BY a.connection_id, subject"))
    wanted = sorted((f"parcel {number}", 1) for number, email in delivered.items()
                    for user in users if mailbox_of[user] == email)
    wanted += [(f"parcel {number}", 1) for number in range(3) for user in users if mailbox_of[user] == ALEX]
    assert until(lambda: [tuple(row) for row in rows()] == sorted(wanted)), (len(rows()), len(wanted))

with claim("no message was sent twice, and what is said to be sent was"):
    for subject, (order, is_sent) in list(said.items()):
        if not is_sent:
            answer = call(A, "send_email", **order)
            said[subject] = order, bool(answer)
    inbox = google.inbox_subjects(TOM)
    wrong = {subject: inbox.count(subject) for subject, (_, is_sent) in said.items()
             if inbox.count(subject) > 1 or is_sent and inbox.count(subject) != 1}
    same(wrong, {})

with claim("afterwards every account is watched, and the shares are even again"):
    def even():
        shares = [watched(one) for one in replicas]
        return sum(shares) == len(users) and max(shares) <= -(-len(users) // REPLICAS)
    assert until(even), [watched(one) for one in replicas]

with claim("no server saw an error of its own"):
    for one in replicas:
        errors = [json.loads(line)["message"] for line in one.output().splitlines() if '"level":"ERROR"' in line]
        # A database that is away is said to be; what was sent just then is found by whoever asks again.
        same([error for error in errors if not postgres or error not in ("database_in_trouble", "send_result_not_recorded")], [])
end()
