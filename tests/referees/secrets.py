"""Canaries in everything that goes in: keys, tokens, passwords, codes, letters, questions, arguments,
headers, settings. Each comes back to whom it belongs, and is in no log, error, number or report."""

import base64
import os
import pathlib
import signal
import socket
import sqlite3

from cryptography.fernet import Fernet

from stage import web
from stage.canaries import Canaries
from stage.claims import claim, end, holds, note, same
from stage.mcp import Session
from stage.person import consent
from stage.programs import GMAIL_MCP, Program, Sandbox, Server, directory, free_port, key, run, until
from stage.tool_doors import CommandLine, Mcp, Rest, Stdio

ALEX, PRIYA = "alex.morgan@gmail.example", "priya.nair@gmail.example"
google, canaries = Sandbox(), Canaries()
database = directory / "mail.db"
reports = []   # (what it is, what it says) of everything that must hold no canary
answered = []  # what a tool answered to whom it worked for: here canaries belong


def report(what, text):
    reports.append((what, text if isinstance(text, bytes) else text.encode()))


def nothing_in(*kinds):
    """No canary in what was reported of these kinds, of which there is something."""
    for kind in kinds:
        found = [(what, text) for what, text in reports if what.startswith(kind)]
        assert found and any(text for _, text in found), f"nothing of {kind}"
        for what, text in found:
            same(canaries.all_in(text), [], what)


sealing = canaries.secret("encryption key", key())
canaries.secret("the bytes of the encryption key", base64.urlsafe_b64decode(sealing))
canaries.secret("client secret", google.client["GMAIL_MCP_GOOGLE_CLIENT_SECRET"])
app = {"Authorization": "Bearer " + canaries.secret("application's token")}
operator = {"Authorization": "Bearer " + canaries.secret("operator's token")}
for person in (ALEX, PRIYA):
    canaries.secret("App Password", google.app_password(person))
    canaries.secret("App Password without blanks", google.app_password(person).replace(" ", ""))
settings = {**google.settings(), **google.mail_settings(),
            "GMAIL_MCP_ENCRYPTION_KEY": sealing, "GMAIL_MCP_LOG_LEVEL": "debug",
            "GMAIL_MCP_LOG_FORMAT": "json", "GMAIL_MCP_SEND_APPROVAL": "never", "GMAIL_MCP_STORAGE_SQLITE_PATH": str(database),
            "GMAIL_MCP_PREVIOUS_ENCRYPTION_KEYS": canaries.secret("older key", key()),
            "GMAIL_MCP_SERVER_AUTH_TOKEN": app["Authorization"][7:],
            "GMAIL_MCP_SERVER_OPERATOR_TOKEN": operator["Authorization"][7:],
            "PASSWORD_OF_SOMETHING_ELSE": canaries.secret("a variable of the environment")}
server = Server(settings, database=database)
tools = server.request("GET", "/tools", headers=operator).json()["tools"]


def learn_what_is_sealed():
    """Tokens, passwords and PKCE verifiers, as only the key opens them."""
    base = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    sealed = [one for row in base.execute(
        "SELECT access_token_encrypted, refresh_token_encrypted, app_password_encrypted FROM connections "
        "UNION ALL SELECT code_verifier, NULL, NULL FROM oauth_states") for one in row if one]
    base.close()
    for one in sealed:
        canaries.secret("what is sealed in the database", Fernet(sealing.encode()).decrypt(one.encode()))
    return len(sealed)


