"""The command line: results on standard output, everything else on standard error, and an exit
status that means something."""

import contextlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess

from cryptography.fernet import Fernet

from stage import web
from stage.claims import claim, end, holds, same
from stage.mcp import Session
from stage.person import connect, consent_in
from stage.tool_doors import Stdio
from stage.programs import GMAIL_MCP, Program, Sandbox, Server, directory, environment, free_port, key, run, until

google = Sandbox()
settings = {**google.settings(), "GMAIL_MCP_ENCRYPTION_KEY": key()}
server = Server(settings, database=directory / "cli.db")
settings = server.settings
connection = connect(server, "local", "alex.morgan@gmail.example")


def children_of(process):
    return subprocess.run(["pgrep", "--parent", str(process)], capture_output=True, text=True, check=True).stdout.split()


def cli(*arguments, status=0, **more):
    ended = run(*arguments, settings={**settings, **more})
    same(ended.returncode, status, ended.stdout + ended.stderr)
    return ended


with claim("keygen prints a key that Python's cryptography takes, and another one each time"):
    keys = {cli("keygen").stdout.strip() for _ in range(3)}
    same(len(keys), 3)
    for one in keys:
        Fernet(one.encode())
with claim("--version and --help answer on standard output with status 0"):
    assert re.match(r"(gmail-mcp )?\d+\.\d+\.\d+", cli("--version").stdout), cli("--version").stdout
    holds(cli("--help").stdout, "serve", "keygen", "connections", "tool", "sandbox")
    holds(cli("serve", "--help").stdout, "--transport", "--port", "--sandbox")
with claim("serve --sandbox: its sandbox is a program beside it, and ends with it, even with one that is killed"):
    for end_it in (Program.stop, Program.kill):
        port = free_port()
        alone = Program("sandboxed", [GMAIL_MCP, "serve", "--sandbox", "--transport", "http", "--port", port],
                        {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / f"sandboxed-{port}.db")},
                        ready=f"http://127.0.0.1:{port}/health")
        (child,) = children_of(alone.process.pid)
        same(pathlib.Path(f"/proc/{child}/comm").read_text().strip(), "gmail-mcp-sandb")  # the kernel keeps 15 letters
        end_it(alone)
        assert until(lambda: not pathlib.Path(f"/proc/{child}").exists()), f"process {child} is still there"
