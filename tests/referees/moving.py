"""From SQLite to PostgreSQL and back, by backup and restore: ids and cursors go on, nothing is lost, sent twice or
opened to others; and on PostgreSQL keys are exchanged and users are deleted as on SQLite."""

import contextlib
import sqlite3

from stage.claims import claim, end, holds, same
from stage.person import add_account, connect
from stage.postgres import Postgres
from stage.programs import Sandbox, Server, directory, key, run

ALEX, TOM = "alex.morgan@gmail.example", "tom.becker@gmail.example"
google = Sandbox()
postgres = Postgres()
database = directory / "mail.db"
old, new = key(), key()
common = {**google.settings(), **google.mail_settings(), "GMAIL_MCP_ENCRYPTION_KEY": old}
on_sqlite = {**common, "GMAIL_MCP_STORAGE_SQLITE_PATH": str(database)}
on_postgres = {**common, "DATABASE_URL": postgres.url}
TABLES = ("users", "connections", "sends", "audit", "archives", "archive_messages", "archive_texts", "archive_contacts",
          "archive_conversations", "archive_correspondents")


def cli(settings, *words, status=0, **more):
    ended = run(*words, settings={**settings, **more})
    same(ended.returncode, status, f"{words}: {ended.stdout} {ended.stderr}")
    return ended


def serve(settings):
    """On PostgreSQL: the address of the database decides."""
    server = Server(settings, database=database)
    if "DATABASE_URL" in settings:
        server.stop()
        del server.settings["GMAIL_MCP_STORAGE_SQLITE_PATH"]
        server.start()
    return server


def in_sqlite(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as base:
        return base.execute(sql).fetchall()


def counted(ask):
    return {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def printed(told):
    """The rows of each table, as backup and restore print them."""
    return [line.split() for line in told.stdout.splitlines()[:-1]]


server = serve(on_sqlite)
for number in range(30):
    google.deliver(ALEX, f"Crate {number}", text=f"pears, crate {number}; 東京都庁")
alex = connect(server, "user-1", ALEX)
tom = add_account(server, google, "user-2", TOM)
for account in (alex, tom):
    server.ask("fetch_inbox", account_id=account)
server.ask("gmail_send", connection_id=alex, to="x@shop.example", subject="once", body="Hello", idempotency_key="k")
question = {"account_id": alex, "query": "pears crate", "limit": 7}
first_page = server.ask("search_emails", **question)
second_page = server.ask("search_emails", **question, cursor=first_page["next_cursor"])
conversations = server.ask("list_conversations", account_id=alex)
server.stop()
there, back = directory / "there.backup", directory / "back.backup"

with claim("what is backed up from SQLite is restored into PostgreSQL, and both print the same numbers"):
    made = cli(on_sqlite, "backup", there)
    same(printed(cli(on_postgres, "restore", there)), printed(made))
    same(counted(postgres.query), counted(lambda sql: in_sqlite(database, sql)))
    holds(cli(on_postgres, "restore", there, status=1).stderr, "is not empty")
server = serve(on_postgres)
with claim("ids, cursors, searches and conversations are the same there"):
    same(server.ask("search_emails", **question), first_page)
    same(server.ask("search_emails", **question, cursor=first_page["next_cursor"]), second_page)
    same(len(server.ask("search_emails", account_id=alex, query="京都")["messages"]), 20)
    same(server.ask("list_conversations", account_id=alex), conversations)
    same(server.ask("gmail_check_connection", connection_id=alex)["valid"], True)
    same(server.ask("gmail_search", connection_id=tom, query="in:inbox")["messages"] != [], True)
    same(server.tool("search_emails", account_id=alex.replace("-", ""), query="pears").status, 200)
with claim("what was sent before the move is not sent again, and new mail follows the old"):
    before = google.counters()
    server.ask("gmail_send", connection_id=alex, to="x@shop.example", subject="once", body="Hello", idempotency_key="k")
    same(google.counters().get("gmail_send", 0), before.get("gmail_send", 0))
    google.deliver(ALEX, "After the move", text="pears, the last crate")
    server.ask("fetch_inbox", account_id=alex)
    found = server.ask("search_emails", **question)["messages"]
    same(found[0]["subject"], "After the move")
with claim("keys are exchanged on PostgreSQL while the server works"):
    both = {"GMAIL_MCP_ENCRYPTION_KEY": new, "GMAIL_MCP_PREVIOUS_ENCRYPTION_KEYS": old}
    server.stop()
    on_postgres |= both
    server = serve(on_postgres)
    holds(cli(on_postgres, "keys", "rotate").stdout, "Sealed anew with the current key: 2 of 2.")
    same(server.ask("gmail_check_connection", connection_id=alex)["valid"], True)
    holds(cli(on_postgres, "validate").stdout, "2 with the current key")
with claim("while the server works it is backed up, and SQLite takes it back"):
    made = cli(on_postgres, "backup", back)
    again = directory / "again.db"
    same(printed(cli({**on_sqlite, **both}, "restore", back, GMAIL_MCP_STORAGE_SQLITE_PATH=str(again))), printed(made))
    wanted, taken = counted(postgres.query), counted(lambda sql: in_sqlite(again, sql))
    wanted.pop("audit"), taken.pop("audit")
    same(taken, wanted)
with claim("of a user deleted on PostgreSQL no name is in any row, and an id in the news of the end alone"):
    [(user, connection)] = postgres.query("SELECT u.id, c.id FROM users AS u JOIN connections AS c ON c.user_id = u.id "
                                          "WHERE u.external_user_id = 'user-2'")

    def rows_with_her():
        return {table for table, in postgres.query(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
                for word in ("user-2", user, connection)
                if postgres.query(f"SELECT count(*) FROM {table} AS t WHERE CAST(t AS TEXT) LIKE '%{word}%'") != [(0,)]}
    holds(rows_with_her(), "users", "connections", "archives", "audit")
    cli(on_postgres, "users", "delete", "user-2")
    server.stop()
    # News that a connection has ended has its id, and nothing else, for two minutes.
    same(rows_with_her() - {"news"}, {"audit"}, "tables with an id of hers")
    same(postgres.query(f"SELECT count(*) FROM news WHERE connection_id = '{connection}' "
                        "AND (what <> 'connection' OR people IS NOT NULL)"), [(0,)])
    same(postgres.query("SELECT count(*) FROM audit WHERE user_id = 'user-2' OR asked_for = 'user-2'"), [(0,)])
end()
