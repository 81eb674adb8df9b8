#!/usr/bin/env python3
"""What many users cost each storage: the migration of a database that has only the first step's tables, bytes a row,
the start of a server, its memory, and a look-up beside that in an almost empty database. Prints a table.

    bench/storage_sizes.py [build/release/gmail-mcp]     USERS=100000: each with three connections and three sends
"""
import json, os, pathlib, random, sqlite3, statistics, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release/gmail-mcp")
os.environ["GMAIL_MCP"] = PROGRAM  # for the stage
sys.path.insert(0, str(ROOT / "tests/referees"))
from stage.postgres import Postgres  # noqa: E402
from stage.programs import GMAIL_MCP, Server, directory, environment, key, until  # noqa: E402

USERS, EACH = int(os.environ.get("USERS", "100000")), 3
FEW = 1_000  # enough that no look-up is one that was remembered
TOKEN, REFRESH = "gAAAAA" + "x" * 350, "gAAAAA" + "y" * 220  # as long as Fernet makes Google's
SCOPES = '["https://www.googleapis.com/auth/gmail.modify", "https://www.googleapis.com/auth/userinfo.email"]'


class OnSqlite:
    name = "SQLite"

    def __init__(self, users):
        self.file = directory / f"sizes-{users}.db"
        self.settings = {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(self.file)}
        self.run((ROOT / "migrations/sqlite/001_initial.sql").read_text())
        self.fill(users)

    def series(self, count):
        return f"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)", "FROM n"

    def uuid(self, kind, number):
        return f"printf('00000000-0000-4000-8{kind:03}-%012d', {number})"

    now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    ago = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || i || ' seconds')"

    def run(self, sql):
        with sqlite3.connect(self.file) as database:
            database.executescript(sql)

    def bytes(self, _table):
        """Of the whole file, rewritten."""
        with sqlite3.connect(self.file, isolation_level=None) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute("VACUUM")
        return self.file.stat().st_size


class OnPostgres(OnSqlite):
    name = "PostgreSQL"
    server = None

    def __init__(self, users):
        OnPostgres.server = OnPostgres.server or Postgres()
        self.database = f"sizes_{users}"
        self.server.query(f"CREATE DATABASE {self.database}", "postgres")
        self.settings = {"DATABASE_URL": self.server.url.replace("/gmail", f"/{self.database}")}
        self.run((ROOT / "migrations/supabase/001_initial.sql").read_text())
        self.fill(users)

    def series(self, count):
        return "", f"FROM generate_series(0, {count} - 1) AS n (i)"

    def uuid(self, kind, number):
        return f"CAST('00000000-0000-4000-8{kind:03}-' || lpad(({number})::text, 12, '0') AS uuid)"

    now = "now()"
    ago = "now() - make_interval(secs => i)"

    def run(self, sql):
        self.server.query(sql, self.database)

    def bytes(self, table):
        self.run(f"VACUUM FULL {table}")
        return self.server.query(f"SELECT pg_total_relation_size('{table}')", self.database)[0][0]


def fill(self, users):
    head, rows = self.series(users)
    self.sizes = {}
    before = self.bytes("users")
    self.run(f"{head} INSERT INTO users (id, external_user_id, email, created_at) "
             f"SELECT {self.uuid(1, 'i')}, 'user-' || i, 'someone.' || i || '@gmail.com', {self.ago} {rows}")
    self.sizes["user"] = self.bytes("users") - before
    before = self.bytes("connections")
    head, rows = self.series(users * EACH)
    self.run(f"{head} INSERT INTO connections (id, user_id, gmail_address, access_token_encrypted, "
             "refresh_token_encrypted, token_expires_at, scopes, created_at, last_used_at) "
             f"SELECT {self.uuid(2, 'i')}, {self.uuid(1, f'i / {EACH}')}, 'someone.' || i || '@gmail.com', '{TOKEN}', "
             f"'{REFRESH}', {self.now}, '{SCOPES}', {self.ago}, {self.now} {rows}")
    self.sizes["connection"] = self.bytes("connections") - before


def fill_sends(self, users):
    before = self.bytes("sends")
    head, rows = self.series(users * EACH)
    self.run(f"{head} INSERT INTO sends (id, user_id, connection_id, tool, idempotency_key, fingerprint, "
             "rfc822_message_id, status, result_json, delivered, process_id, created_at, updated_at) "
             f"SELECT {self.uuid(3, 'i')}, {self.uuid(1, f'i / {EACH}')}, {self.uuid(2, 'i')}, 'gmail_send', 'key-' || i, "
             f"'{'f' * 64}', '<' || i || '.0123456789abcdef@gmail.com>', 'sent', "
             "'{\"message_id\":\"18c0ffee00000001\",\"thread_id\":\"18c0ffee00000001\"}', TRUE, "
             f"'host:1234:0123456789ab', {self.now}, {self.now} {rows}")
    self.sizes["send"] = self.bytes("sends") - before


