"""Starts the programs a referee needs, on free ports and in a directory of its own, and takes them
down again, however the referee ends."""

import atexit
import base64
import imaplib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from . import messages, web

REFEREES = pathlib.Path(__file__).resolve().parent.parent
REPOSITORY = REFEREES.parent.parent
BUILD_ROOT = pathlib.Path(os.environ.get("BUILD_ROOT") or REPOSITORY / "build").resolve()
GMAIL_MCP = os.environ.get("GMAIL_MCP") or str(BUILD_ROOT / "release" / "gmail-mcp")
NODE_PROGRAMS = REFEREES / "node_modules" / ".bin"

directory = pathlib.Path(tempfile.mkdtemp(prefix="gmail-mcp-referee-"))
_running = []


def _take_down():
    for program in reversed(_running):
        program.kill()
    shutil.rmtree(directory, ignore_errors=True)


atexit.register(_take_down)
for _signal in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_signal, lambda number, _: sys.exit(128 + number))


class _Ports:
    """Ports for this referee alone: a range that no other referee on the machine has, below those that the kernel
    gives to whoever asks for any. So a port is still free when the program it was meant for binds it."""

    first, each, ranges = 12_000, 200, 100

    def __init__(self):
        self.next = None

    def _take_range(self):
        for number in range(self.ranges):
            self.owner = socket.socket(socket.AF_UNIX)
            try:
                self.owner.bind(f"\0gmail-mcp-referee-{number}")  # ends with this process, however that ends
            except OSError:
                self.owner.close()
                continue
            self.next = self.first + number * self.each
            self.end = self.next + self.each
            return
        raise RuntimeError("a hundred referees run already")

    def free(self, host):
        if self.next is None:
            self._take_range()
        while self.next < self.end:
            self.next += 1
            with socket.socket() as probe:
                try:
                    probe.bind((host, self.next - 1))
                    return self.next - 1
                except OSError:
                    pass  # some other program's
        raise RuntimeError(f"all {self.each} ports have been used")


_ports = _Ports()


def free_port(host="127.0.0.1"):
    """One that nobody uses, and no other referee will."""
    return _ports.free(host)


def own_address():
    """An address of this machine that is not loopback; "127.0.0.1" if it has none."""
    words = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout
    return next((word for word in words.split() if "." in word), "127.0.0.1")


def until(condition, seconds=120, every=0.05):
    """Polls until `condition()` is true and returns it; the last false answer after the time, which is there
    only to end a hang: a busy machine must not reach it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(every)


def answers(url):
    """Whether anything answers there."""
    try:
        return web.request("GET", url, timeout=20)
    except OSError:
        return None


def key():
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def environment(**settings):
    """What a program sees: nothing of the machine's settings, and these."""
    return {"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8", **settings}


class Program:
    """A process whose output goes to a file (`log`)."""

    def __init__(self, name, command, settings=None, ready=None):
        self.name, self.command = name, [str(word) for word in command]
        self.log = directory / f"{name}-{len(_running)}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                cwd=directory, env=environment(**(settings or {})))
        _running.append(self)
        if ready and not until(lambda: self.process.poll() is not None or answers(ready)):
            raise RuntimeError(f"{name} does not answer {ready}: {self.output()[-1500:]}")
        if ready and self.process.poll() is not None:
            raise RuntimeError(f"{name} ended with {self.process.returncode}: {self.output()[-1500:]}")

    def output(self):
        return self.log.read_text(errors="replace")

    def stop(self, seconds=120):
        """Asks it to end, as an operator would; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(seconds)

    def kill(self):
        """kill -9: no goodbye of any kind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def run(*arguments, settings=None, stdin=None, seconds=300):
    """Runs `gmail-mcp …` to its end."""
    return subprocess.run([GMAIL_MCP, *map(str, arguments)], input=stdin, capture_output=True,
                          text=True, timeout=seconds, cwd=directory,
                          env=environment(**(settings or {})), check=False)


