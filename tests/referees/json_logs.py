"""Every line that `serve` writes with JSON logs is an object, whatever happens to it: `jq -e .` takes
them all, those of a start that fails, too."""

import json
import os
import pty
import shutil
import signal
import socket
import sqlite3
import subprocess

from stage import web
from stage.claims import claim, end, holds, same
from stage.person import connect
from stage.programs import (GMAIL_MCP, Program, Sandbox, Server, directory, environment, free_port, key,
                            run, until)

EMAIL = "alex.morgan@gmail.example"
# What jq says of the log goes where the log would, and then its exit status.
PIPE = 'exec "$@" > >(jq -e -c --unbuffered .; echo "jq $?") 2>&1'
google = Sandbox()


class Piped(Server):
    """`serve … 2>&1 | jq -e .`"""

    def start(self):
        Program.__init__(self, "piped", ["bash", "-c", PIPE, "serve", GMAIL_MCP, "serve", "--transport", "http",
                                         "--port", self.port, *self.flags], self.settings, self.url + "/health")

    def lines(self):
        """All of the log, when it is over and jq has taken it."""
        assert until(lambda: self.output().endswith(("jq 0\n", "jq 2\n", "jq 4\n", "jq 5\n"))), self.output()[-500:]
        *lines, status = self.output().splitlines()
        same(status, "jq 0", self.output()[-500:])
        return objects("\n".join(lines))


def objects(text):
    """One object of the log in each line, as jq has them, in UTF-8."""
    text = text if isinstance(text, bytes) else text.encode()
    text.decode()
    done = subprocess.run(["jq", "-e", "-c", "."], input=text, capture_output=True, check=False)
    same((done.returncode, done.stderr), (0, b""), text[:300])
    found = [json.loads(line) for line in done.stdout.splitlines()]
    same(len(found), len(text.splitlines()), "lines")
    for one in found:
        assert {"timestamp", "level", "message"} <= set(one), one
    return found


odd = directory / "a \"name\"\n\x1b \\ \udcff.db"  # of the last byte no UTF-8 can be made
with claim("a run of calls, refusals, failures and SIGTERM: jq takes each line, of every level"):
    server = Piped({**google.settings(), **google.mail_settings(), "GMAIL_MCP_LOG_LEVEL": "debug",
                    "GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED": "true"}, database=odd)
    connection = connect(server, "user-1", EMAIL)
    server.ask("add_gmail_account", user_id="u", email=EMAIL, app_password=google.app_password(EMAIL))
    google.faults(expire_access_tokens=[EMAIL])
    server.ask("gmail_search", connection_id=connection, query="in:inbox")
    google.faults({"match": "token", "times": 9, "then": {"status": 503}}, expire_access_tokens=[EMAIL])
    same(server.tool("gmail_search", connection_id=connection, query="x").status, 503)
    google.faults(revoke=[EMAIL], revoke_app_passwords=[EMAIL], drop_imap_connections=[EMAIL])
    same(server.tool("gmail_search", connection_id=connection, query="x").status, 409)
    for body in (b"\xff{", b"{}", b'{"query":"\\ud800"}'):
        server.request("POST", "/tools/gmail_search", body)
    server.request("GET", "/oauth/callback?state=%00%FF%22&code=%0A")
    with socket.create_connection(("127.0.0.1", server.port)) as broken:
        broken.sendall(b"\x16\x03\x01 \xff\r\n\r\n")
        broken.recv(1000)
    same(server.stop(), 0)
    lines = server.lines()
    holds({one["message"] for one in lines}, "listening", "tool_call", "oauth_finished", "stopping")
    same({"DEBUG", "INFO", "WARNING"} - {one["level"] for one in lines}, set())
with claim("SIGHUP, with a certificate that can be read and with one that cannot: both are a line"):
    pem = directory / "server.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout",
                    pem, "-out", directory / "cert.pem"], check=True, capture_output=True)
    with open(pem, "ab") as both:
        both.write((directory / "cert.pem").read_bytes())
    server = Piped({"GMAIL_MCP_SERVER_TLS_CERT": str(pem), "GMAIL_MCP_SERVER_TLS_KEY": str(pem)})
    for text, said in ((pem.read_bytes(), "tls_reloaded"), (b"no PEM", "tls_not_reloaded")):
        pem.write_bytes(text)
        server.process.send_signal(signal.SIGHUP)
        assert until(lambda: said in server.output()), server.output()[-500:]
    same(server.stop(), 0)
    same({one["message"]: one["level"] for one in server.lines()}["tls_not_reloaded"], "ERROR")