OnSqlite.fill, OnSqlite.fill_sends = fill, fill_sends


def peak_kb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def migrated(place):
    """Seconds, and the peak of its memory in MB."""
    began = time.monotonic()
    process = subprocess.Popen([GMAIL_MCP, "migrate"], stdout=subprocess.DEVNULL,
                               env=environment(GMAIL_MCP_ENCRYPTION_KEY=key(), **place.settings))
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, "it was not migrated"
    return time.monotonic() - began, used.ru_maxrss / 1024


def started(place):
    """A server, and the seconds to its first answer."""
    began = time.monotonic()
    server = Server({"ENABLE_BACKGROUND_POLLING": "false", "GMAIL_MCP_RATE_LIMIT_CALLS_PER_MINUTE": "0",
                     **place.settings}, database=place.settings.get(
        "GMAIL_MCP_STORAGE_SQLITE_PATH"))
    assert until(lambda: server.request("GET", "/health/live").status == 200)
    return server, time.monotonic() - began


def look_ups(servers):
    """Median milliseconds of look-ups that nobody remembers, for each (server, users): in turns, so that other work
    of the machine slows down both."""
    took = [[] for _ in servers]
    asked = [random.Random(1).sample(range(users), 900) for _, users in servers]
    for turn in range(900):
        for number, (server, _) in enumerate(servers):
            began = time.perf_counter()
            found = server.ask("gmail_list_connections", user_id=f"user-{asked[number][turn]}")["connections"]
            took[number].append(time.perf_counter() - began)
            assert len(found) == EACH, found
    return [statistics.median(one) * 1000 for one in took]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loads(servers, rounds=5, seconds=2):
    """Medians of the calls a second and of the server's CPU microseconds a call, for each (server, users), where 64
    clients ask for the connections of one user after the other: in turns. Calls that were not answered count none."""
    seen = [[] for _ in servers]
    for _ in range(rounds):
        for number, (server, users) in enumerate(servers):
            before = cpu_seconds(server.process.pid)
            said = subprocess.run(
                ["wrk", "-t1", "-c64", f"-d{seconds}", "-s", ROOT / "bench/users.lua", server.url], check=True,
                capture_output=True, text=True,
                env={**os.environ, "USERS": str(users)}).stdout
            found = json.loads(next(line for line in said.splitlines() if line.startswith("RESULT"))[7:])
            assert found["errors"] == 0, found
            seen[number].append((found["requests"] / found["duration_us"] * 1e6,
                                 (cpu_seconds(server.process.pid) - before) / found["requests"] * 1e6))
    return [tuple(statistics.median(one) for one in zip(*rows)) for rows in seen]


def main():
    table = [("", "SQLite", "PostgreSQL")]
    columns, running = [], []
    for engine in OnSqlite, OnPostgres:
        many, few = engine(USERS), engine(FEW)
        seconds, memory = migrated(many)
        migrated(few)
        many.fill_sends(USERS)
        if engine is OnPostgres:
            many.run("ANALYZE")
        (server, ready), (server_few, ready_few) = started(many), started(few)
        look_up, look_up_few = look_ups([(server, USERS), (server_few, FEW)])
        used, used_few = (peak_kb(one.process.pid) / 1024 for one in (server, server_few))
        server_few.kill()
        running.append((server, USERS))
        columns.append([
            f"{many.sizes['user'] / USERS:.0f} bytes", f"{many.sizes['connection'] / USERS / EACH:.0f} bytes",
            f"{many.sizes['send'] / USERS / EACH:.0f} bytes", f"{seconds:.1f} s", f"{memory:.0f} MB",
            f"{ready:.2f} s ({ready_few:.2f} s)", f"{used:.0f} MB ({used_few:.0f} MB)",
            f"{look_up:.2f} ms ({look_up_few:.2f} ms)"])
    names = ["a user, with its indexes", "a connection", "a send", "migration from the first step", "its memory",
             "start to first answer (with 1,000 users)", "memory of a server (with 1,000 users)",
             "look-up of a user's connections over REST (with 1,000 users)"]
    names += ["calls of 64 clients a second, each user's connections anew", "the server's CPU a call"]
    for column, (calls, cost), (server, _) in zip(columns, loads(running), running):
        column += [f"{calls:,.0f}", f"{cost:.1f} µs"]
        server.kill()
    table += list(zip(names, *columns))
    print(f"{USERS} users, {USERS * EACH} connections, {USERS * EACH} sends")
    for row in table:
        print("| " + " | ".join(row) + " |")


main()