class Caller:
    """Uses every tool through one door, rightly and wrongly."""

    def __init__(self, door):
        self.door, self.user = door, "user-" + door.name.split()[0]
        self.is_slow = isinstance(door, CommandLine)  # every call is a start
        self.worked, self.failed = set(), set()

    def private(self, what):
        return canaries.private(f"{what} ({self.door.name})")

    def ok(self, name, /, **arguments):
        worked, text, result = self.door.call(name, **arguments)
        assert worked, f"{name} over {self.door.name}: {text[-600:]}"
        self.worked.add(name)
        answered.append(text)
        return result

    def fails(self, name, worked, text, _):
        if not worked:
            self.failed.add(name)
            report(f"error of {name} over {self.door.name}", text)

    def refused(self, name, /, **arguments):
        self.fails(name, *self.door.call(name, **arguments))

    def connect(self, email):
        begun = self.ok("gmail_get_auth_url", user_id=self.user)
        assert learn_what_is_sealed(), "no PKCE verifier is stored"
        code, state = consent(begun["auth_url"], email)
        canaries.secret("OAuth code", code)
        canaries.secret("OAuth state", state)
        done = self.ok("gmail_handle_oauth_callback", code=code, state=state)
        self.refused("gmail_handle_oauth_callback", code=code, state=state)
        learn_what_is_sealed()
        return done["connection_id"]

    def letter(self):
        name, content = self.private("attachment's name") + ".txt", self.private("attachment").encode()
        return {"to": [f"{self.private('name')} <{self.private('to')}@shop.example>"],
                "cc": [self.private("cc") + "@shop.example"], "bcc": [self.private("bcc") + "@shop.example"],
                "subject": self.private("subject"), "body": self.private("body"),
                "body_html": f"<p>{self.private('HTML')}</p>", "from_name": self.private("from_name"),
                "reply_to": self.private("reply_to") + "@shop.example",
                "attachments": [{"filename": name, "content_base64": base64.b64encode(content).decode()}]}

    def use_mailbox(self, connection, email):
        subject, sender = self.private("subject that came"), self.private("sender") + "@shop.example"
        google.deliver(email, subject, **{"from": f"{self.private('sender name')} <{sender}>"})
        of = {"connection_id": connection}
        found = self.ok("gmail_search", query="subject:" + subject, include_body=True, **of)["messages"]
        message = {**of, "message_id": found[0]["id"]}
        self.ok("gmail_get_message", **message)
        self.ok("gmail_get_thread", thread_id=found[0]["thread_id"], **of)
        self.ok("gmail_list_labels", **of)
        self.ok("gmail_modify_labels", add_labels=["STARRED"], **message)
        label = self.ok("gmail_create_label", name=self.private("label"), **of)["id"]
        label = self.ok("gmail_update_label", label=label, name=self.private("new label"), **of)["id"]
        self.ok("gmail_delete_label", label=label, **of)
        self.ok("gmail_batch_modify_labels", query="subject:" + subject, remove_labels=["UNREAD"], **of)
        for name in ("gmail_archive", "gmail_trash", "gmail_untrash"):
            self.ok(name, **message)
        repeated = self.private("idempotency key")
        sent = self.ok("gmail_send", idempotency_key=repeated, **self.letter(), **of)
        self.refused("gmail_send", idempotency_key=repeated, **self.letter(), **of)  # of another letter
        self.ok("gmail_send_status", send_id=sent["send_id"])
        whole = self.ok("gmail_get_message", message_id=sent["message_id"], **of)
        self.ok("gmail_get_attachment", message_id=sent["message_id"],
                attachment_id=whole["attachments"][0]["id"], **of)
        self.ok("gmail_forward", message_id=sent["message_id"], **self.letter(), **of)
        self.ok("send_email", account_id=connection, idempotency_key=self.private("key"), **self.letter())
        for last in ("gmail_send_draft", "gmail_delete_draft"):
            draft = self.ok("gmail_create_draft", **self.letter(), **of)["draft_id"]
            self.ok("gmail_list_drafts", **of)
            # Who sends it stays as it was.
            letter = {name: value for name, value in self.letter().items() if name not in ("from_name", "reply_to")}
            draft = self.ok("gmail_update_draft", draft_id=draft, **letter, **of)["draft_id"]
            self.ok(last, draft_id=draft, **of)
        of = {"account_id": connection}
        self.ok("fetch_inbox", **of)
        self.ok("search_emails", query=subject, **of)
        self.ok("get_emails", email=sender, **of)
        self.ok("get_contact", email=sender, **of)
        self.ok("list_conversations", **of)
        self.ok("gmail_check_connection", connection_id=connection)

    def use_everything(self):
        written = directory / ".gmail_mcp/config.yaml" if self.door.name == "stdio" else \
            directory / "gmail_config.yaml"
        self.ok("gmail_init_config", google_client_id="id", google_client_secret=canaries.secret("a new secret"))
        self.refused("gmail_init_config", google_client_secret=canaries.secret("a second secret"))
        written.unlink()
        for name in ("gmail_check_setup", "gmail_test_connection", "gmail_run_migrations"):
            self.ok(name)
        connection = self.connect(ALEX)
        account = self.ok("add_gmail_account", user_id=self.user, email=PRIYA,
                          app_password=google.app_password(PRIYA))["account_id"]
        self.ok("gmail_list_connections", user_id=self.user)
        self.ok("list_gmail_accounts", user_id=self.user)
        self.use_mailbox(connection, ALEX)
        if not self.is_slow:
            self.use_mailbox(account, PRIYA)
        self.ok("gmail_disconnect", connection_id=connection, keep_archive=True)
        self.ok("remove_gmail_account", account_id=account)

    def misuse_everything(self):
        for tool in tools:
            name, kinds = tool["name"], tool["input_schema"]["properties"]
            told = {one: self.private(one) for one in kinds if one != "user_id"}
            self.refused(name, **told, unheard_of=self.private("an unknown argument"))
            if self.is_slow and tool is not tools[0]:
                continue
            self.fails(name, *self.door.malformed(name, '{"query": "' + self.private("broken JSON")))
            self.refused(name, **told)
            self.refused(name, **{one: {"a": self.private(one)} for one in told})
            self.refused(name, **{**told, "attachments": [{"content_base64": "%" + self.private("no base64")}]})
            secret = canaries.secret("App Password, code and state of nobody")
            asked = {one: secret for one in kinds if one in ("app_password", "code", "state")}
            if asked:
                self.refused(name, **asked)


