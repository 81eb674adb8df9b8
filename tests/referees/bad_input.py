"""Whatever is wrong with settings, files or arguments: one clear error, and nothing is lost."""

import os
import shutil
import socket
import sqlite3
import subprocess

from stage import web
from stage.claims import claim, end, holds, note, same
from stage.person import connect
from stage.programs import GMAIL_MCP, Sandbox, Server, directory, environment, free_port, key, run

google = Sandbox()


def fails_to_start(names, settings=None, arguments=(), status=1):
    """`serve` ends at once with `status` and a text that names what is wrong; no trace, no secret."""
    ended = run("serve", "--transport", "http", *arguments, settings={
        "GMAIL_MCP_SERVER_PORT": str(free_port()),
        **google.settings(), "GMAIL_MCP_ENCRYPTION_KEY": key(),
        "GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / "unused.db"), **(settings or {})})
    text = ended.stdout + ended.stderr
    same(ended.returncode, status, text[-600:])
    holds(text, *names)
    assert len([line for line in text.splitlines() if line.strip()]) <= 6, text
    return text


# Settings.
with claim("an encryption key of the wrong length is named, and not repeated"):
    for bad in ("c2hvcnQ=", "z" * 64, "x" * 45):
        text = fails_to_start(["GMAIL_MCP_ENCRYPTION_KEY"], {"GMAIL_MCP_ENCRYPTION_KEY": bad})
        assert bad not in text, text
with claim("broken YAML is named with its file and line"):
    path = directory / "broken.yaml"
    path.write_text("google:\n  client_id: [unclosed\nserver: {port: 1\n")
    fails_to_start(["broken.yaml", "line"], arguments=("--config", path))
with claim("an unknown key in the file is named"):
    path = directory / "unknown.yaml"
    path.write_text("google:\n  klient_id: x\n")
    fails_to_start(["klient_id", "unknown.yaml"], arguments=("--config", path))
with claim("a missing configuration file is named"):
    fails_to_start(["absent.yaml"], arguments=("--config", directory / "absent.yaml"))
with claim("a missing env file is named"):
    fails_to_start(["absent.env"], arguments=("--env-file", directory / "absent.env"))
with claim("a port that is no number is named"):
    fails_to_start(["GMAIL_MCP_SERVER_PORT"], {"GMAIL_MCP_SERVER_PORT": "eighty"})
with claim("a boolean that is none is named"):
    fails_to_start(["GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED"],
                   {"GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED": "perhaps"})
with claim("an unknown flag is bad usage: status 2"):
    same(run("serve", "--no-such-flag").returncode, 2)
with claim("an unknown command is bad usage: status 2"):
    same(run("sevre").returncode, 2)
with claim("a port in use is named"):
    # Of a new database the log would tell each step first.
    ready = {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / "unused.db"), "GMAIL_MCP_ENCRYPTION_KEY": key()}
    same(run("migrate", settings=ready).returncode, 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        fails_to_start([str(port), "in use"], arguments=("--port", port))

# Databases.
with claim("a database where there can be none is named"):
    (directory / "file").write_text("")
    fails_to_start(["database"], {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / "file" / "mail.db")})
with claim("a database with foreign tables of our names is refused, and left as it was"):
    path = directory / "foreign.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE users (name TEXT)")
        other.execute("INSERT INTO users VALUES ('somebody')")
    other.close()
    path.chmod(0o644)
    before = path.read_bytes(), path.stat().st_mode
    fails_to_start(["tables of another program"], {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(path)})
    same((path.read_bytes(), path.stat().st_mode) == before, True, "unchanged")
with claim("a file that is no database is refused, and left as it was"):
    path = directory / "letter.db"
    path.write_text("Dear diary, " * 500)
    fails_to_start(["database"], {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(path)})
    same(path.read_text(), "Dear diary, " * 500)

database = directory / "mail.db"
settings = {**google.settings(), "GMAIL_MCP_ENCRYPTION_KEY": key()}
server = Server(settings, database=database)
connection = connect(server, "user-1", "alex.morgan@gmail.example")
message = server.ask("gmail_search", connection_id=connection, query="in:inbox")["messages"][0]["id"]


def refused(answer, status, code, *names):
    same((answer.status, answer.json()["code"]), (status, code), answer.text[:300])
    body = answer.json()
    same((body["success"], bool(body["hint"])), (False, True))
    assert body["error"].endswith(".") and "\n" not in body["error"], body
    holds(body["error"], *names)


# Arguments.
with claim("an unknown argument is named"):
    refused(server.tool("gmail_search", connection_id=connection, query="x", max_result=3),
            400, "invalid_argument", "max_result")
with claim("a missing argument is named"):
    refused(server.tool("gmail_search", connection_id=connection), 400, "invalid_argument", "query")
with claim("a wrong type is named"):
    refused(server.tool("gmail_search", connection_id=connection, query={"a": 1}),
            400, "invalid_argument", "query")
    refused(server.tool("gmail_search", connection_id=connection, query="x", include_body="maybe"),
            400, "invalid_argument", "include_body")
with claim("a value out of bounds names the bound"):
    refused(server.tool("gmail_search", connection_id=connection, query="x", max_results=101),
            400, "invalid_argument", "max_results", "100")
    refused(server.tool("gmail_search", connection_id=connection, query="x", max_results=0),
            400, "invalid_argument", "max_results", "1")