with claim("over stdio both streams are JSON: the protocol and, apart from it, the log"):
    ended = run("serve", settings={"GMAIL_MCP_LOG_FORMAT": "json"}, stdin="no JSON\n[]\n{}\n")
    same(ended.returncode, 0, ended.stderr)
    objects(ended.stderr)
    for line in ended.stdout.splitlines():
        same(json.loads(line)["jsonrpc"], "2.0")


# Starts that fail.
def file_of(name, text):
    (directory / name).write_text(text)
    return str(directory / name)


foreign = directory / "foreign.db"
with sqlite3.connect(foreign) as base:
    base.execute("CREATE TABLE users (name TEXT)")
base.close()
shutil.copy(foreign, str(odd) + "2")
taken = socket.create_server(("127.0.0.1", 0))
HTTP = ("--transport", "http")
STARTS = {
    "a setting that is none": (HTTP, {"GMAIL_MCP_SERVER_REQUIRE_USER": "perhaps\n\"so\""}),
    "a key of the wrong length": (HTTP, {"GMAIL_MCP_ENCRYPTION_KEY": "short"}),
    "a log format there is not": (HTTP, {"GMAIL_MCP_LOG_FORMAT": "yaml"}),
    "broken YAML": ((*HTTP, "--config", file_of("broken.yaml", "google: [")), {}),
    "an unknown key in a file of an odd name": ((*HTTP, "--config", file_of("un\"known\n.yaml", "a: 1")), {}),
    "no such configuration file": ((*HTTP, "--config", "absent.yaml"), {}),
    "no such env file": ((*HTTP, "--env-file", "absent.env"), {}),
    "a port in use": ((*HTTP, "--port", str(taken.getsockname()[1])), {}),
    "a database of another program": (HTTP, {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(foreign)}),
    "… of a name that is no UTF-8": (HTTP, {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(odd) + "2"}),
    "a file that is no database": (HTTP, {"GMAIL_MCP_STORAGE_SQLITE_PATH": file_of("letter", "Dear diary, " * 500)}),
    "no such certificate": ((*HTTP, "--tls-cert", "absent.pem", "--tls-key", "absent.pem"), {}),
    "a certificate without its key": ((*HTTP, "--tls-cert", "absent.pem"), {}),
    "an unknown option": ((*HTTP, "--no-such-option=x"), {}),
    "an unknown transport": (("--transport", "smoke"), {}),
    "an option without its value": (("--transport=http", "--port"), {}),
    "over stdio, a setting that is none": ((), {"GMAIL_MCP_LOG_LEVEL": "loud"}),
    "over stdio, an unknown option": (("--no-such-option",), {}),
}


def start_of(words, changed):
    return [GMAIL_MCP, "serve", *words], environment(**{
        "GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_LOG_FORMAT": "json", "GMAIL_MCP_SERVER_PORT": str(free_port()),
        "GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / "unused.db"), **changed})


for what, start in STARTS.items():
    with claim(f"{what}: the start fails, and says why in JSON alone"):
        command, settings = start_of(*start)
        ended = subprocess.run(command, env=settings, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=300, check=False)
        over_http = any("http" in word for word in start[0])
        log, other = (ended.stdout, ended.stderr) if over_http else (ended.stderr, ended.stdout)
        same(other, b"", "the other stream")
        said = objects(log)
        same((ended.returncode in (1, 2), said[-1]["level"]), (True, "ERROR"), said)
        assert said[-1]["remedy"] and said[-1]["code"], said
with claim("on a terminal, too, where JSON is asked for; where nothing is asked for it is for people"):
    for asked, is_json in (("json", True), ("auto", False)):
        for what in ("broken YAML", "an unknown option", "a port in use"):
            command, settings = start_of(*STARTS[what])
            reader, terminal = pty.openpty()
            subprocess.run(command, env={**settings, "GMAIL_MCP_LOG_FORMAT": asked}, cwd=directory, timeout=300,
                           stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, check=False)
            text = os.read(reader, 65536).decode()
            os.close(terminal)
            os.close(reader)
            same(text.startswith("{"), is_json, text)
            if is_json:
                objects(text.replace("\r\n", "\n"))
taken.close()
google.kill()
end()