class Sandbox(Program):
    """The simulated Google, as a process of its own: it outlives servers that are killed."""

    client = {"GMAIL_MCP_GOOGLE_CLIENT_ID": "sandbox-client.apps.googleusercontent.com",
              "GMAIL_MCP_GOOGLE_CLIENT_SECRET": "sandbox-secret"}

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.imap_port, self.smtp_port = free_port(), free_port()
        super().__init__("sandbox", [GMAIL_MCP, "sandbox", "--port", self.port, "--imap-port",
                                     self.imap_port, "--smtp-port", self.smtp_port],
                         ready=self.url + "/sandbox/counters")

    def settings(self, url=None):
        """What a server needs to take it (or a proxy before it) for Google."""
        url = url or self.url
        return {**self.client,
                "GMAIL_MCP_GOOGLE_AUTH_URL": url + "/o/oauth2/v2/auth",
                "GMAIL_MCP_GOOGLE_TOKEN_URL": url + "/token",
                "GMAIL_MCP_GOOGLE_REVOKE_URL": url + "/revoke",
                "GMAIL_MCP_GOOGLE_USERINFO_URL": url + "/v1/userinfo",
                "GMAIL_MCP_GOOGLE_API_URL": url}

    def mail_settings(self):
        """What a server needs to read and send by its IMAP and SMTP."""
        return {"GMAIL_IMAP_HOST": "127.0.0.1", "GMAIL_IMAP_PORT": str(self.imap_port),
                "GMAIL_MCP_MAIL_IMAP_TLS": "none", "GMAIL_SMTP_HOST": "127.0.0.1",
                "GMAIL_SMTP_PORT": str(self.smtp_port), "GMAIL_MCP_MAIL_SMTP_TLS": "none"}

    def app_password(self, email):
        accounts = web.request("GET", self.url + "/sandbox/accounts").json()
        return next(one["app_password"] for one in accounts if one["email"] == email)

    def inbox_subjects(self, email):
        """What Python's imaplib sees in the INBOX."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port) as mailbox:
            mailbox.login(email, self.app_password(email))
            mailbox.select("INBOX", readonly=True)
            _, found = mailbox.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        return [part[1].decode().partition(":")[2].strip() for part in found if isinstance(part, tuple)]

    def counters(self):
        return web.request("GET", self.url + "/sandbox/counters").json()

    def reset_counters(self):
        web.request("DELETE", self.url + "/sandbox/counters")

    def faults(self, *rules, **switches):
        """From now on these, and no earlier ones: see POST /sandbox/faults."""
        web.request("DELETE", self.url + "/sandbox/faults")
        if rules or switches:
            self._post("faults", {"rules": list(rules), **switches})

    def await_held(self, name, count=1):
        """Returns when so many requests of this name stand still there."""
        assert until(lambda: self.counters()["held"].get(name, 0) >= count, every=0.01), f"{name}: {self.counters()}"

    def let_go(self, *rules):
        """Whoever is held goes on, and meets these rules, too."""
        self._post("faults", {"rules": list(rules), "let_go": True})

    def deliver(self, to, subject, **more):
        """A mail arrives; the fields of POST /sandbox/deliver."""
        self._post("deliver", {"to": to, "subject": subject, "text": f"About {subject}.", **more})

    def _post(self, path, body):
        answer = web.request("POST", f"{self.url}/sandbox/{path}", body)
        assert answer.status < 300, f"sandbox/{path}: {answer}"


_servers = []  # of databases: one for all of a referee


def own_storage(file):
    """Settings that name an empty database. REFEREE_STORAGE=postgres: of a PostgreSQL server instead of this file."""
    if os.environ.get("REFEREE_STORAGE", "sqlite") == "sqlite":
        return {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(file)}
    from .postgres import Postgres  # which imports this file
    if not _servers:
        _servers.append(Postgres())
    name = f"of_{file.stem}"
    _servers[0].query(f"CREATE DATABASE {name}", "postgres")
    return {"DATABASE_URL": _servers[0].url.replace("/gmail", f"/{name}")}


class Server(Program):
    """`gmail-mcp serve --transport http`, with a database of its own unless one is given."""

    def __init__(self, settings, host="127.0.0.1", address=None, database=None, flags=(), port=None, within=()):
        """`within`: a command that runs the server, such as prlimit with its arguments."""
        self.host, self.port = host, port or free_port(host)
        scheme = "https" if "GMAIL_MCP_SERVER_TLS_CERT" in settings else "http"
        self.url = f"{scheme}://{address or host}:{self.port}"
        self.settings = {"GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_LOG_FORMAT": "json",
                         **({"GMAIL_MCP_STORAGE_SQLITE_PATH": str(database)} if database else
                            own_storage(directory / f"{self.port}.db")),
                         **settings}
        self.flags, self.within = flags, within
        self.headers = {}  # sent with every call
        self.start()

    def start(self):
        super().__init__("server", [*self.within, GMAIL_MCP, "serve", "--transport", "http", "--host", self.host,
                                    "--port", self.port, *self.flags],
                         self.settings, ready=self.url + "/health")

    def request(self, method, path, body=None, headers=None, timeout=300):
        sent = {**self.headers, **(headers or {})}
        answer = web.request(method, self.url + path, body, sent, timeout)
        messages.keep_exchange(path, sent, body, answer)
        return answer

    def tool(self, name, /, headers=None, timeout=300, **arguments):
        return self.request("POST", f"/tools/{name}", arguments, headers, timeout)

    def ask(self, name, /, **arguments):
        """The result of a tool that must succeed."""
        answer = self.tool(name, **arguments)
        assert answer.status == 200, f"{name}: {answer}"
        return answer.json()


def node(script, settings=None, seconds=800):
    """Runs a Node program that prints claims of its own; its exit status."""
    sys.stdout.flush()
    keeping = {"GMAIL_MCP_MESSAGES": messages.FILE} if messages.FILE else {}
    return subprocess.run([NODE_PROGRAMS / "node", "--import", REFEREES / "stage" / "messages.mjs", REFEREES / script],
                          timeout=seconds, check=False, stdin=subprocess.DEVNULL,
                          env=environment(**keeping, **(settings or {}))).returncode


def seal(text):
    """base64url, as Gmail wants mail."""
    return base64.urlsafe_b64encode(text.encode() if isinstance(text, str) else text).decode().rstrip("=")


def as_json(value):
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