callers = [Caller(door) for door in (Rest(server, operator), Mcp(server, operator), Stdio(settings),
                                     CommandLine(settings))]
for caller in callers:
    with claim(f"{caller.door.name}: every tool works once, and fails once"):
        caller.use_everything()
        caller.misuse_everything()
        same([t["name"] for t in tools if t["name"] not in caller.worked & caller.failed], [])
note(f"{len(canaries)} canaries by now")

with claim("the canaries can be met: who owns mail is given it, its attachments in base64, too"):
    belong = [f"{what} ({caller.door.name})" for caller in callers for what in (
        "subject", "body", "HTML", "attachment", "attachment's name", "to", "cc", "sender")]
    same(canaries.names_in("\n".join(answered), *belong), sorted(belong))

# What fails behind a server that is rightly asked, and by itself.
rest = callers[0]
connection = rest.connect(ALEX)
account = rest.ok("add_gmail_account", user_id="u", email=PRIYA,
                  app_password=google.app_password(PRIYA))["account_id"]
echo = canaries.private("what a mail server says") + " " + google.app_password(PRIYA)
for rule in ({"match": "*", "then": {"status": 500}}, {"match": "*", "then": {"cut": "mid_body"}},
             {"match": "imap.*", "then": {"reply": "NO " + echo}},
             {"match": "imap.*", "then": {"reply": "BAD " + echo}},
             {"match": "smtp.RCPT", "then": {"reply": "550 5.1.1 " + echo}},
             {"match": "smtp.AUTH", "then": {"reply": "535 5.7.8 " + echo}},
             {"match": "smtp.body", "then": {"reply": "554 5.6.0 " + echo}}):
    google.faults({**rule, "times": 3}, drop_imap_connections=[PRIYA])
    for of in (connection, account):
        rest.refused("gmail_send", connection_id=of, **rest.letter())
        rest.refused("gmail_search", connection_id=of, query=rest.private("query while Google fails"))
google.faults({"match": "token", "times": 2, "then": {"status": 400}}, expire_access_tokens=[ALEX])
rest.refused("gmail_search", connection_id=connection, query=rest.private("query while tokens fail"))
google.faults(revoke=[ALEX], revoke_app_passwords=[PRIYA])
for of in (connection, account):
    rest.refused("gmail_search", connection_id=of, query=rest.private("query after the end"))
google.faults()
wrong = canaries.secret("a mistyped App Password", base64.b32encode(key().encode())[:16].decode().lower())
rest.refused("add_gmail_account", user_id="u", email=ALEX, app_password=wrong)

# The doors themselves.
def asked(method, path, body=None, headers=None):
    answer = server.request(method, path, body, headers)
    report(f"answer to {method} {path.partition('?')[0]}", f"{answer.headers} {answer.text}")


