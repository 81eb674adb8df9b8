"""Backup, restore, export and new keys as an operator meets them: while a server works, killed in the middle, with the
wrong key, on a full disk; and that nothing of a deleted user is left in any table."""

import contextlib
import gzip
import json
import os
import resource
import signal
import sqlite3
import subprocess
import threading

from cryptography.fernet import Fernet

from stage.claims import claim, end, holds, same
from stage.person import add_account, connect
from stage.programs import GMAIL_MCP, Sandbox, Server, directory, environment, key, run, until

ALEX, TOM = "alex.morgan@gmail.example", "tom.becker@gmail.example"
google = Sandbox()
database = directory / "mail.db"
old, new = key(), key()
settings = {**google.settings(), **google.mail_settings(), "GMAIL_MCP_ENCRYPTION_KEY": old,
            "GMAIL_MCP_STORAGE_SQLITE_PATH": str(database)}
server = Server(settings, database=database)


def cli(*words, status=0, **more):
    ended = run(*words, settings={**settings, **more})
    same(ended.returncode, status, f"{words}: {ended.stdout} {ended.stderr}")
    return ended


def at(path):
    return {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(path)}


@contextlib.contextmanager
def opened(path):
    base = sqlite3.connect(path, timeout=60)
    try:
        with base:
            yield base
    finally:
        base.close()


def ask(path, sql, *values):
    with opened(path) as base:
        return base.execute(sql, values).fetchall()


def killed_when(condition, *words, **more):
    """Runs it, and kills it as soon as the condition holds; it must not have ended before."""
    with subprocess.Popen([GMAIL_MCP, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, cwd=directory, env=environment(**{**settings, **more})) as one:
        assert until(condition, every=0.001), "never"
        one.kill()
        same(one.wait(), -signal.SIGKILL, "it had ended")


def counted(path):
    tables = ("users", "connections", "sends", "audit", "archives", "archive_messages", "archive_texts",
              "archive_contacts", "archive_conversations", "archive_correspondents")
    return {name: ask(path, f"SELECT count(*) FROM {name}")[0][0] for name in tables}


google.deliver(ALEX, "About pears", text="pears and apples")
google.deliver(TOM, "About plums", text="plums alone")
alex = connect(server, "user-1", ALEX)
tom = add_account(server, google, "user-2", TOM)
for account in (alex, tom):
    server.ask("fetch_inbox", account_id=account)
server.ask("gmail_send", connection_id=alex, to="x@shop.example", subject="once", body="Hello", idempotency_key="k")
with opened(database) as base:
    base.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
                 "INSERT INTO audit (at, request_id, caller, user_id, connection_id, operation, outcome, duration_ms) "
                 "SELECT '2026-01-01T00:00:00.000Z', hex(randomblob(8)), 'operator', 'user-1', '', 'x', 'ok', 1 FROM n")

first = directory / "first.backup"
with claim("a backup is taken while the server works, and only its owner may read it"):
    going = threading.Event()

    def work():
        while not going.is_set():
            server.ask("search_emails", account_id=alex, query="pears")
    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    told = cli("backup", first)
    going.set()
    for one in workers:
        one.join()
    same(first.stat().st_mode & 0o777, 0o600)
    holds(told.stdout, "archive_messages", str(first), "under the key")
    assert old not in told.stdout + told.stderr
with claim("what it holds is JSON, a line a row, with no secret that is not sealed"):
    lines = gzip.decompress(first.read_bytes()).decode().splitlines()
    kinds = [json.loads(line) for line in lines]
    same(kinds[0]["gmail_mcp_backup"], 1)
    holds(kinds[-2]["rows"], "users", "audit")
    for secret in (old, google.app_password(TOM)):
        assert not any(secret in line for line in lines)
restored = directory / "restored.db"
with claim("restored, the rows are as many, and the same calls give the same answers"):
    told = cli("restore", first, **at(restored))
    holds(told.stdout, "the database holds as many rows as the backup")
    same(restored.stat().st_mode & 0o777, 0o600)
    wanted, found = counted(database), counted(restored)
    rows = found.pop("audit"), wanted.pop("audit")
    assert 300_000 <= rows[0] <= rows[1], rows
    same(found, wanted)
    again = Server(settings, database=restored)
    for account, word in ((alex, "pears"), (tom, "plums")):
        question = {"account_id": account, "query": word}
        same(again.ask("search_emails", **question)["messages"], server.ask("search_emails", **question)["messages"])
    same(again.ask("gmail_check_connection", connection_id=alex)["valid"], True)
