"""judge.py [--whole] <referee>: runs it, shows what it says (--whole: in one piece, when it has ended) and keeps
that in $BUILD_ROOT/referees/logs, and makes JUnit of its PASS and FAIL lines in …/results. The exit status is 1
unless every claim held, there was one, and those of tests/promises.json were among them."""

import fcntl
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
from xml.sax.saxutils import quoteattr

# For one referee, only to end a hang: the slowest needs half a minute, and may have a small share of the machine.
SECONDS = int(os.environ.get("REFEREE_SECONDS", "900"))


def run(name, log, show):
    """Its lines, its exit status, and how long it took. Whatever it started ends with it."""
    started = time.monotonic()
    lines = []
    with subprocess.Popen([sys.executable, f"{name}.py"], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                          start_new_session=True) as referee:
        def end(number):
            try:
                os.killpg(referee.pid, number)
            except ProcessLookupError:
                pass
        timers = [threading.Timer(SECONDS, end, [signal.SIGTERM]),
                  threading.Timer(SECONDS + 10, end, [signal.SIGKILL])]
        try:
            for timer in timers:
                timer.start()
            for line in referee.stdout:
                show(line)
                log.write(line)
                lines.append("".join(c for c in line if c >= " "))  # XML knows no other characters
        except BaseException:  # Ctrl-C: it takes down what it has started
            end(signal.SIGTERM)
            raise
        finally:
            status = referee.wait()
            for timer in timers:
                timer.cancel()
            end(signal.SIGKILL)  # whoever was left behind
    return lines, status, time.monotonic() - started


def claims_of(name, lines, status):
    """(title, why it failed or None) of each."""
    claims = []
    for line in lines:
        word, _, rest = line.partition(" ")
        title, _, why = rest.partition(" -- ")
        if word in ("PASS", "FAIL"):
            claims.append((rest, None) if word == "PASS" else (title, why))
    if status != 0 and not any(why for _, why in claims):
        claims.append((f"{name} runs to its end", f"it ended with status {status}"))
    if not claims:
        claims.append((f"{name} says something", "it made no claim"))
    return claims


def promises_of(name, claims):
    """A failed claim for each promise of tests/promises.json that names this referee and that no claim keeps."""
    promises = json.loads((pathlib.Path(__file__).parent.parent / "promises.json").read_text())
    held = [title for title, why in claims if why is None]
    for promise, kept in promises.items():
        if kept.get("referee") != name:
            continue
        # What stands in braces differs from run to run.
        wanted = ".*".join(re.escape(text) for text in re.split(r"\{.*?\}", kept["claim"]))
        if not any(re.match(wanted, title) for title in held):
            yield promise, f"no claim says: {kept['claim']}"


def junit(name, claims, seconds):
    suite = quoteattr("referees." + name)
    failed = sum(why is not None for _, why in claims)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (f'<testsuite name={suite} tests="{len(claims)}" failures="{failed}" '
           f'time="{seconds:.1f}">')
    for title, why in claims:
        failure = "" if why is None else f"<failure message={quoteattr(why)}/>"
        yield f"<testcase classname={suite} name={quoteattr(title)}>{failure}</testcase>"
    yield "</testsuite>"


def print_at_once(text):
    """The others that run beside us print at another time."""
    with open(__file__, encoding="utf-8") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        print(text, end="", flush=True)


def main():
    name, is_whole = sys.argv[-1], "--whole" in sys.argv
    out = pathlib.Path(os.environ["BUILD_ROOT"]) / "referees"
    said = [f"-- {name}\n"]
    if not is_whole:
        print_at_once(said.pop())
    show = said.append if is_whole else print_at_once
    with open(out / "logs" / f"{name}.log", "w", encoding="utf-8") as log:
        lines, status, seconds = run(name, log, show)
    claims = claims_of(name, lines, status)
    claims += promises_of(name, claims)
    (out / "results" / f"{name}.xml").write_text("\n".join(junit(name, claims, seconds)) + "\n")
    failed = sum(why is not None for _, why in claims)
    said.append(f"-- {name}: {len(claims) - failed} passed, {failed} failed in {seconds:.0f} s\n")
    print_at_once("".join(said))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
