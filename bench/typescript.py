"""The most used Gmail server in TypeScript, over stdio as its clients run it: what it takes for the same messages of
the same upstream. Its packages are pinned in typescript/package-lock.json; `npm ci --ignore-scripts` there installs
them, and without them it is not measured."""
import json, os, pathlib, shutil, subprocess, time

import letters, measure

HERE = pathlib.Path(__file__).resolve().parent / "typescript"
NAME = "@gongrzhe/server-gmail-autoauth-mcp"
MAIN = HERE / "node_modules" / NAME / "dist/index.js"


def is_installed():
    return MAIN.exists() and shutil.which("node") is not None


class Server:
    def __init__(self, stage, upstream):
        home = stage.folder / "typescript"
        home.mkdir()
        (home / "keys.json").write_text(json.dumps({"installed": {"client_id": "bench", "client_secret": "bench"}}))
        (home / "credentials.json").write_text(json.dumps(
            {"access_token": "token-user0", "refresh_token": "refresh", "token_type": "Bearer",
             "expiry_date": int(time.time() * 1000) + 86_400_000}))
        environment = {**os.environ, "BENCH_UPSTREAM": upstream.roots["plain"] + "/",
                       "GMAIL_OAUTH_PATH": str(home / "keys.json"),
                       "GMAIL_CREDENTIALS_PATH": str(home / "credentials.json")}
        with open(stage.folder / "typescript.log", "ab") as log:
            self.process = subprocess.Popen(
                ["node", "--import", HERE / "elsewhere.mjs", MAIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log, env=environment, cwd=home,
                preexec_fn=lambda: os.sched_setaffinity(0, measure.SERVER_CORES))
        stage.running.append(self.process)
        self.number = 0
        self.send("initialize", protocolVersion="2025-03-26", capabilities={},
                  clientInfo={"name": "bench", "version": "1"})
        self.receive()
        self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def write(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def send(self, method, **params):
        self.number += 1
        self.write({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})

    def receive(self):
        answer = json.loads(self.process.stdout.readline())
        text = json.dumps(answer.get("result", {}))
        if "error" in answer or "Error: " in text[:100]:
            raise SystemExit(f"{NAME}: {text[:500]}")
        return answer["result"]

    def read(self, number):
        self.send("tools/call", name="read_email",
                  arguments={"messageId": f"{letters.TYPICAL}{number:015x}"})

    def load(self, seconds, at_once, first):
        """CPU µs a call and calls a second; messages are numbered from `first`, and none is asked for twice."""
        calls = 0
        before, begin = measure.cpu_seconds(self.process.pid), time.monotonic()
        for _ in range(at_once):
            self.read(first + calls)
            calls += 1
        answered = 0
        while time.monotonic() - begin < seconds:
            self.receive()
            answered += 1
            self.read(first + calls)
            calls += 1
        while answered < calls:
            self.receive()
            answered += 1
        took = time.monotonic() - begin
        return (measure.cpu_seconds(self.process.pid) - before) / calls * 1e6, calls / took
