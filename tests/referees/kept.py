"""What is kept of people's mail, and what is not any more: subjects, words and addresses of letters are looked for in every
byte of the database, its log, its temporary files and the server's log: they are there first, and then they are not."""

import os
import sqlite3
import urllib.parse

from cryptography.fernet import Fernet

from stage import web
from stage.claims import claim, end, holds, same
from stage.mcp import Session
from stage.person import add_account, connect
from stage.programs import Sandbox, Server, directory, key, run, until

ALEX, PRIYA, TOM = "alex.morgan@gmail.example", "priya.nair@gmail.example", "tom.becker@gmail.example"
google = Sandbox()
place = directory / "kept"
place.mkdir()
database = place / "mail.db"
sealing = key()
settings = {**google.settings(), **google.mail_settings(), "GMAIL_MCP_ENCRYPTION_KEY": sealing,
            "GMAIL_MCP_LOG_LEVEL": "debug", "TMPDIR": str(place), "SQLITE_TMPDIR": str(place)}
server = Server(settings, database=database)
logs = []


class Letters:
    """Mail of one account, in words that nothing else has."""

    def __init__(self, whose):
        self.whose = whose
        self.words = {what: os.urandom(8).hex() for what in
                      ("subject", "text", "sender", "sent subject", "sent text", "recipient")}

    def come(self):
        google.deliver(self.whose, f"About {self['subject']}", text=f"It says {self['text']} and more.",
                       **{"from": f"Somebody <{self['sender']}@shop.example>"})

    def __getitem__(self, what):
        return self.words[what]

    def use(self, connection, watching=True):
        """Fetched into the archive, read (and remembered), searched; one goes out, and a client of MCP watches."""
        server.ask("fetch_inbox", account_id=connection)
        found = server.ask("search_emails", account_id=connection, query=self["text"])["messages"]
        same(len(found), 1, "messages found")
        server.ask("gmail_get_message", connection_id=connection, message_id=found[0]["id"])
        server.ask("gmail_send", connection_id=connection, to=f"{self['recipient']}@shop.example",
                   subject=f"On {self['sent subject']}", body=f"I say {self['sent text']}.", idempotency_key="once")
        if not watching:
            return
        watched = f"messages://{connection}/{self['sender']}@shop.example"
        Session(server).ask("resources/subscribe", {"uri": watched})
        assert until(lambda: rows("SELECT 1 FROM mcp_session_watches WHERE uri = ?", watched)), "nothing is watched"

    def left(self):
        """Which of its words are in any file. The index of words leaves out what a word has in common with
        the one before."""
        everything = b"".join(one.read_bytes() for one in place.iterdir()) + log_bytes()
        return sorted(what for what, word in self.words.items() if word[4:].encode() in everything.lower())

    def gone(self):
        """Also of the log of the database, which is cut within seconds."""
        until(lambda: not self.left(), seconds=300)
        same(self.left(), [])


def log_bytes():
    """Of all runs of the server."""
    return b"".join(one.read_bytes() for one in {*logs, server.log})


def rows(sql, *values):
    base = sqlite3.connect(database, timeout=60)
    with base:
        found = base.execute(sql, values).fetchall()
    base.close()
    return found


def restart(**more):
    logs.append(server.log)
    server.stop()
    server.settings.update(more)
    server.start()


