"""MCP clients that other people wrote, as they come from npm and PyPI: each connects, calls, reads, listens, and goes on
after our restart, over every transport it has, or clients/expected.json says in words what it cannot do. docs/clients.md
has the table that this run makes: UPDATE_GOLDEN=1 tests/referees/run clients writes it."""

import concurrent.futures
import itertools
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import threading

from clients import table
from stage import web
from stage.claims import claim, end, note, same
from stage.person import add_account, consent_in
from stage.programs import (GMAIL_MCP, NODE_PROGRAMS, REFEREES, Sandbox, Server, directory, environment, free_port, key,
                            run, until)

FOLDER = REFEREES / "clients"
CLIENTS = {client.name: client for client in table.clients()}
# Only to end a hang; what is not expected to come is waited for for a moment alone.
PATIENCE, MOMENT = int(os.environ.get("CLIENTS_PATIENCE", "90")), 4
ONLY = os.environ.get("CLIENTS", "").split()  # to try some of them: names, or names with a transport (mastra/http)

google = Sandbox()
ENCRYPTION = key()


class Lane:
    """A person with a mailbox of her own, and a database with her account and her token; who is served in this lane gets
    a copy of it."""

    def __init__(self, email):
        self.email = email
        self.database = directory / f"{email}.db"
        server = Server(self.settings(self.database), database=self.database)
        self.connection = add_account(server, google, "local", email)
        # So that there is an archive to watch from the first moment on.
        server.ask("fetch_inbox", account_id=self.connection)
        server.stop()
        self.token = run("tokens", "create", "--user", "local", settings=server.settings).stdout.strip()
        self.mails = itertools.count(1)
        self.copies = itertools.count(1)

    def settings(self, database):
        return {**google.mail_settings(), "GMAIL_MCP_ENCRYPTION_KEY": ENCRYPTION,
                "GMAIL_MCP_STORAGE_SQLITE_PATH": str(database), "GMAIL_MCP_LOG_FORMAT": "json",
                "INBOX_POLL_INTERVAL_SECONDS": "3600"}

    def copy(self):
        copy = directory / f"{self.email}-{next(self.copies)}.db"
        shutil.copy(self.database, copy)
        return copy

    def deliver(self):
        google.deliver(self.email, f"News {next(self.mails)}", **{"from": "Ann <ann@shop.example>"})


def patience(why_not):
    """Seconds for each step; what they are known not to do gets a moment."""
    return {step: MOMENT if step in why_not and step.startswith("hear") else PATIENCE for step in table.STEPS}


def command_of(client):
    script, *more = client.program.split()
    if client.python:
        python = FOLDER / "python_packages" / pathlib.Path(client.python).stem / "bin" / "python"
    return [str(python if client.python else NODE_PROGRAMS / "node"), str(FOLDER / "programs" / script), *more]


def converse(process, lane, server):
    """What the program says of each step, while it is given what it asks for."""
    for line in process.stdout:
        if not line.startswith("{"):
            continue  # some packages greet their users
        said = json.loads(line)
        if "step" in said:
            yield said["step"], None if said.get("cannot") else (said["ok"], said.get("said") or "")
            continue
        if said["ask"] == "deliver":
            lane.deliver()
        else:
            yield from errors_of(server)
            server.stop()
            server.start()
        try:
            process.stdin.write("done\n")
            process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, and its last lines are read


def errors_of(server):
    """A step of its own, where the server had an error."""
    lines = [line for line in server.output().splitlines() if '"level":"ERROR"' in line] if server else []
    if lines:
        yield "server", (False, lines[0][:1000])


def sign_in(log, email, process):
    """The person opens the link that the program prints, and agrees on our page and on Google's."""
    link = re.compile(r"https?://\S+/authorize\?\S+")
    assert until(lambda: link.search(log.read_text()) or process.poll() is not None, PATIENCE), "no link to sign in"
    browser = web.Browser()
    browser.open(link.search(log.read_text())[0])
    browser.press("Continue with Google")
    consent_in(browser, email)