with claim("serve --sandbox whose sandbox is gone says so in one line, and ends with status 1"):
    for door in (("http", "--port", free_port()), ("stdio",)):
        alone = subprocess.Popen([GMAIL_MCP, "serve", "--sandbox", "--transport", *map(str, door)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 env=environment(GMAIL_MCP_STORAGE_SQLITE_PATH=str(directory / f"left-{door[0]}.db")))
        children = until(lambda: subprocess.run(["pgrep", "--parent", str(alone.pid), "gmail-mcp-sandb"],
                                                capture_output=True, text=True, check=False).stdout.split())
        lines = []
        while not any("sandbox_entered" in line for line in lines):
            lines.append(alone.stdout.readline())
            assert lines[-1], lines
        os.kill(int(children[0]), signal.SIGKILL)
        said = alone.communicate(timeout=30, input=None)[0] if door[0] == "http" else alone.stdout.read()
        same(alone.wait(timeout=30), 1, said)
        same(said.count("The sandbox has ended"), 1, said)
with claim("tool --help lists the tools, tool NAME --help its arguments"):
    holds(cli("tool", "--help").stdout, "gmail_search", "list_conversations", "history")
    holds(cli("tool", "gmail_search", "--help").stdout, "--max-results NUMBER", "(required)", "--query TEXT")
    holds(cli("tool", "nothing", "--help", status=1).stderr, "gmail_search")
with claim("tool: arguments by name, the result alone on standard output"):
    ended = cli("tool", "gmail_search", "--connection-id", connection, "--query", "in:inbox",
                "--max-results", "2")
    same(len(json.loads(ended.stdout)["messages"]), 2)
with claim("tool: arguments as JSON"):
    ended = cli("tool", "gmail_search", json.dumps({"connection_id": connection, "query": "in:inbox"}))
    same(len(json.loads(ended.stdout)["messages"]), 10)
with claim("tool: a failure is status 1, its error object on standard error, nothing on standard output"):
    ended = cli("tool", "gmail_search", json.dumps({"connection_id": connection}), status=1)
    same((ended.stdout, json.loads(ended.stderr.splitlines()[-1])["code"]), ("", "invalid_argument"))
with claim("tool: an unknown one is named, with those there are"):
    ended = cli("tool", "gmail_serach", status=1)
    holds(ended.stderr, "gmail_serach", "gmail_search")
with claim("connections list shows it as a table, or as JSON"):
    holds(cli("connections", "list").stdout, connection, "alex.morgan@gmail.example")
    listed = json.loads(cli("connections", "list", "--json").stdout)["connections"]
    same([one["id"] for one in listed], [connection])
with claim("connections test: status 0 and a sentence; of an unknown one status 1"):
    holds(cli("connections", "test", connection).stdout, "works")
    same(cli("connections", "test", "0" * 32, status=1).stdout, "")
with claim("health --url asks the running server; where nothing listens it is status 1"):
    holds(cli("health", "--url", server.url).stdout, "ready")
    cli("health", "--url", "http://127.0.0.1:9", status=1)
with claim("validate names stored users whose id no door takes today, and says who will not be let in"):
    with sqlite3.connect(directory / "cli.db") as mine:
        mine.execute("INSERT INTO users (id, external_user_id, created_at, updated_at) "
                     "SELECT 'old', 'ann ', created_at, updated_at FROM users LIMIT 1")
    mine.close()
    holds(cli("validate").stdout, "ann%20", "white space")
    holds(cli("connections", "list", "--user-id", "bob ", status=1).stderr, "white space")
    cli("connections", "list", "--user-id", "ann ")
    warnings = json.loads(cli("validate", "--json", "--host", "0.0.0.0").stdout)["warnings"]
    same([("ann%20" in one, "GMAIL_MCP_SERVER_AUTH_TOKEN" in one) for one in warnings], [(False, True), (True, False)])
    with sqlite3.connect(directory / "cli.db") as mine:
        mine.execute("DELETE FROM users WHERE id = 'old'")
    mine.close()
with claim("validate: ready is status 0; without a key it names what is missing, status 1"):
    holds(cli("validate").stdout, "Ready")
    ended = run("validate", settings={"GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / "none.db")})
    same(ended.returncode, 1)
    holds(ended.stdout, "GMAIL_MCP_ENCRYPTION_KEY")
with claim("no command prints a secret"):
    for ended in (cli("validate"), cli("validate", "--json"), cli("connections", "list", "--json"),
                  cli("tool", "gmail_check_setup")):
        for secret in (settings["GMAIL_MCP_ENCRYPTION_KEY"], settings["GMAIL_MCP_GOOGLE_CLIENT_SECRET"]):
            assert secret not in ended.stdout + ended.stderr


def connecting(choose):
    """`gmail-mcp connect` with a person who does `choose(browser)` on Google's page: status, output, complaints."""
    with subprocess.Popen([GMAIL_MCP, "connect", "--no-browser"], cwd=directory, text=True,
                          env=environment(**settings), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as waiting:
        try:
            said = iter(waiting.stderr.readline, "")
            link = next(word for line in said for word in line.split() if word.startswith("http"))
            browser = web.Browser()
            browser.open(link)
            browser.press("Continue")
            page = choose(browser)
            same(page.status, 200, page)
            printed, complaints = waiting.communicate(timeout=300)
        finally:
            waiting.kill()
    return waiting.returncode, printed, complaints


with claim("connect prints a link, waits for the person, and ends with the address"):
    status, printed, _ = connecting(lambda browser: consent_in(browser, "priya.nair@gmail.example"))
    same((status, printed.split()[0]), (0, "priya.nair@gmail.example"))
with claim("connect: who refuses connects nothing, whatever was connected before"):
    status, printed, complaints = connecting(lambda browser: browser.press("Cancel"))
    same((status, printed), (1, ""), complaints)
    holds(complaints, "No account was connected")
with claim("connect again: the address is that of this time, not of the newest"):
    status, printed, _ = connecting(lambda browser: consent_in(browser, "alex.morgan@gmail.example"))
    same((status, printed.split()), (0, ["alex.morgan@gmail.example", connection]))
with claim("connect: who allows nothing is told so, with status 1"):
    def nothing(browser):
        form = browser.forms()[0]
        return browser.submit(form, "Allow", email="tom.becker@gmail.example", scope="")
    status, printed, complaints = connecting(nothing)
    same((status, printed.split()[0]), (1, "tom.becker@gmail.example"))
    holds(complaints, "Not everything was allowed", "gmail.readonly")
with claim("connections revoke ends it, here and at Google"):
    holds(cli("connections", "revoke", connection).stdout, "disconnected")
    same(server.tool("gmail_search", connection_id=connection, query="x").status, 409)
with claim("init writes a configuration of its own, 0600, and never over another"):
    path = directory / "made.yaml"
    run("init", "--output", path)
    same(oct(path.stat().st_mode & 0o777), "0o600")
    before = path.read_text()
    same(run("init", "--output", path).returncode, 1)
    same(path.read_text(), before)
with claim("init makes the folders that lead to its file, and validate reads what it wrote"):
    path = directory / "not" / "yet" / "made.yaml"
    same(run("init", "--output", path).returncode, 0)
    holds(run("validate", "--config", path).stdout, str(path), "Ready")
with claim("init writes a file for every database there is, which says what is to be put in, and none for another"):
    for name, wanted in (("supabase", "YOUR_SUPABASE_URL"), ("postgres", "YOUR_POSTGRES_URL")):
        path = directory / f"{name}.yaml"
        ended = run("init", "-d", name, "--output", path)
        same(ended.returncode, 0, ended.stderr)
        holds(path.read_text(), f"type: {name}", wanted)
        holds(ended.stderr, "where your database is", "validate")
        ended = run("validate", "--config", path)
        same(ended.returncode, 1)
        holds(ended.stdout, f"GMAIL_MCP_STORAGE_{name.upper()}_URL", "Not ready.")
    path = directory / "other.yaml"
    ended = run("init", "-d", "nonsense", "--output", path)
    same((ended.returncode, path.exists()), (2, False))
    holds(ended.stderr, "sqlite")
with claim("migrate --print prints what is pending, as SQL that sqlite3 takes, and makes nothing"):
    fresh = {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / "printed.db")}
    script = run("migrate", "--print", settings=fresh).stdout
    same((directory / "printed.db").exists(), False)
    with sqlite3.connect(directory / "printed.db") as made:
        made.executescript(script)
    same(run("migrate", "--print", settings=fresh).stdout, "")
    same("pending" in run("migrate", "--dry-run", settings=fresh).stdout, False)
with claim("GMAIL_MCP_CONFIG may name the file that gmail_init_config is to write, and any other command says it is missing"):
    path = directory / "new" / "file.yaml"
    named = {"GMAIL_MCP_CONFIG": str(path)}
    same(run("connections", "list", settings=named).returncode, 1)
    holds(run("connections", "list", settings=named).stderr, str(path))
    same(run("tool", "gmail_init_config", settings=named).returncode, 0)
    holds(run("validate", settings=named).stdout, str(path), "Ready")
with claim("where a command is missing or another word, the commands there are"):
    for words, names in (((), ("serve", "keygen", "import")), (("bogus",), ("serve", "keygen", "import")),
                         (("connections",), ("list", "test", "revoke")),
                         (("accounts", "bogus"), ("add", "list", "remove"))):
        ended = run(*words)
        same((ended.returncode, ended.stdout), (2, ""), words)
        holds(ended.stderr, *names)
with claim("init without --output writes where the other commands look"):
    holds(run("init").stdout, "gmail_config.yaml")
    holds(run("validate").stdout, "gmail_config.yaml")
    (directory / "gmail_config.yaml").unlink()
with claim("migrate --dry-run changes nothing and creates nothing"):
    path = directory / "dry.db"
    holds(cli("migrate", "--dry-run", GMAIL_MCP_STORAGE_SQLITE_PATH=str(path)).stdout, "pending")
    same(path.exists(), False)
with claim("import takes over what a Python program stored, under its ids, and leaves its file as it was"):
    theirs, old_id = key(), "ae9a20166dea4384913d383ecdeedd8d"
    path = directory / "theirs.db"
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript("""
            CREATE TABLE users (id TEXT PRIMARY KEY, external_user_id TEXT UNIQUE NOT NULL, email TEXT,
              created_at TEXT DEFAULT (datetime('now')), updated_at TEXT DEFAULT (datetime('now')));
            CREATE TABLE gmail_connections (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, gmail_address TEXT NOT NULL,
              access_token_encrypted TEXT NOT NULL, refresh_token_encrypted TEXT NOT NULL,
              token_expires_at TEXT NOT NULL, scopes TEXT NOT NULL, is_active INTEGER DEFAULT 1,
              created_at TEXT DEFAULT (datetime('now')), updated_at TEXT, last_used_at TEXT);
            INSERT INTO users (id, external_user_id) VALUES ('u', 'user_123');""")
        seal = Fernet(theirs.encode()).encrypt
        old.execute("INSERT INTO gmail_connections (id, user_id, gmail_address, access_token_encrypted, "
                    "refresh_token_encrypted, token_expires_at, scopes) VALUES (?, 'u', 'ann@gmail.example', ?, ?, "
                    "'2026-11-21T20:37:52.735501', '[\"openid\"]')",
                    (old_id, seal(b"an access token").decode(), seal(b"a refresh token").decode()))
        old.commit()
    before = path.read_bytes()
    holds(cli("import", str(path), status=1).stderr, "GMAIL_MCP_IMPORT_KEY")
    told = cli("import", str(path), GMAIL_MCP_IMPORT_KEY=theirs).stdout
    holds(told, "imported")
    same(told.count(old_id), 2, "its old id and its id, which are the same")
    same(path.read_bytes(), before)
    with contextlib.closing(sqlite3.connect(settings["GMAIL_MCP_STORAGE_SQLITE_PATH"])) as ours:
        sealed, = ours.execute("SELECT refresh_token_encrypted FROM connections WHERE id = ?", (old_id,)).fetchone()
        audited = ours.execute("SELECT user_id, connection_id, outcome FROM audit WHERE operation = 'import'").fetchall()
    same(audited, [("user_123", "", "unreadable"), ("user_123", old_id, "ok")])
    same(Fernet(settings["GMAIL_MCP_ENCRYPTION_KEY"].encode()).decrypt(sealed.encode()), b"a refresh token")
with claim("over stdio nothing but protocol reaches standard output, and end of file ends it with status 0"):
    opening = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "r", "version": "1"}}}
    ended = run("serve", settings=settings, stdin=json.dumps(opening) + "\n")
    same((ended.returncode, [json.loads(line)["id"] for line in ended.stdout.splitlines()]), (0, [1]))
