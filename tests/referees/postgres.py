"""The whole way with everything in PostgreSQL: DATABASE_URL, migrations by the command and by people, connecting,
sending once, a restart; a database that stops is told within 3 seconds, by calls and by /health, and the server goes on
by itself when it is back."""

import pathlib
import signal
import subprocess
import time

from stage.claims import claim, end, holds, same
from stage.person import add_account, connect
from stage.postgres import Postgres
from stage.programs import GMAIL_MCP, REPOSITORY, Sandbox, Server, key, run, until

ALEX, PRIYA = "alex.morgan@gmail.example", "priya.nair@gmail.example"
STEPS = sorted(step.stem for step in (REPOSITORY / "migrations" / "supabase").glob("*.sql"))
postgres = Postgres()
KEY = key()


def at(database):
    return {"GMAIL_MCP_ENCRYPTION_KEY": KEY, "DATABASE_URL": postgres.url.replace("/gmail", f"/{database}")}


def new(database):
    postgres.query(f"CREATE DATABASE {database}", "postgres")
    return at(database)


def psql(database, sql):
    done = subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-f", "-",
                           postgres.url.replace("/gmail", f"/{database}")],
                          input=sql, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def tables(database):
    return postgres.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database)[0][0]


with claim("migrate --dry-run says what is to be done and changes nothing, migrate does it, once"):
    settings = new("by_command")
    ended = run("migrate", "--dry-run", settings=settings)
    same(ended.stdout.split(), [word for step in STEPS for word in ("pending", step)], ended.stderr)
    same(tables("by_command"), 0)
    holds(run("migrate", settings=settings).stdout, *(f"migrated {step}" for step in STEPS))
    same(run("migrate", settings=settings).stdout.split(), [word for step in STEPS for word in ("applied", step)])
with claim("of two that migrate at once one does each step, and both succeed"):
    settings = new("by_two")
    words = [GMAIL_MCP, "migrate"]
    both = [subprocess.Popen(words, env={**settings, "PATH": ""}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True) for _ in range(2)]
    said = [one.communicate(timeout=120) for one in both]
    same([one.returncode for one in both], [0, 0], said)
    same(sum(out.count("migrated ") for out, _ in said), len(STEPS), said)
with claim("what migrate --print prints brings any database up to date, with the rows of whoever ran the guide's SQL"):
    settings = new("by_hand")
    script = run("migrate", "--print", settings=settings).stdout
    psql("by_hand", script)
    same(run("migrate", "--dry-run", settings=settings).stdout.count("pending"), 0)
    settings = new("of_guide")
    psql("of_guide", (REPOSITORY / "tests/seed/initial_schema.sql").read_text())
    psql("of_guide", "INSERT INTO users (external_user_id) VALUES ('ann')")
    psql("of_guide", script)
    psql("of_guide", script)
    same(run("migrate", settings=settings).stdout.count("migrated"), 0)
    same(postgres.query("SELECT external_user_id FROM users", "of_guide"), [("ann",)])
with claim("validate is content with what migrate made, and names a table that is open and what closes it"):
    settings = at("by_command")
    ended = run("validate", settings=settings)
    holds(ended.stdout, "PostgreSQL 1", "Ready.")
    assert "security" not in ended.stdout, ended.stdout
    psql("by_command", "ALTER TABLE sends DISABLE ROW LEVEL SECURITY; GRANT SELECT ON users TO PUBLIC")
    ended = run("validate", settings=settings)
    holds(ended.stdout, "ALTER TABLE sends ENABLE ROW LEVEL SECURITY;", "REVOKE ALL ON users FROM PUBLIC;")
with claim("a database of the locale C is refused by validate and by the start, before anything is made"):
    postgres.query("CREATE DATABASE of_c LOCALE 'C' TEMPLATE template0", "postgres")
    for words in ("validate",), ("migrate",):
        ended = run(*words, settings=at("of_c"))
        same(ended.returncode, 1, words)
        holds(ended.stdout + ended.stderr, "LC_CTYPE", "C.UTF-8")
    same(tables("of_c"), 0)
