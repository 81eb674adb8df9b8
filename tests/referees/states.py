"""What `health`, `validate`, `connections list` and /metrics say, in states that are brought about one after the
other. Each row of the table below is a state and what each of the four says of it; the table is printed as it was
found.

    health     `gmail-mcp health --url`: its first line and exit status; "-" where no server runs
    validate   its last line and exit status
    list       STATE of `connections list --include-inactive`, by address
    metrics    gmail_mcp_connections, the kinds and states that are not 0
"""

import contextlib
import pathlib
import re
import sqlite3

from stage import web
from stage.claims import claim, end, holds, note, same
from stage.person import add_account, connect
from stage.programs import GMAIL_MCP, Program, Sandbox, Server, directory, free_port, key, run, until

ALEX, PRIYA, TOM = ("alex.morgan@gmail.example", "priya.nair@gmail.example", "tom.becker@gmail.example")
READY, NOT_READY = ("Ready.", 0), ("Not ready.", 1)
table = []


def health(url):
    ended = run("health", "--url", url)
    return ((ended.stdout.splitlines() or [""])[0], ended.returncode)


def validate(settings):
    ended = run("validate", settings=settings)
    return ((ended.stdout.splitlines() or [""])[-1], ended.returncode), ended.stdout + ended.stderr


def listed(settings):
    ended = run("connections", "list", "--include-inactive", settings=settings)
    rows = [line.split() for line in ended.stdout.splitlines()[1:]]
    return {row[2].split("@")[0].split(".")[0]: row[3] for row in rows}, ended.stdout


def metrics(url, headers=None):
    text = web.request("GET", url + "/metrics", headers=headers or {}).text
    found = re.findall(r'^gmail_mcp_connections\{kind="(\w+)",state="(\w+)"\} (\d+)', text, re.M)
    return {f"{kind} {state}": int(count) for kind, state, count in found if count != "0"}


def row(state, settings=None, server=None, wanted_health=None, wanted_validate=None, wanted_list=None,
        wanted_metrics=None, words=(), headers=None):
    """A claim a state; what is `None` is not asked. `words` stand in what validate or the list says."""
    with claim(state):
        told = {}
        text = ""
        if wanted_health is not None:
            # What the watcher meets and what a call meets is written within seconds.
            until(lambda: health(server.url) == wanted_health, seconds=30)
            told["health"] = health(server.url)
        if wanted_validate is not None:
            told["validate"], said = validate(settings)
            text += said
        if wanted_list is not None:
            def is_so():
                states, said = listed(settings)
                return states == wanted_list and all(word in text + said for word in words)
            until(is_so, seconds=60, every=0.5)
            told["list"], said = listed(settings)
            text += said
        if wanted_metrics is not None:
            until(lambda: metrics(server.url, headers) == wanted_metrics, seconds=30, every=0.5)
            told["metrics"] = metrics(server.url, headers)
        table.append((state, told))
        for name, wanted in (("health", wanted_health), ("validate", wanted_validate), ("list", wanted_list),
                             ("metrics", wanted_metrics)):
            if wanted is not None:
                same(told[name], wanted, name)
        holds(text, *words)


def database(name):
    return str(directory / f"{name}.db")


google = Sandbox()
GOOGLE = google.settings()

# --- before anything is connected ---------------------------------------------------------------------------
empty = {"GMAIL_MCP_STORAGE_SQLITE_PATH": database("empty")}
row("nothing is set", empty, wanted_validate=NOT_READY, words=["GMAIL_MCP_ENCRYPTION_KEY"])
row("a key alone: App Passwords can be connected", {**empty, "GMAIL_MCP_ENCRYPTION_KEY": key()}, wanted_validate=READY)
row("half a Google client", {**empty, "GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_GOOGLE_CLIENT_ID": "id"},
    wanted_validate=NOT_READY, words=["GMAIL_MCP_GOOGLE_CLIENT_SECRET"])
row("a storage that is not named", {**empty, "GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_STORAGE_TYPE": "supabase"},
    wanted_validate=NOT_READY, words=["GMAIL_MCP_STORAGE_SUPABASE_URL"])
row("a database server that is not there", {
    **empty, "GMAIL_MCP_ENCRYPTION_KEY": key(), "DATABASE_URL": "postgresql://127.0.0.1:1/mail"},
    wanted_validate=NOT_READY, words=["cannot be reached"])
row("passwords in the clear beyond this machine", {
    **empty, "GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_MAIL_IMAP_HOST": "imap.example.org",
    "GMAIL_MCP_MAIL_IMAP_TLS": "none"}, wanted_validate=NOT_READY, words=["GMAIL_MCP_MAIL_IMAP_TLS"])
row("a database in memory", {"GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_STORAGE_SQLITE_PATH": ":memory:"},
    wanted_validate=READY, words=["Warning", "memory"])