with claim("who knocks with anything else is refused, and it is not repeated"):
    for header, value in (("Authorization", "Bearer {}"), ("Authorization", "Basic {}"),
                          ("Authorization", "{}"), ("Cookie", "gmail_mcp_flow={}"), ("Host", "{}.example"),
                          ("Origin", "https://{}.example"), ("X-Gmail-MCP-User", "{}\x01"),
                          ("Mcp-Session-Id", "{}"), ("MCP-Protocol-Version", "{}")):
        headers = {**app, header: value.format(canaries.secret("header " + header))}
        for method, path in (("POST", "/tools/gmail_search"), ("GET", "/metrics"), ("POST", "/mcp"),
                             ("GET", "/oauth/start?state=x")):
            asked(method, path, "{}" if method == "POST" else None, headers)
    for path in ("/tools", "/metrics", "/accounts", "/mcp", "/health", "/nowhere", "/oauth/start",
                 "/oauth/password", "/oauth/callback"):
        for name in ("state", "code", "token", "access_token", "error"):
            asked("GET", f"{path}?{name}={canaries.secret('query of ' + path)}")
    asked("GET", f"/oauth/callback?state={canaries.secret('state')}&code={canaries.secret('code')}")
    asked("GET", f"/oauth/callback?state={canaries.secret('state')}&error={canaries.secret('error')}")
    asked("POST", "/tools/" + canaries.private("a tool's name"), {}, app)
    for path in ("/oauth/start", "/oauth/password"):
        asked("POST", path, "&".join(f"{name}={canaries.secret('form')}" for name in (
            "state", "token", "code", "app_password")), {"Content-Type": "application/x-www-form-urlencoded"})
    for head in ("{}", "GET /{} HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\n{}\r\n\r\n", "POST /mcp HTTP/1.1\r\n"
                 "Host: x\r\nTransfer-Encoding: {}\r\n\r\n", "GET /{}\x01 HTTP/1.1\r\nHost: x\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=300) as raw:
            raw.sendall(head.format(canaries.secret("broken HTTP")).encode())
            raw.shutdown(socket.SHUT_WR)
            report("answer to broken HTTP", b"".join(iter(lambda: raw.recv(65536), b"")) or b"-")
with claim("a mistyped App Password is not shown on the page"):
    page = web.Browser()
    page.open(server.request("POST", "/accounts", {"user_id": "u", "email": ALEX}, app).json()["connect_url"])
    shown = page.press("Connect", app_password=wrong[::-1])
    canaries.secret("what the person typed", wrong[::-1])
    same(shown.status, 400)
    report("answer to her", shown.body)
with claim("no error repeats what was asked for, and none of them tells it to others"):
    nothing_in("error of", "answer to")

# What the operator looks at.
mcp = Session(server, operator)
for path in ("/metrics", "/health", "/health/live", "/health/ready", "/openapi.json"):
    report("report " + path, server.request("GET", path, headers=app).body)
for uri in ("config://status", "config://schema"):
    report("report " + uri, mcp.post("resources/read", {"uri": uri}).body)
report("report of gmail_check_setup", rest.door.call("gmail_check_setup")[1])
for words in (["validate"], ["validate", "--json"], ["health"], ["health", "--url", server.url, "--json"],
              ["connections", "test", connection], ["migrate", "--dry-run"]):
    ended = run(*words, settings=settings)
    report("report of " + " ".join(words), ended.stdout + ended.stderr)
with claim("/metrics, health, config://status, validate and the checks hold none"):
    nothing_in("report")
same(callers[2].door.close(), 0, "status of serve over stdio")
server.stop()
report("log of serve over HTTP", server.log.read_bytes())
report("log of serve over stdio", callers[2].door.log.read_bytes())
report("log of the command line", "".join(callers[3].door.said))
with claim("no log holds one, at level debug"):
    for what, text in reports[-3:-1]:
        assert text.count(b'"tool_call"') > 200, f"{what}: {text[-500:]}"
    nothing_in("log")
with claim("the audit table has every call, and holds none"):
    base = sqlite3.connect(database)
    rows = base.execute("SELECT * FROM audit").fetchall()
    base.close()
    assert {row[6] for row in rows} >= {tool["name"] for tool in tools}, rows[:3]
    same(canaries.all_in(repr(rows)), [])
with claim("the database's files have the addresses of mail, and no secret"):
    files = b"".join(path.read_bytes() for path in directory.glob("mail.db*"))
    same(canaries.names_in(files, "sender (REST)"), ["sender (REST)"])
    same(canaries.secrets_in(files), [])


def fatal(what, changed=None, words=(), about=""):
    """Does not start for what is wrong in what holds a canary, and does not repeat it."""
    ended = run("serve", "--transport", "http", "--port", free_port(), *words, settings={
        **settings, "GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / "unused.db"), **(changed or {})})
    same(ended.returncode, 1, what)
    holds(ended.stdout + ended.stderr, about)
    report("fatal start: " + what, ended.stdout + ended.stderr)


def file_of(name, text):
    (directory / name).write_text(text)
    return directory / name


with claim("a start that fails for a wrong setting does not repeat it"):
    for name in ("ENCRYPTION_KEY", "PREVIOUS_ENCRYPTION_KEYS", "MAIL_IMAP_PORT", "LOG_LEVEL", "STORAGE_TYPE",
                 "SERVER_REQUIRE_USER", "OAUTH_STATE_TTL_SECONDS", "MAIL_IMAP_TLS"):
        fatal(name, {"GMAIL_MCP_" + name: canaries.secret("wrong " + name)}, about="The setting")
    fatal("DATABASE_URL", {"DATABASE_URL": "oracle://u:" + canaries.secret("password of a URL") + "@h/d"})
    for text in ("google:\n  client_secret: [%s\nserver: {port: 1\n", "encryption_key: '%s\n",
                 "google:\n  client_secret: {a: %s}\n", "oauth_state_ttl_seconds: %s\n", "encryption_key: %s\n",
                 "google:\n  client_secert: %s\n", "%s", "- %s\n", "google: %s\n", "a: &x\n  b: *%s\n"):
        fatal("YAML", {"GMAIL_MCP_ENCRYPTION_KEY": ""}, about="secrets.yaml", words=(
            "--config", file_of("secrets.yaml", text % canaries.secret("YAML"))))
    fatal("env file", words=("--env-file", file_of(
        "secrets.env", f"GMAIL_MCP_OAUTH_STATE_TTL_SECONDS={canaries.secret('env file')}\n")))
    fatal("key file", {"GMAIL_MCP_ENCRYPTION_KEY": "", "GMAIL_MCP_ENCRYPTION_KEY_FILE": str(
        file_of("key", canaries.secret("key file")))})
    fatal("TLS key", words=("--tls-cert", file_of("cert.pem", "x"), "--tls-key", file_of(
        "key.pem", "-----BEGIN PRIVATE KEY-----\n" + canaries.secret("TLS key"))))
    nothing_in("fatal start")


def crash(number, *words, ready=None):
    """Ends a program by the signal, in a folder of its own and with no limit of ours on core files:
    whether the kernel dumped it, its limit, and the files that lie there."""
    where = directory / f"crash-{len(list(directory.glob('crash-*')))}"
    where.mkdir()
    program = Program("crash", ["sh", "-c", 'cd "$0" && ulimit -S -c "$(ulimit -H -c)" && exec "$@"', where,
                                *words], settings, ready)
    of_process = pathlib.Path(f"/proc/{program.process.pid}")
    # By its name: before the shell's there was another one, for a moment.
    name = pathlib.Path(words[0]).name[:15]
    assert until(lambda: (of_process / "comm").read_text() == f"{name}\n"), (of_process / "comm").read_text()
    limit = (of_process / "limits").read_text().split("Max core file size")[1]
    program.process.send_signal(number)
    ended = until(lambda: os.waitid(os.P_PID, program.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
    same(program.process.wait(300), -number)
    return ended.si_code == os.CLD_DUMPED, limit.split()[:2], sorted(where.iterdir())


with claim("a crash leaves no core file, and no program is handed one, whatever the shell allows"):
    for number in (signal.SIGABRT, signal.SIGSEGV):
        port = free_port()
        same(crash(number, GMAIL_MCP, "serve", "--transport", "http", "--port", port,
                   ready=f"http://127.0.0.1:{port}/health"), (False, ["1", "1"], []))
dumps, _, left = crash(signal.SIGABRT, "sleep", "600")
if left:
    with claim("… while that of any other program is there, with its secrets in it"):
        holds(canaries.secrets_in(left[0].read_bytes()), "encryption key", "a variable of the environment")
else:
    note("core_pattern leaves no file in the folder" + ("" if dumps else ", and dumps are forbidden here"))
end()
