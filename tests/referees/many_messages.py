"""Ten thousand ordinary messages and two hundred of a megabyte over every transport, with one gigabyte of memory for
the program: each is answered as the first was. And stdio that has to give up says so."""

import concurrent.futures
import json
import resource
import socket

from stage import web
from stage.claims import claim, end, holds, note, same
from stage.mcp import Session
from stage.programs import Sandbox, Server
from stage.tool_doors import Stdio

GIGABYTE = 1 << 30
# Of each transport: how many messages of how many bytes.
SIZES = [(10_000, 6_000), (200, 1_000_000)]
AT_ONCE = 25  # sent before the first answer is read
CONNECTIONS = 2

TOOL = "gmail_get_message"
SENTENCE = "The argument message_id is not an id."  # judged when all of the message has been read
NEW = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
       "io.modelcontextprotocol/clientInfo": {"name": "referee", "version": "1"},
       "io.modelcontextprotocol/clientCapabilities": {}}


def arguments(size):
    return {"connection_id": "none", "message_id": "x" * size}


def call(number, size, meta=None):
    params = {"name": TOOL, "arguments": arguments(size)}
    if meta:
        params["_meta"] = meta
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}).encode()


def check_rpc(said, numbers):
    """Takes the number of the answer, which must be the one that every such message has, out of `numbers`."""
    same(said.get("result", said).get("isError"), True, "isError")
    holds(said["result"]["content"][0]["text"], SENTENCE)
    numbers.remove(said["id"])


class Wire:
    """One connection that stays, with several requests on their way."""

    def __init__(self, server, path, headers=None):
        self.socket = socket.create_connection((server.host, server.port), timeout=60)
        self.reader = self.socket.makefile("rb", 1 << 16)
        self.path, self.head = path, {"Host": f"{server.host}:{server.port}", "Content-Type": "application/json",
                                      **(headers or {})}

    def send(self, bodies):
        for body in bodies:
            head = "".join(f"{name}: {value}\r\n" for name, value in
                           {**self.head, "Content-Length": len(body)}.items())
            self.socket.sendall(f"POST {self.path} HTTP/1.1\r\n{head}\r\n".encode() + body)

    def head_of_answer(self):
        status = int(self.reader.readline().split()[1])
        headers = {}
        while (line := self.reader.readline().strip()):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers

    def answer(self):
        status, headers = self.head_of_answer()
        return web.Answer(status, headers, self.reader.read(int(headers.get("content-length", 0))))


class Rest:
    name = "REST"

    def __init__(self, server):
        self.wire = Wire(server, f"/tools/{TOOL}")

    def ask(self, numbers, size):
        self.wire.send([json.dumps(arguments(size)).encode()] * len(numbers))
        while numbers:
            answer = self.wire.answer()
            same(answer.status, 400, answer)
            same(answer.json()["error"], SENTENCE)
            numbers.pop()


class Streamable:
    """Streamable HTTP in a session of 2025-11-25."""

    name = "MCP 2025-11-25"
    meta = None

    def __init__(self, server):
        self.wire = Wire(server, "/mcp", self.headers(server))

    def headers(self, server):
        return Session(server).headers

    def ask(self, numbers, size):
        self.wire.send([call(number, size, self.meta) for number in sorted(numbers)])
        while numbers:
            answer = self.wire.answer()
            same(answer.status, 200, answer)
            check_rpc(answer.json(), numbers)


class Stateless(Streamable):
    """The same endpoint as of 2026-07-28."""

    name = "MCP 2026-07-28"
    meta = NEW

    def headers(self, server):
        return {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28",
                "Mcp-Method": "tools/call", "Mcp-Name": TOOL}