open_file = directory / "open.env"
open_file.write_text(f"GMAIL_MCP_ENCRYPTION_KEY={key()}\n")
open_file.chmod(0o644)
with claim("an env file that everybody may read"):
    ended = run("validate", "--env-file", open_file, settings=empty)
    table.append(("an env file that everybody may read", {"validate": (ended.stdout.splitlines()[-1], ended.returncode)}))
    same(ended.returncode, 0)
    holds(ended.stdout, "Warning", "chmod 600")
for state, settings, words in (
        ("a misspelt variable", {"GMAIL_MCP_SERVER_AUTHTOKEN": "x" * 20}, ["GMAIL_MCP_SERVER_AUTH_TOKEN"]),
        ("a token of five letters", {"GMAIL_MCP_SERVER_AUTH_TOKEN": "abcde"}, ["GMAIL_MCP_SERVER_AUTH_TOKEN", "guessed"])):
    row(state, {**empty, **settings}, wanted_validate=("", 1), words=words)
foreign = pathlib.Path(database("foreign"))
with contextlib.closing(sqlite3.connect(foreign)) as other:
    other.executescript("CREATE TABLE users (id TEXT PRIMARY KEY, external_user_id TEXT); CREATE TABLE x (y);")
row("the database of another program", {"GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_STORAGE_SQLITE_PATH": str(foreign)},
    wanted_validate=NOT_READY, words=["another program"])
run("serve", "--sandbox", settings={"GMAIL_MCP_STORAGE_SQLITE_PATH": database("played")}, stdin="")
row("the sandbox's database", {"GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_STORAGE_SQLITE_PATH": database("played")},
    wanted_validate=NOT_READY, words=["sandbox"])

# --- servers ------------------------------------------------------------------------------------------------
port = free_port()
with claim("no server there"):
    ended = run("health", "--url", f"http://127.0.0.1:{port}")
    table.append(("no server there", {"health": (ended.stderr.splitlines()[0], ended.returncode)}))
    same((ended.returncode, ended.stdout), (1, ""))
    holds(ended.stderr, "127.0.0.1", "could not be reached")


class Bare:
    def __init__(self, settings, host="127.0.0.1"):
        self.url = f"http://127.0.0.1:{port}"
        self.program = Program("bare", [GMAIL_MCP, "serve", "-t", "http", "--host", host, "--port", port],
                               {**settings, "GMAIL_MCP_LOG_FORMAT": "json"}, ready=self.url + "/health/live")


bare = Bare(empty)
row("a server that is not set up", empty, bare, wanted_health=("not ready", 1))
bare.program.stop()
closed = Bare({**empty, "GMAIL_MCP_ENCRYPTION_KEY": key()}, host="0.0.0.0")
row("a server beyond loopback without a token", empty, closed, wanted_health=("closed", 1))
with claim("… says the same in /health, and gives no numbers away"):
    body = web.request("GET", closed.url + "/health").json()
    same((body["status"], body["ready"], "connections" in body), ("closed", False, False))
closed.program.stop()
opened = Bare({**empty, "GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_STORAGE_SQLITE_PATH": database("opened"),
               "GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED": "true"}, host="0.0.0.0")
row("a server beyond loopback that is opened to everybody", empty, opened, wanted_health=("ready", 0), wanted_metrics={})
opened.program.stop()

# --- connections --------------------------------------------------------------------------------------------
server = Server({**GOOGLE, **google.mail_settings(), "GMAIL_MCP_MAIL_POLL_INTERVAL_SECONDS": "10",
                 "GMAIL_MCP_MAIL_MAX_WATCHED_ACCOUNTS": "0"}, database=database("ours"))
settings = server.settings


def told(state, wanted_list, wanted_metrics, words=()):
    row(state, settings, server, ("ready", 0), READY, wanted_list, wanted_metrics, words)
    with claim(f"… {state}: /health counts the same for who may see numbers"):
        by_state = {}
        for name, count in wanted_metrics.items():
            by_state[name.split()[1]] = by_state.get(name.split()[1], 0) + count
        same(web.request("GET", server.url + "/health").json()["connections"], by_state)


told("nobody is connected", {}, {})
alex = connect(server, "ann", ALEX)
told("connected with Google, nothing asked of it yet", {"alex": "untried"}, {"oauth untried": 1})
server.ask("gmail_search", connection_id=alex, query="in:inbox")
told("it answered", {"alex": "working"}, {"oauth working": 1})
google.faults({"match": "*", "then": {"status": 503}})
server.tool("gmail_search", connection_id=alex, query="in:inbox")
told("Google does not answer", {"alex": "failing"}, {"oauth failing": 1}, ["Gmail"])
google.faults()
server.ask("gmail_search", connection_id=alex, query="in:inbox")
told("Google answers again; what was the last trouble is still told", {"alex": "working"}, {"oauth working": 1}, ["Gmail"])
priya = add_account(server, google, "ann", PRIYA)
told("an App Password, tried at both servers", {"alex": "working", "priya": "working"},
     {"oauth working": 1, "app_password working": 1})
