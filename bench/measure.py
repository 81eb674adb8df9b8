"""Load by wrk, and what it costs a server: CPU time, speed, latency, memory.

CPU time is what the kernel counted for the server's process alone, so a slow generator or upstream does
not spoil it. Server and generator never share a core where there are two.
"""
import dataclasses, json, os, pathlib, re, statistics, subprocess, sys, time

from letters import MESSAGE_MARK

# In a request's path or body the generator puts an id in the place of a mark, of the same length.
CONNECTION_MARK = "ffffffff-ffff-ffff-ffff-ffffffffffff"

CORES = sorted(os.sched_getaffinity(0))
# The server alone on the first; generator and upstream on what is left.
SERVER_CORES = set(CORES[:1])
OTHER_CORES = set(CORES[1:]) or SERVER_CORES


@dataclasses.dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: str = ""


@dataclasses.dataclass
class Round:
    """What one round of load, or the median of several, has shown."""
    calls: int
    per_second: float
    cpu_us: float  # of the server, a call
    p50_ms: float
    p99_ms: float


def cpu_seconds(pid):
    # The clock of another process and all its threads, as clock_getcpuclockid(3) makes it.
    return time.clock_gettime((~pid << 3) | 2)


def memory_mib(pid):
    """Resident, and what of it is the process's own (RssAnon)."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return tuple(int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024 for name in ("VmRSS", "RssAnon"))


def median(rounds):
    return Round(*(statistics.median(getattr(one, field.name) for one in rounds)
                   for field in dataclasses.fields(Round)))


class Generator:
    """wrk with bench/request.lua. `connections`: the ids that stand for CONNECTION_MARK, in turns."""

    def __init__(self, folder, seconds):
        self.script = pathlib.Path(__file__).resolve().with_name("request.lua")
        self.plan = pathlib.Path(folder, "plan.lua")
        self.seconds = seconds

    def load(self, pid, url, requests, clients, *, kind="", first=0, distinct=0, connections=(), per_call=1):
        """One round. Messages are numbered from `first`, over and over again the same `distinct` ones if that
        is not 0; `kind` is the first digit of their ids. A call is made of `per_call` requests."""
        self.plan.write_text("return " + to_lua({
            "requests": [dataclasses.asdict(one) for one in requests], "kind": kind, "first": first,
            "distinct": distinct, "connections": list(connections),
            "connection_mark": CONNECTION_MARK, "message_mark": MESSAGE_MARK}))
        before = cpu_seconds(pid)
        done = subprocess.run(
            ["wrk", "-t1", f"-c{clients}", f"-d{self.seconds}s", "--timeout", "10s", "-s", str(self.script), url,
             "--", str(self.plan)],
            capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, OTHER_CORES))
        used = cpu_seconds(pid) - before
        told = re.search(r"^RESULT (.*)$", done.stdout, re.M)
        seen = json.loads(told[1]) if told else None
        if seen is None or seen["errors"] or not seen["requests"]:
            sys.exit(f"{url} failed under load:\n{done.stdout}{done.stderr}")
        calls = seen["requests"] / per_call
        return Round(calls, calls / (seen["duration_us"] / 1e6), used / calls * 1e6,
                     seen["p50_us"] / 1e3, seen["p99_us"] / 1e3)


def to_lua(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{to_lua(key)}] = {to_lua(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(map(to_lua, value)) + "}"
    if isinstance(value, str):
        return '"' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03}"
                             for byte in value.encode()) + '"'
    return str(value)