with claim("config://status says how it was asked: stdio over stdio, http over HTTP"):
    question = {"uri": "config://status"}
    stdio = Stdio(settings)
    over_stdio = stdio.ask("resources/read", question)
    same(stdio.close(), 0)
    asked = Server({**settings, "GMAIL_MCP_SERVER_OPERATOR_TOKEN": "operator"}, database=directory / "cli.db")
    over_http = Session(asked, {"Authorization": "Bearer operator"}).ask("resources/read", question)
    asked.stop()
    for answer, wanted in ((over_stdio, "stdio"), (over_http, "http")):
        same(json.loads(answer["result"]["contents"][0]["text"])["server"]["transport"], wanted)
with claim("the sandbox over stdio takes no place of real accounts: a real start comes after it"):
    home = {"HOME": str(directory / "home")}
    same(run("serve", "--sandbox", settings=home, stdin="").returncode, 0)
    same(sorted(path.name for path in (directory / "home/.gmail_mcp").iterdir() if path.suffix == ".db"),
         ["sandbox.db"])
    real = run("serve", settings={**home, "GMAIL_MCP_ENCRYPTION_KEY": key()}, stdin="")
    same(real.returncode, 0, real.stderr)
with claim("a sandbox that is started again goes on with the accounts that were connected to it"):
    again = Server({}, flags=("--sandbox",))
    mine = connect(again, "local", "alex.morgan@gmail.example")
    again.stop()
    again.start()
    found = again.tool("gmail_search", connection_id=mine, query="in:inbox")
    same(found.status, 200, found.text + again.output()[-3000:])
    same(again.stop(), 0)
with claim("SIGHUP without TLS is not told as if a certificate had been read"):
    plain = Server(settings, database=directory / "hup.db")
    plain.process.send_signal(signal.SIGHUP)
    assert until(lambda: "nothing_to_reload" in plain.output()), plain.output()
    assert "tls_reloaded" not in plain.output()
    plain.stop()
with claim("serve prints where it listens, and warns when Google leads people elsewhere"):
    elsewhere = Server({**settings, "GMAIL_MCP_GOOGLE_REDIRECT_URI": "http://localhost:9/oauth/callback"},
                       database=directory / "elsewhere.db")
    listening = next(json.loads(line) for line in elsewhere.output().splitlines() if '"listening"' in line)
    same(listening["url"], f"http://localhost:{elsewhere.port}")
    holds(elsewhere.output(), "http://localhost:9/oauth/callback", "will not come back")
    elsewhere.stop()
with claim("over stdio nothing is read from the working directory"):
    (directory / "gmail_config.yaml").write_text("encryption_key: [broken\n")
    (directory / ".env").write_text("GMAIL_MCP_SERVER_PORT=broken\n")
    same(run("serve", settings=settings, stdin="").returncode, 0)
    same(run("serve", "--transport", "http", settings=settings).returncode, 1)
end()