with claim("what was sent before is not sent again by who has the restored database"):
    sent = google.counters()
    again.ask("gmail_send", connection_id=alex, to="x@shop.example", subject="once", body="Hello", idempotency_key="k")
    same(google.counters().get("gmail_send", 0), sent.get("gmail_send", 0))
    again.stop()
with claim("no backup takes the place of a file, and none is restored over rows"):
    holds(cli("backup", first, status=1).stderr, "a file of this name")
    holds(cli("restore", first, status=1).stderr, "is not empty")
    holds(cli("restore", first, status=1, **at(restored)).stderr, "is not empty")

second = directory / "second.backup"
part = directory / "second.backup.part"
with claim("a backup that is killed leaves no file of its name, and the next one is whole"):
    killed_when(lambda: part.exists() and part.stat().st_size > 100_000, "backup", second)
    same(second.exists(), False)
    cli("backup", second)
    same(part.exists(), False)
    cli("restore", second, **at(directory / "whole.db"))
half = directory / "half.db"
with claim("a restore that is killed lets no server start, and is finished by the same command"):
    def begun():
        try:
            return half.exists() and ask(half, "SELECT count(*) FROM audit")[0][0] > 5000
        except sqlite3.Error:
            return False
    killed_when(begun, "restore", first, **at(half))
    said = cli("connections", "list", status=1, **at(half)).stderr
    holds(said, "A restore into this database was not finished")
    holds(cli("restore", second, status=1, **at(half)).stderr, "Another restore")
    cli("restore", first, **at(half))
    same(counted(half), counted(restored) | {"audit": counted(half)["audit"]})
    cli("connections", "list", **at(half))
with claim("with another key nothing is restored, the key that is wanted is named, and nothing is made"):
    fingerprint = cli("keys", "list").stdout.split("\n")[1].split()[0]
    refused = cli("restore", first, status=1, GMAIL_MCP_ENCRYPTION_KEY=new, **at(directory / "none.db"))
    holds(refused.stderr, fingerprint, "not configured")
    same((directory / "none.db").exists(), False)
with claim("a file that was cut or changed is refused"):
    whole = first.read_bytes()
    broken = directory / "broken.backup"
    for content in (whole[:-1], whole[:5000], whole[:5000] + b"x" + whole[5001:],
                    gzip.compress(gzip.decompress(whole).replace(b"user-2", b"user-3")), b""):
        broken.write_bytes(content)
        refused = cli("restore", broken, status=1, **at(directory / "none.db"))
        assert "backup" in refused.stderr and "terminate" not in refused.stderr, refused.stderr
    same((directory / "none.db").exists(), False)
with claim("a disk that is full is said, and nothing is left on it"):
    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    with subprocess.Popen([GMAIL_MCP, "backup", directory / "full.backup"], stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, cwd=directory, env=environment(**settings),
                          preexec_fn=little_room) as one:
        said = one.communicate(timeout=300)[1].decode()
    same(one.returncode, 1, said)
    holds(said, "is full")
    same([path.name for path in directory.glob("full.backup*")], [])

with claim("the export of a person has her account, her mail and what was done for her, and nobody else's"):
    told = cli("export", "--user", "user-2").stdout
    rows = [json.loads(line) for line in told.splitlines()]
    same({row["table"] for row in rows}, {"users", "connections", "audit", "archives", "archive_messages"})
    holds(told, TOM, "About plums", "plums alone")
    for secret in (alex, "pears", "encrypted", google.app_password(TOM)):
        assert secret not in told, secret
    holds(cli("export", "--user", "nobody", status=1).stderr, "no such user")
    same(ask(database, "SELECT user_id, outcome FROM audit WHERE operation = 'export' ORDER BY id"),
         [("user-2", "ok"), ("nobody", "not_found")])

both = {"GMAIL_MCP_ENCRYPTION_KEY": new, "GMAIL_MCP_PREVIOUS_ENCRYPTION_KEYS": old}
with opened(database) as base:
    user, = base.execute("SELECT id FROM users WHERE external_user_id = 'user-1'").fetchone()
    seal = Fernet(old.encode()).encrypt
    base.executemany(
        "INSERT INTO connections (id, user_id, gmail_address, scopes, status, refresh_token_encrypted) "
        "VALUES (lower(hex(randomblob(16))), ?, ?, '[]', 'reconnect_required', ?)",
        [(user, f"{number}@shop.example", seal(b"a token").decode()) for number in range(5000)])