with claim("no password of a database is in what is said of it"):
    for place in ("127.0.0.1:1", f"127.0.0.1:{postgres.port}"):
        ended = run("validate", settings={"GMAIL_MCP_ENCRYPTION_KEY": KEY,
                                          "DATABASE_URL": f"postgresql://canary:hunter2@{place}/nowhere"})
        same(ended.returncode, 1)
        assert "hunter2" not in ended.stdout + ended.stderr, ended.stdout + ended.stderr

google = Sandbox()
server = Server({**google.settings(), **google.mail_settings(), "DATABASE_URL": postgres.url})
with claim("a first start makes the tables, and a person connects with Google"):
    alex = connect(server, "alex", ALEX)
    same(tables("gmail") >= len(STEPS), True)
with claim("another connects by App Password"):
    priya = add_account(server, google, "priya", PRIYA)
    same(server.ask("gmail_check_connection", connection_id=priya)["valid"], True)
with claim("mail is found and sent over both, and a repeated send is answered by the first"):
    for connection, own in ((alex, ALEX), (priya, PRIYA)):
        same(len(server.ask("gmail_search", connection_id=connection, query="in:inbox")["messages"]) > 0, True)
        letter = {"connection_id": connection, "to": ["ann@shop.example"], "subject": f"once from {own}",
                  "body": "Hello.", "idempotency_key": "one"}
        first, second = server.ask("gmail_send", **letter), server.ask("gmail_send", **letter)
        same(second["message_id"], first["message_id"])
with claim("after a restart everybody is still connected"):
    server.stop()
    server.start()
    for user, connection in (("alex", alex), ("priya", priya)):
        listed = server.ask("gmail_list_connections", user_id=user)["connections"]
        same([one["id"] for one in listed], [connection])
    server.ask("gmail_search", connection_id=alex, query="in:inbox")
with claim("what was done stands in the database: sealed tokens, sends, audit"):
    def is_written():
        return postgres.query("SELECT count(*) FROM audit WHERE operation = 'gmail_send'")[0][0] >= 4
    assert until(is_written)
    same(postgres.query("SELECT count(*) FROM sends WHERE status = 'sent'")[0][0], 2)
    same(postgres.query("SELECT count(*) FROM connections WHERE refresh_token_encrypted LIKE 'gAAAA%'")[0][0], 1)


def timed(ask):
    began = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - began


def no_answer_for_long(answer, seconds):
    # The server has 3 seconds of its own, whatever the machine adds to that.
    same(answer.status, 503, answer)
    assert seconds < 8, f"{seconds:.1f} s"


with claim("while the database is stopped a call is unavailable within seconds, and says that it is the database"):
    postgres.process.send_signal(signal.SIGQUIT)
    postgres.process.wait(60)
    answer, seconds = timed(lambda: server.tool("gmail_list_connections", user_id="nobody-seen-yet"))
    no_answer_for_long(answer, seconds)
    holds(answer.text, "unavailable", "database")
with claim("/health/ready is 503 and says so, /health/live is not"):
    answer, seconds = timed(lambda: server.request("GET", "/health/ready"))
    no_answer_for_long(answer, seconds)
    same(server.request("GET", "/health/live").status, 200)
    same(server.request("GET", "/health").json()["database"], "not connected")
with claim("when the database is back the server goes on by itself, and nothing was lost"):
    postgres.start()
    assert until(lambda: server.request("GET", "/health/ready").status == 200, seconds=60), server.output()[-600:]
    same([one["id"] for one in server.ask("gmail_list_connections", user_id="alex")["connections"]], [alex])
    before = postgres.query("SELECT count(*) FROM audit")[0][0]
    server.ask("gmail_search", connection_id=alex, query="in:inbox")
    assert until(lambda: postgres.query("SELECT count(*) FROM audit")[0][0] > before)
with claim("connections that the database ends are opened again without a failed read"):
    for _ in range(5):
        postgres.end_connections()
        same(server.tool("gmail_list_connections", user_id="alex").status, 200)
with claim("a start without its database says so and ends"):
    server.stop()
    postgres.process.send_signal(signal.SIGQUIT)
    postgres.process.wait(60)
    ended = run("serve", "--transport", "http", "--port", server.port, settings=server.settings)
    same(ended.returncode, 1)
    holds(ended.stdout + ended.stderr, "database server cannot be reached")
with claim("no file of SQLite was made"):
    same([str(one) for one in pathlib.Path(server.log).parent.glob("*.db*")], [])

end()