def remembered():
    """Bytes of answers of Gmail in memory."""
    lines = web.request("GET", server.url + "/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith("gmail_mcp_response_cache_bytes ")).split()[1])


def revoke_at_google(connection):
    """The person takes the permission back on Google's own page."""
    [[sealed]] = rows("SELECT refresh_token_encrypted FROM connections WHERE id = ?", connection)
    token = Fernet(sealing.encode()).decrypt(sealed.encode()).decode()
    answer = web.request("POST", google.url + "/revoke?" + urllib.parse.urlencode({"token": token}))
    same(answer.status, 200, "Google's answer")


def all_there(letters):
    """Where nothing is found, nothing is looked for."""
    same(letters.left(), sorted(letters.words))


theirs, others = Letters(ALEX), Letters(PRIYA)
theirs.come()
others.come()
first = connect(server, "user-1", ALEX)
second = connect(server, "user-2", PRIYA)
with claim("what was fetched and sent is kept: it is found in the files"):
    theirs.use(first)
    others.use(second)
    all_there(theirs)
    all_there(others)
with claim("after gmail_disconnect nothing of the mail is in any file or remembered, though the server goes on"):
    in_memory = remembered()
    ended = server.ask("gmail_disconnect", connection_id=first)
    assert 0 < remembered() < in_memory, f"{in_memory} bytes, then {remembered()}"
    same([ended["revoked"], ended["archive_kept"]], [True, False])
    theirs.gone()
    all_there(others)
    same(rows("SELECT count(*) FROM sends WHERE connection_id = ?", first), [(0,)])
    same(rows("SELECT sum(sends) FROM spent_sends"), [(1,)], "sends counted on")
    same(rows("SELECT count(*) FROM mcp_session_watches WHERE instr(uri, ?)", first), [(0,)], "watched by MCP clients")
    answer = server.tool("search_emails", account_id=first, query=theirs["text"])
    same([answer.status, answer.json()["code"]], [409, "reconnect_required"])
with claim("the other account's archive still finds its letters"):
    same(len(server.ask("search_emails", account_id=second, query=others["text"])["messages"]), 1)

with claim("keep_archive keeps the archive, says so, and nobody reads it before the person comes back"):
    ended = server.ask("gmail_disconnect", connection_id=second, keep_archive=True)
    same(ended["archive_kept"], True)
    holds(others.left(), "subject", "text", "sender")
    same(rows("SELECT count(*) FROM sends WHERE connection_id = ?", second), [(0,)])
    same(server.tool("search_emails", account_id=second, query=others["text"]).status, 409)
    same(connect(server, "user-2", PRIYA), second, "her connection")
    same(len(server.ask("search_emails", account_id=second, query=others["text"])["messages"]), 1)
with claim("the command line keeps or erases it as well"):
    kept = run("connections", "revoke", second, "--keep-archive", settings=server.settings)
    holds(kept.stdout, "Its archived mail is kept.")
    # The server was not asked, and remembers the connection for some seconds.
    answer = server.tool("search_emails", account_id=second, query=others["text"])
    same([answer.status, answer.json()["code"]], [409, "reconnect_required"])
    holds(others.left(), "subject", "text", "sender")
    erased = run("connections", "revoke", second, settings=server.settings)
    assert "kept" not in erased.stdout, erased.stdout
    others.gone()

lost = Letters(TOM)
lost.come()
third = connect(server, "user-3", TOM)
with claim("a permission that was taken back at Google costs the connection, and the archive stays for now"):
    lost.use(third)
    revoke_at_google(third)
    same(until(lambda: server.ask("gmail_check_connection", connection_id=third)["needs_reauth"]), True)
    restart()
    all_there(lost)
with claim("six days later it is still there, because the person may connect again"):
    put_back = "UPDATE connections SET lost_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?) WHERE id = ?"
    rows(put_back, "-6 days", third)
    restart()
    all_there(lost)
with claim("seven days later nothing of it is in any file"):
    rows(put_back, "-7 days", third)
    restart()
    lost.gone()
    same(rows("SELECT status, lost_at, erasing FROM connections WHERE id = ?", third),
         [("reconnect_required", None, "")])
with claim("who connects again begins a new archive"):
    same(connect(server, "user-3", TOM), third)
    server.ask("fetch_inbox", account_id=third)
    holds(lost.left(), "subject", "text", "sender")

with claim("an App Password that was deleted at Google is no other case"):
    mine = Letters(ALEX)
    mine.come()
    fourth = add_account(server, google, "user-4", ALEX)
    mine.use(fourth)
    all_there(mine)
    google.faults(revoke_app_passwords=[ALEX])
    same(server.ask("gmail_check_connection", connection_id=fourth)["needs_reauth"], True)
    rows(put_back, "-7 days", fourth)
    restart()
    mine.gone()
    google.faults(renew_app_passwords=[ALEX])

with claim("what an App Password archived ends when Google takes its place, and nothing is archived unasked"):
    mine = Letters(TOM)
    mine.come()
    fifth = add_account(server, google, "user-5", TOM)
    # The connection goes on under its id, and with it what clients watch of it.
    mine.use(fifth, watching=False)
    all_there(mine)
    same(connect(server, "user-5", TOM), fifth)
    same(rows("SELECT count(*) FROM archives WHERE connection_id = ?", fifth), [(0,)])
    mine.gone()
    same(rows("SELECT erasing FROM connections WHERE id = ?", fifth), [("",)])
with claim("an App Password in Google's place goes on with what was archived, and fetches the rest"):
    server.ask("fetch_inbox", account_id=fifth)
    found = server.ask("search_emails", account_id=fifth, query=mine["text"])["messages"]
    same(len(found), 1, "messages found")
    same(add_account(server, google, "user-5", TOM), fifth)
    same(server.ask("search_emails", account_id=fifth, query=mine["text"])["messages"], found)
    later = Letters(TOM)
    later.come()
    server.ask("fetch_inbox", account_id=fifth)
    same(len(server.ask("search_emails", account_id=fifth, query=later["text"])["messages"]), 1)
    same(len(server.ask("search_emails", account_id=fifth, query=mine["text"])["messages"]), 1)
with claim("connections revoke of an App Password: status 0, and where the person ends it"):
    ended = run("connections", "revoke", fifth, settings=server.settings)
    same([ended.returncode, ended.stdout.count("https://"), ended.stdout.count("/apppasswords")], [0, 1, 1], ended.stderr)
    later.gone()
with claim("a user who is deleted beside the running server: every tool says at once that there is no such connection"):
    sixth = add_account(server, google, "user-6", TOM)
    later.use(sixth)
    same(run("users", "delete", "user-6", settings=server.settings).returncode, 0)
    answer = server.tool("search_emails", account_id=sixth, query="x")
    same([answer.status, answer.json()["code"]], [404, "not_found"])
    assert "archive" not in answer.text, answer.text

person = "user-" + os.urandom(6).hex()
with claim("users delete leaves nothing of the user: no mail, no address, no name; others stay"):
    mine = Letters(PRIYA)
    mine.come()
    connections = [connect(server, person, PRIYA), add_account(server, google, person, ALEX)]
    mine.use(connections[0])
    all_there(mine)
    server.stop()
    deleted = run("users", "delete", person, settings=server.settings)
    same([deleted.returncode, deleted.stdout], [0, "The user is deleted, with 2 accounts.\n"], deleted.stderr)
    same(mine.left(), [])
    assert person.encode() not in b"".join(one.read_bytes() for one in place.iterdir()), "the user's name"
    same(rows("SELECT count(*) FROM audit WHERE user_id = ? OR instr(caller, ?)", person, person), [(0,)])
    server.start()
    same(len(server.ask("search_emails", account_id=third, query=lost["text"])["messages"]), 1)
    again = run("users", "delete", person, settings=server.settings)
    same(again.returncode, 1)
    holds(again.stderr, "There is no such user.")

with claim("archive.oauth off: no archive of such accounts, and none is left of earlier times"):
    answer = server.tool("fetch_inbox", account_id=third)
    same(answer.status, 200)
    restart(GMAIL_MCP_ARCHIVE_OAUTH="off")
    for name, more in (("fetch_inbox", {}), ("search_emails", {"query": "x"}), ("list_conversations", {})):
        answer = server.tool(name, account_id=third, **more)
        same([answer.status, answer.json()["code"]], [422, "unsupported"], name)
        holds(answer.json()["hint"], "gmail_search")
    lost.gone()
with claim("archive.oauth on: mail is archived without anybody asking for it"):
    theirs = Letters(ALEX)
    theirs.come()
    restart(GMAIL_MCP_ARCHIVE_OAUTH="true")
    fifth = connect(server, "user-5", ALEX)
    assert until(lambda: server.tool("search_emails", account_id=fifth, query=theirs["text"]).json().get("messages"))
with claim("nothing that is older than 30 days is archived, though there is older mail"):
    assert server.ask("gmail_search", connection_id=fifth, query="older_than:31d")["messages"], "no older mail"
    [[oldest]] = rows("SELECT min(sent_at) FROM archive_messages")
    [[limit]] = rows("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-30 days')")
    assert oldest > limit, oldest
server.stop()
with claim("no temporary file is left"):
    same(sorted(one.name for one in place.iterdir() if not one.name.startswith("mail.db")), [])
end()