def under(one):
    """How many of them a key opens."""
    opener, opened_by = Fernet(one.encode()), 0
    for sealed, in ask(database, "SELECT refresh_token_encrypted FROM connections WHERE gmail_address LIKE '%@shop%'"):
        with contextlib.suppress(Exception):
            opened_by += opener.decrypt(sealed.encode()) == b"a token"
    return opened_by


sealed_now = "SELECT id, status, version, refresh_token_encrypted, access_token_encrypted FROM connections ORDER BY id"
with claim("a wrong key is said at the start, by validate and by keys rotate, and changes nothing"):
    before = ask(database, sealed_now)
    holds(cli("keys", "rotate", status=1, GMAIL_MCP_ENCRYPTION_KEY=new).stderr, "none of the configured keys")
    holds(cli("validate", status=1, GMAIL_MCP_ENCRYPTION_KEY=new).stdout, "none of the configured keys", "with none")
    wrong = Server({**settings, "GMAIL_MCP_ENCRYPTION_KEY": new}, database=database)
    holds(wrong.output(), "none of the configured keys")
    same(wrong.tool("gmail_search", connection_id=alex, query="in:inbox").json()["code"], "misconfigured")
    wrong.stop()
    same(ask(database, sealed_now), before)
with claim("a rotation that is killed loses nothing, and the next one does the rest while a server works"):
    server.stop()
    server = Server({**settings, **both}, database=database)
    probe = ask(database, "SELECT id, refresh_token_encrypted FROM connections WHERE gmail_address LIKE '%@shop%' "
                          "ORDER BY id LIMIT 1")[0]
    killed_when(lambda: ask(database, "SELECT refresh_token_encrypted FROM connections WHERE id = ?", probe[0])
                [0][0] != probe[1], "keys", "rotate", **both)
    there = (under(old), under(new))
    assert there[0] > 0 and there[1] > 0, there
    same(sum(there), 5000)
    same(server.ask("gmail_check_connection", connection_id=alex)["valid"], True)
    told = cli("keys", "rotate", **both)
    holds(told.stdout, "Sealed anew with the current key: ")
    same((under(old), under(new)), (0, 5000))
with claim("validate and keys list say that the old key is needed by none"):
    sealed = json.loads(cli("validate", "--json", **both).stdout)["sealed"]
    same((sealed["by_key"], sealed["by_none"], len(sealed["keys"])), ([5002], 0, 2))
    listed = [line.split() for line in cli("keys", "list", **both).stdout.splitlines()]
    same([(words[0], words[-2]) for words in listed[1:]], list(zip(sealed["keys"], ("5002", "0"))))
with claim("without the old key every account works on, and backups of its time still need it"):
    server.stop()
    server = Server({**settings, "GMAIL_MCP_ENCRYPTION_KEY": new}, database=database)
    same(server.ask("gmail_check_connection", connection_id=alex)["valid"], True)
    same(server.ask("gmail_search", connection_id=tom, query="in:inbox")["messages"] != [], True)
    cli("restore", first, **both, **at(directory / "later.db"))

with claim("of a deleted user no name or address is in any row, and an id in the news of the end alone"):
    [(user, connection)] = ask(database, "SELECT u.id, c.id FROM users AS u JOIN connections AS c ON c.user_id = u.id "
                                         "WHERE u.external_user_id = 'user-2'")
    words = ("user-2", user, connection, "plums")

    def rows_with_her():
        found = set()
        with opened(database) as base:
            tables = [name for name, in base.execute("SELECT name FROM sqlite_schema WHERE type = 'table' "
                                                     "AND sql NOT LIKE 'CREATE VIRTUAL%'")]
            for table in tables:
                # Others may have mail from and to her.
                wanted = words if table.startswith("archive_") else (*words, TOM)
                for row in base.execute(f"SELECT * FROM {table}"):
                    if any(word in text for word in wanted for text in row if isinstance(text, str)):
                        found.add(table)
        return found
    holds(rows_with_her(), "users", "connections", "audit", "archives", "archive_messages")
    cli("users", "delete", "user-2", GMAIL_MCP_ENCRYPTION_KEY=new)
    server.stop()  # it gives back its lease of her mailbox
    # News that a connection has ended has the connection's id, and nothing else, for two minutes: other servers
    # close it by that.
    same(rows_with_her() - {"news"}, {"audit"}, "tables with an id of hers")
    told = [row for row in ask(database, "SELECT connection_id, what, people FROM news") if row[0] in words]
    same([row for row in told if row[1:] != ("connection", None)], [])
    same(ask(database, "SELECT count(*) FROM audit WHERE user_id = 'user-2' OR asked_for = 'user-2'"), [(0,)])
end()
