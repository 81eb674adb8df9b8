"""How long the program takes from exec to its first answer over stdio."""
import contextlib, json, os, re, shutil, sqlite3, statistics, subprocess, time

RUNS = 15


def in_turns(starts):
    """The medians of some functions that each give milliseconds, after a turn that warms the files."""
    for one in starts:
        one()
    turns = [[one() for one in starts] for _ in range(RUNS)]
    return [statistics.median(column) for column in zip(*turns)]


def first_answer_ms(program, settings):
    """To the answered tools/list."""
    lines = [{"jsonrpc": "2.0", "id": 1, "method": "initialize",
              "params": {"protocolVersion": "2025-11-25", "capabilities": {},
                         "clientInfo": {"name": "bench", "version": "1"}}},
             {"jsonrpc": "2.0", "method": "notifications/initialized"},
             {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}]
    begun = time.perf_counter()
    with subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, env={**os.environ, **settings}) as process:
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
        process.stdin.flush()
        for answer in process.stdout:
            if b'"id":2' in answer:
                break
        else:
            raise SystemExit(f"{program} ended without an answer")
        return (time.perf_counter() - begun) * 1000


def libraries(program):
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return ":".join(re.findall(r"=> (/\S+)", listed))


def empty_program_ms(loaded):
    """A program that does nothing, with these libraries."""
    begun = time.perf_counter()
    subprocess.run(["/bin/true"], env={"LD_PRELOAD": loaded}, check=True)
    return (time.perf_counter() - begun) * 1000


def with_many_connections(database, copy, count=10_000):
    """A copy of the database of a server that has ended, with `count` more connections; its path."""
    shutil.copy(database, copy)
    with contextlib.closing(sqlite3.connect(copy)) as db, db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM connections LIMIT 1").fetchone())
        insert = f"INSERT INTO connections ({','.join(row)}) VALUES ({','.join('?' * len(row))})"
        for number in range(count):
            one = {**row, "id": f"00000000-0000-4000-8000-{number:012d}",
                   "gmail_address": f"many{number}@gmail.example"}
            db.execute(insert, list(one.values()))
    return copy