class Events:
    """HTTP+SSE: what is posted is answered on the stream."""

    name = "HTTP+SSE"

    def __init__(self, server):
        self.stream = Wire(server, "/mcp/sse")
        self.stream.socket.sendall(b"GET /mcp/sse HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"
                                   .replace(b"Host: x", f"Host: {server.host}:{server.port}".encode()))
        status, _ = self.stream.head_of_answer()
        same(status, 200, "status of the event stream")
        self.wire = Wire(server, self.event())
        opening = {"protocolVersion": "2024-11-05", "capabilities": {},
                   "clientInfo": {"name": "referee", "version": "1"}}
        self.post([json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": opening}).encode()])
        holds(json.loads(self.event()), "result")

    def event(self):
        """The data of the next event, in whatever pieces the stream is sent."""
        while True:
            line = self.stream.reader.readline()
            assert line, "the event stream ended"
            if line.startswith(b"data:"):
                return line[5:].strip().decode()

    def post(self, bodies):
        self.wire.send(bodies)
        for _ in bodies:
            answer = self.wire.answer()
            same(answer.status, 202, answer)

    def ask(self, numbers, size):
        self.post([call(number, size) for number in sorted(numbers)])
        while numbers:
            check_rpc(json.loads(self.event()), numbers)


class Lines:
    name = "stdio"

    def __init__(self, settings):
        self.stdio = Stdio(settings)
        limit_memory(self.stdio.process)

    def ask(self, numbers, size):
        pipe = self.stdio.process.stdin
        # A program that reads no answers may stop reading: so many fit into both pipes.
        pipe.write(b"\n".join(call(number, size) for number in sorted(numbers)) + b"\n")
        pipe.flush()
        while numbers:
            line = self.stdio.process.stdout.readline()
            assert line, "stdio ended: " + self.stdio.log.read_text(errors="replace")[-1000:]
            check_rpc(json.loads(line), numbers)


def limit_memory(process, limit=GIGABYTE):
    resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, limit))


def talk(door, count, size):
    for first in range(1, count + 1, AT_ONCE):
        door.ask(set(range(first, min(first + AT_ONCE, count + 1))), size)


def memory_of(process):
    """Bytes of address space, now."""
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


google = Sandbox()
server = Server({**google.settings(), "GMAIL_MCP_SERVER_RATE_LIMIT_PER_CREDENTIAL": "0"})
limit_memory(server.process)
doors = [kind(server) for kind in (Rest, Streamable, Stateless, Events) for _ in range(CONNECTIONS)]
lines = Lines({**google.settings(), "GMAIL_MCP_ENCRYPTION_KEY": server.settings["GMAIL_MCP_ENCRYPTION_KEY"],
               "GMAIL_MCP_USER": "user-1"})

with concurrent.futures.ThreadPoolExecutor(len(doors) + 1) as together:
    for many, bytes_each in SIZES:
        asked = [(door, together.submit(talk, door, many // CONNECTIONS, bytes_each)) for door in doors]
        asked.append((lines, together.submit(talk, lines, many, bytes_each)))
        for name in dict.fromkeys(door.name for door, _ in asked):
            with claim(f"{many} messages of {bytes_each} bytes are answered: {name}"):
                for door, talking in asked:
                    if door.name == name:
                        talking.result()

with claim("the server and stdio are there and well"):
    same(server.request("GET", "/health").status, 200)
    same(server.process.poll(), None, "exit status of the server")
    same(lines.stdio.process.poll(), None, "exit status of stdio")
    note(f"address space: server {memory_of(server.process) >> 20} MB, "
         f"stdio {memory_of(lines.stdio.process) >> 20} MB")

with claim("stdio that runs out of memory ends with a status other than 0 and says why"):
    limit_memory(lines.stdio.process, memory_of(lines.stdio.process) + (4 << 20))
    try:
        lines.stdio.process.stdin.write(call(1, 30_000_000) + b"\n")
        lines.stdio.process.stdin.flush()
    except BrokenPipeError:
        pass
    same(lines.stdio.process.stdout.read(), b"", "said on standard output")
    same(lines.stdio.process.wait(30), 1, "exit status")
    holds(lines.stdio.log.read_text(errors="replace"), "stopped by an internal failure")

with claim("stdio whose client has left ends with status 0"):
    same(Stdio({**google.settings(), "GMAIL_MCP_USER": "user-1"}).close(), 0, "exit status")

end()
