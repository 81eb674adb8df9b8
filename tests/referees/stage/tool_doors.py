"""The four ways to call a tool, with one face: `call(name, **arguments)` and `malformed(name, text)`
return whether it worked, everything that was said, and the result."""

import json
import subprocess

from .mcp import Session, message
from .messages import keep
from .programs import GMAIL_MCP, directory, environment, run

OPENING = {"protocolVersion": "2025-11-25", "capabilities": {},
           "clientInfo": {"name": "referee", "version": "1"}}


def _told(worked, text, result):
    """A tool that answers success=false has failed, too."""
    return worked and result.get("success") is not False, text, result


def _rpc(answer, text):
    result = answer.get("result") or {}
    return _told("result" in answer and not result.get("isError"), text, result.get("structuredContent") or {})


class Rest:
    name = "REST"

    def __init__(self, server, headers):
        self.server, self.headers = server, headers

    def call(self, name, /, **arguments):
        return self.malformed(name, json.dumps(arguments))

    def malformed(self, name, text):
        answer = self.server.request("POST", f"/tools/{name}", text,
                                     {**self.headers, "Content-Type": "application/json"})
        return _told(answer.status == 200, answer.text, answer.json())


class Mcp:
    name = "MCP"

    def __init__(self, server, headers):
        self.server, self.session = server, Session(server, headers)

    def call(self, name, /, **arguments):
        answer = self.session.post("tools/call", {"name": name, "arguments": arguments})
        return _rpc(message(answer), answer.text)

    def malformed(self, name, text):
        body = '{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"%s","arguments":%s}}'
        answer = self.server.request("POST", "/mcp", body % (name, text), self.session.headers)
        return _rpc(message(answer), answer.text)


class Stdio:
    """`gmail-mcp serve` as an editor runs it. What it logs is in the file `log`."""

    name = "stdio"

    def __init__(self, settings):
        self.log = directory / "stdio.log"
        with open(self.log, "wb") as log:
            # Ended by close() or, if the referee fails before, by the end of its standard input.
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                [GMAIL_MCP, "serve"], cwd=directory, env=environment(**settings),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self.id = 0
        self.asked = self.said = ""  # the whole conversation
        self.ask("initialize", OPENING)
        self._write('{"jsonrpc":"2.0","method":"notifications/initialized"}')

    def _write(self, line):
        self.asked += line + "\n"
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def _answer(self, wanted):
        for line in self.process.stdout:
            self.said += line.decode()
            said = json.loads(line)
            if said.get("id") == wanted and "method" not in said:
                return said
        raise RuntimeError("stdio ended: " + self.log.read_text(errors="replace")[-1000:])

    def ask(self, method, params):
        self.id += 1
        self._write(json.dumps({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}))
        return self._answer(self.id)

    def call(self, name, /, **arguments):
        answer = self.ask("tools/call", {"name": name, "arguments": arguments})
        return _rpc(answer, json.dumps(answer, ensure_ascii=False))

    def malformed(self, name, text):
        """`text` breaks the line it is in, so the answer has no id."""
        self._write('{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"%s","arguments":%s}}'
                    % (name, text))
        answer = self._answer(None)
        return _rpc(answer, json.dumps(answer, ensure_ascii=False))

    def close(self):
        """Its exit status."""
        self.process.stdin.close()
        self.process.stdout.read()
        keep({"stdio": True, "asked": self.asked, "answer": self.said})
        return self.process.wait(15)


class CommandLine:
    """What every run said on standard error is kept in `said`: the log and the error objects."""

    name = "command line"

    def __init__(self, settings):
        self.settings, self.said = settings, []

    def call(self, name, /, **arguments):
        return self.malformed(name, json.dumps(arguments))

    def malformed(self, name, text):
        ended = run("tool", name, text, settings=self.settings)
        self.said.append(ended.stderr)
        worked = ended.returncode == 0
        return _told(worked, ended.stdout + ended.stderr, json.loads(ended.stdout) if worked else {})