def visit(name, transport, lane):
    """What the client said of each step: {step: (ok, text) or None where it has no such thing}."""
    client, settings, server = CLIENTS[name], lane.settings(lane.copy()), None
    task = {"transport": transport, "mode": client.mode, "connection": lane.connection,
            "patience": patience(client.why_not(transport)),
            "command": GMAIL_MCP, "args": ["serve"], "env": environment(**settings),
            "headers": {"Authorization": f"Bearer {lane.token}"}, "port": free_port()}
    if client.signs_in:
        port = free_port()
        settings |= {**google.settings(), "GMAIL_MCP_SERVER_PUBLIC_URL": f"http://127.0.0.1:{port}",
                     "GMAIL_MCP_SERVER_SIGN_IN_ENABLED": "true",
                     "GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_ADDRESSES": lane.email,
                     "GMAIL_MCP_ARCHIVE_OAUTH": "on", "INBOX_POLL_INTERVAL_SECONDS": "5"}
        server = Server(settings, database=settings["GMAIL_MCP_STORAGE_SQLITE_PATH"], port=port)
        task |= {"headers": {}, "connection": None}
    elif transport != "stdio":
        # The application's token, which nobody here has: without one loopback is open.
        server = Server({**settings, "GMAIL_MCP_SERVER_AUTH_TOKEN": key()},
                        database=settings["GMAIL_MCP_STORAGE_SQLITE_PATH"])
    if server:
        task["url"] = server.url + ("/mcp/sse" if transport == "sse" else "/mcp")
    home = directory / f"home-{name}-{transport}"
    home.mkdir()
    log = home / "errors.log"
    path = os.pathsep.join([str(NODE_PROGRAMS), str(FOLDER / "node_modules" / ".bin"), os.environ["PATH"]])
    seen = {}
    with open(log, "wb") as errors, subprocess.Popen(
            command_of(client), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=home,
            env={**environment(TASK=json.dumps(task)), "HOME": str(home), "PATH": path}) as process:
        timer = threading.Timer(4 * PATIENCE, process.kill)
        timer.start()
        person = threading.Thread(target=sign_in, args=(log, lane.email, process), daemon=True)
        if client.signs_in:
            person.start()
        try:
            seen.update(converse(process, lane, server))
        except (RuntimeError, subprocess.TimeoutExpired) as error:  # the server did not stop, or did not start again
            seen["server"] = (False, str(error))
        finally:
            timer.cancel()
            process.kill()
    if server:
        server.stop()
        seen.update(errors_of(server))
    seen.setdefault("connect", (False, log.read_text(errors="replace")[-600:]))
    return seen


def judge(name, transport, seen):
    """One claim: everything holds but what expected.json says of it, and that does not hold."""
    client = CLIENTS[name]
    why_not = client.why_not(transport)
    with claim(f"{client.title} over {table.TRANSPORTS[transport]}: does what docs/clients.md says of it"):
        wrong = []
        for step in table.steps_over(transport):
            found, why = seen.get(step), why_not.get(step)
            if step not in seen:
                wrong.append(f"{step}: it ended before this")
            elif found is None and not why and step not in table.WITHOUT_A_WORD:
                wrong.append(f"{step}: it has no such thing, and expected.json does not say so")
            elif found is not None and found[0] and why:
                wrong.append(f"{step}: works ({found[1]}), though expected.json says: {why['why']}")
            elif found is not None and not found[0] and not why:
                wrong.append(f"{step}: {found[1]}")
        if "server" in seen:
            wrong.append(f"the server had an error of its own: {seen['server'][1]}")
        same(wrong, [])


def main():
    wanted = [(name, transport) for name, client in CLIENTS.items() for transport in client.over
              if not ONLY or name in ONLY or f"{name}/{transport}" in ONLY]
    lanes = queue.SimpleQueue()
    for email in ("alex.morgan@gmail.example", "priya.nair@gmail.example"):
        lanes.put(Lane(email))
    results = {}

    def one(which):
        lane = lanes.get()
        try:
            return visit(*which, lane)
        finally:
            lanes.put(lane)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for which, seen in zip(wanted, pool.map(one, wanted)):
            results[which] = seen
            if os.environ.get("CLIENTS_TELL"):
                for step, found in seen.items():
                    note(f"{which[0]}/{which[1]} {step}: {found}")
            judge(*which, seen)
    if not ONLY:
        with claim("docs/clients.md has the table that this run makes (UPDATE_GOLDEN=1 writes it)"):
            table.check(results)
    google.kill()
    end()


if __name__ == "__main__":
    sys.exit(main())