with claim("a number sent as a string is understood"):
    same(len(server.ask("gmail_search", connection_id=connection, query="in:inbox",
                        max_results="1")["messages"]), 1)
with claim("an id that is a path is refused before anything is asked upstream"):
    asked = google.counters()["http_requests"]
    for bad in ("../drafts", "..", ".", "a/b", "a%2fb", "", "x" * 257, "a b", "m\u00e9"):
        refused(server.tool("gmail_get_message", connection_id=connection, message_id=bad),
                400, "invalid_argument", "message_id")
    refused(server.tool("gmail_get_attachment", connection_id=connection, message_id=message,
                        attachment_id="../../etc"), 400, "invalid_argument", "attachment_id")
    refused(server.tool("gmail_get_thread", connection_id=connection, thread_id="../x"),
            400, "invalid_argument", "thread_id")
    same(google.counters()["http_requests"], asked)
with claim("CR or LF in a subject or an address sends nothing and adds no header"):
    sent = google.counters()["sends"]
    mail = {"connection_id": connection, "to": ["a@shop.example"], "subject": "s", "body": "b"}
    for field, bad in (("subject", "hello\r\nBcc: evil@shop.example"), ("subject", "a\nb"),
                       ("to", ["a@shop.example\r\nBcc: evil@shop.example"]),
                       ("cc", ["a@shop.example\nX: y"]), ("bcc", ["b@shop.example\r"]),
                       ("to", ["not an address"]), ("to", []), ("to", ["a@b@c"])):
        refused(server.tool("gmail_send", **{**mail, field: bad}), 400, "invalid_argument")
    same(google.counters()["sends"], sent)
with claim("an attachment that is no base64, or names no source, is refused"):
    for bad in ({"filename": "a.txt", "content_base64": "%%%"}, {"filename": "a.txt"}, {}, "a.txt", 3):
        refused(server.tool("gmail_send", **mail, attachments=[bad]), 400, "invalid_argument", "attachments")

# Bodies.
with claim("a body of 40 MB is too_large, and the server goes on"):
    try:
        answer = server.request("POST", "/tools/gmail_send", b'{"body":"' + b"x" * (40 << 20) + b'"}')
        refused(answer, 413, "too_large")
    except (BrokenPipeError, ConnectionResetError):
        note("the connection was closed while the body was still being sent")
    same(server.request("GET", "/health").status, 200)
with claim("invalid UTF-8, broken JSON, an array and no body at all are each invalid_argument"):
    for body in (b'{"query":"\xff\xfe"}', b'{"query":', b"[]", b'"text"', b"3", b"{} {}"):
        refused(server.request("POST", "/tools/gmail_search", body,
                               {"Content-Type": "application/json"}), 400, "invalid_argument")
with claim("JSON nested 100,000 deep is invalid_argument, and the server goes on"):
    deep = b'{"query":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    refused(server.request("POST", "/tools/gmail_search", deep), 400, "invalid_argument")
    same(server.request("GET", "/health").status, 200)
with claim("a tool that does not exist is 404 not_found; a path, too; GET of a tool is 405"):
    refused(server.tool("gmail_serach", query="x"), 404, "not_found")
    refused(server.request("GET", "/nowhere"), 404, "not_found")
    same(server.request("GET", "/tools/gmail_search").status, 405)
with claim("no error repeats what was sent"):
    for body in ({"connection_id": connection, "query": "x", "zzz<script>": 1},
                 {"connection_id": "<script>", "query": "x"}):
        text = server.tool("gmail_search", **body).text
        assert "<script>" not in text or "zzz" in text, text
with claim("the log holds no subject, address or query of all this"):
    log = server.output()
    for word in ("evil@shop", "alex.morgan@gmail.example", "newer_than", "hello"):
        assert word not in log, word
with claim("after all that the connection still works"):
    same(server.ask("gmail_check_connection", connection_id=connection)["valid"], True)
server.stop()

with claim("a database that another key sealed: misconfigured, nobody is asked to reconnect, nothing lost"):
    other = Server({**settings, "GMAIL_MCP_ENCRYPTION_KEY": key()}, database=database)
    answer = other.tool("gmail_search", connection_id=connection, query="in:inbox")
    refused(answer, 503, "misconfigured")
    assert "connect_url" not in answer.json(), answer
    checked = other.tool("gmail_check_connection", connection_id=connection).json()
    same((checked["valid"], checked["needs_reauth"]), (False, False))
    other.stop()
    back = Server(settings, database=database)
    same(back.ask("gmail_check_connection", connection_id=connection)["valid"], True)
    back.stop()

with claim("a database it may not write is refused by name, and left as it was"):
    program, as_nobody = shutil.copy(GMAIL_MCP, directory), []
    if os.getuid() == 0:  # root may write anything: become somebody who may not
        directory.chmod(0o755)
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    database.chmod(0o444)
    ended = subprocess.run(
        [*as_nobody, program, "serve", "--transport", "http", "--port", str(free_port())],
        env=environment(**settings, GMAIL_MCP_STORAGE_SQLITE_PATH=str(database)), cwd="/",
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
    same(ended.returncode, 1, ended.stdout + ended.stderr)
    holds(ended.stdout + ended.stderr, "mail.db")
    database.chmod(0o600)
    again = Server(settings, database=database)
    same(again.ask("gmail_check_connection", connection_id=connection)["valid"], True)
    again.stop()
end()