google.faults({"match": "imap.*", "then": {"cut": "before_response"}})
told("IMAP breaks off; nobody called, the watcher met it", {"alex": "working", "priya": "failing"},
     {"oauth working": 1, "app_password failing": 1}, ["mail server"])
google.faults()
server.stop()
nobody = free_port()
away = Server({**settings, "GMAIL_IMAP_PORT": str(nobody)}, database=database("ours"))
with claim("where no IMAP server is, the error names it and says what to do"):
    refused = away.tool("gmail_search", connection_id=priya, query="x").json()
    same(refused["code"], "unavailable")
    holds(refused["error"], f"127.0.0.1:{nobody}")
    holds(refused["hint"], "settings")
row("no IMAP server is there", settings, away, ("ready", 0), READY, {"alex": "working", "priya": "failing"},
    {"oauth working": 1, "app_password failing": 1}, [f"127.0.0.1:{nobody}"])
away.stop()
server.start()
told("IMAP is back, and the watcher goes on", {"alex": "working", "priya": "working"},
     {"oauth working": 1, "app_password working": 1})
google.faults(revoke_app_passwords=[PRIYA])
server.tool("gmail_check_connection", connection_id=priya)
told("the App Password was deleted at Google", {"alex": "working", "priya": "reconnect_required"},
     {"oauth working": 1, "app_password reconnect_required": 1})
google.faults(renew_app_passwords=[PRIYA])
add_account(server, google, "ann", PRIYA)
told("another App Password was given", {"alex": "working", "priya": "working"},
     {"oauth working": 1, "app_password working": 1})
google.faults(revoke=[ALEX])
server.tool("gmail_search", connection_id=alex, query="in:inbox")
server.tool("gmail_check_connection", connection_id=alex)
told("the person took the permission back at Google", {"alex": "reconnect_required", "priya": "working"},
     {"oauth reconnect_required": 1, "app_password working": 1})
connect(server, "ann", ALEX)
told("connected again", {"alex": "untried", "priya": "working"}, {"oauth untried": 1, "app_password working": 1})
server.ask("gmail_disconnect", connection_id=alex)
told("the application disconnected it", {"alex": "disconnected", "priya": "working"},
     {"oauth disconnected": 1, "app_password working": 1})
server.ask("remove_gmail_account", account_id=priya)
told("an account was removed", {"alex": "disconnected"}, {"oauth disconnected": 1})
connect(server, "ann", ALEX)
server.stop()

# --- keys ---------------------------------------------------------------------------------------------------
row("the key is right", settings, wanted_validate=READY, words=["1 with the current key"])
wrong = {**settings, "GMAIL_MCP_ENCRYPTION_KEY": key()}
row("the key opens nothing of what is stored", wrong, wanted_validate=NOT_READY, words=["1 with none", "1 of 1"])
row("a new key, and the old one beside it", {
    **wrong, "GMAIL_MCP_PREVIOUS_ENCRYPTION_KEYS": settings["GMAIL_MCP_ENCRYPTION_KEY"]},
    wanted_validate=READY, words=["1 with previous key 1"])
mistaken = Server(wrong, database=database("ours"))
with claim("a server that starts with a wrong key warns of it"):
    holds(mistaken.output(), "open with none of the configured keys")
mistaken.tool("gmail_search", connection_id=connect(mistaken, "bob", TOM), query="in:inbox")
mistaken.tool("gmail_search", connection_id=alex, query="in:inbox")
row("… and the mailbox that it cannot open is told", wrong, mistaken, ("ready", 0), READY,
    {"alex": "failing", "tom": "working"}, {"oauth failing": 1, "oauth working": 1}, ["1 with none", "1 with the current key"])
mistaken.stop()

# --- what an archive has to leave out -------------------------------------------------------------------------
lonely = Server({**google.settings(), **google.mail_settings()})
by_google = connect(lonely, "tom", TOM)
letter = lonely.ask("gmail_search", connection_id=by_google, query="in:inbox", max_results=1)["messages"][0]["id"]
google.faults(imap={"refused_texts": [letter]})
by_imap = add_account(lonely, google, "tom-by-imap", TOM)
with claim("a message that the mail server does not give is the last_error of its connection, which goes on working"):
    def told_of_it():
        one = next(one for one in lonely.ask("list_gmail_accounts", user_id="tom-by-imap")["accounts"]
                   if one["account_id"] == by_imap)
        return one if "does not give messages of the folder" in str(one.get("last_error")) else None
    one = until(told_of_it)
    assert one, lonely.ask("list_gmail_accounts", user_id="tom-by-imap")
google.faults()
lonely.stop()

width = max(len(state) for state, _ in table)
for state, found in table:
    note(f"{state:<{width}}  " + "  ".join(f"{name}={found[name]}" for name in ("health", "validate", "list", "metrics")
                                           if name in found))
with claim("that were more than 25 states"):
    assert len(table) > 25, len(table)
end()
