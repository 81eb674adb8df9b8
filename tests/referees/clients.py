"""MCP clients that other people wrote, as they come from npm and PyPI: each connects, calls, reads, listens, and goes on
after our restart, over every transport it has, or clients/expected.json says in words what it cannot do. docs/clients.md
has the table that this run makes: UPDATE_GOLDEN=1 tests/referees/run clients writes it."""

import concurrent.futures
import itertools
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import threading

from clients import table
from stage.claims import claim, end, note, same
from stage.person import add_account
from stage.programs import GMAIL_MCP, NODE_PROGRAMS, REFEREES, Sandbox, Server, directory, environment, free_port, key

FOLDER = REFEREES / "clients"
CLIENTS = {client.name: client for client in table.clients()}
TOKEN = "the-token-of-the-application"
# Only to end a hang; what is not expected to come is waited for for a moment alone.
PATIENCE, MOMENT = int(os.environ.get("CLIENTS_PATIENCE", "90")), 4
ONLY = os.environ.get("CLIENTS", "").split()  # to try some of them: names, or names with a transport (mastra/http)

google = Sandbox()
ENCRYPTION = key()


class Lane:
    """A person with a mailbox of her own and her account in a database; who is served in this lane gets a copy."""

    def __init__(self, email):
        self.email = email
        self.database = directory / f"{email}.db"
        server = Server(self.settings(self.database), database=self.database)
        self.connection = add_account(server, google, "local", email)
        server.stop()
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


def visit(name, transport, lane):
    """What the client said of each step: {step: (ok, text) or None where it has no such thing}."""
    client = CLIENTS[name]
    settings = lane.settings(lane.copy())
    server = None
    headers = {"Authorization": f"Bearer {TOKEN}"}
    task = {"transport": transport, "mode": client.mode, "connection": lane.connection,
            "patience": patience(client.why_not(transport)),
            "command": GMAIL_MCP, "args": ["serve"], "env": environment(**settings), "headers": headers,
            "port": free_port()}
    if transport != "stdio":
        server = Server({**settings, "GMAIL_MCP_SERVER_AUTH_TOKEN": TOKEN},
                        database=settings["GMAIL_MCP_STORAGE_SQLITE_PATH"])
        task["url"] = server.url + ("/mcp/sse" if transport == "sse" else "/mcp")
    seen = {}
    log = directory / f"{name.replace('/', '-')}-{transport}.log"
    home = directory / f"home-{name.replace('/', '-')}-{transport}"
    home.mkdir()
    path = os.pathsep.join([str(NODE_PROGRAMS), str(FOLDER / "node_modules" / ".bin"), os.environ["PATH"]])
    with open(log, "wb") as errors, subprocess.Popen(
            command_of(client), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=home,
            env={**environment(TASK=json.dumps(task)), "HOME": str(home), "PATH": path}) as process:
        timer = threading.Timer(3 * PATIENCE, process.kill)
        timer.start()
        try:
            for line in process.stdout:
                try:
                    said = json.loads(line)
                except ValueError:
                    continue  # some packages greet their users
                if said.get("ask") == "deliver":
                    lane.deliver()
                elif said.get("ask") == "restart":
                    server.stop()
                    server.start()
                else:
                    seen[said["step"]] = None if said.get("cannot") else (said["ok"], said.get("said") or "")
                if "ask" in said:
                    try:
                        process.stdin.write("done\n")
                        process.stdin.flush()
                    except BrokenPipeError:
                        pass
        finally:
            timer.cancel()
            process.kill()
    if server:
        server.stop()
        if '"level":"ERROR"' in server.output():
            seen["server"] = (False, server.output()[-1500:])
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
