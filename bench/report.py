"""The tables of bench/results.md."""
import datetime, os, pathlib, platform, re

ROOT = pathlib.Path(__file__).resolve().parent.parent


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}"


def measured(one):
    latency = " / ".join(f"{ms:.3g}" if ms < 100 else f"{ms:,.0f}" for ms in (one.p50_ms, one.p99_ms))
    return [number(one.per_second), number(one.cpu_us), latency]


def number(value):
    """Three digits that say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def mib(memory):
    return "{:.0f} ({:.0f})".format(*memory)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def case_head(with_base):
    head = ["what", "calls/s", "CPU µs", "p50 / p99 ms", "memory MiB", "nginx: calls/s", "CPU µs", "p50 / p99 ms",
            "CPU ratio"]
    return head + (["base: calls/s", "CPU µs", "p50 / p99 ms", "memory MiB", "ratio to base"] if with_base else [])


def case_row(case, ours, memory, nginx, base=None, base_memory=None):
    row = [case.label, *measured(ours), mib(memory), *measured(nginx), f"**{ours.cpu_us / nginx.cpu_us:.2f}**"]
    if base:
        row += [*measured(base), mib(base_memory), f"**{ours.cpu_us / base.cpu_us:.2f}**"]
    return row


TYPESCRIPT_HEAD = ["what", "CPU µs", "calls/s", "TypeScript: CPU µs", "calls/s", "CPU ratio"]


def typescript_row(case, medians):
    ours, our_speed, other, other_speed = medians
    return [case.label, number(ours), number(our_speed), number(other), number(other_speed), f"**{ours / other:.2f}**"]


def fairness(rows, with_base):
    """What others wait, in ms at p99, while one tenant does that; with a base, how many times as long they wait there."""
    head = ["while one tenant does this", "`/health` p99 ms", "`gmail_list_connections` p99 ms", "answers"]
    if with_base:
        head += ["base: `/health`", "`gmail_list_connections`", "answers", "base waits"]
    lines, memory = [], []
    for row in rows:
        if "unread_mb" in row:
            memory = row["unread_mb"]
            continue
        line = [row["title"]]
        for p99s, statuses in zip(row["p99_ms"], row["statuses"]):
            line += [number(p99s["/health"]), number(p99s["list"]), ", ".join(map(str, statuses))]
        if with_base:
            ours, base = (max(one.values()) for one in row["p99_ms"])
            line.append(f"**{number(base / ours)} ×**")
        lines.append(line)
    unread = f"40 unread answers of 20 MB, memory at most: {memory[0]:.0f} MB"
    if with_base:
        unread += f"; base {memory[1]:.0f} MB, ratio **{number(memory[0] / memory[1])}**"
    return [*table(head, lines), "", unread + "."]


LEGEND = """
*CPU µs* is what the server's own process used, a call; *p50 / p99* is what a client waited; *memory* is what the
server held after that line, resident and of it private (RssAnon), having done all lines above over the same kind of
upstream. Authentication, audit and the info log are on; the quota is set so high that nobody waits for it.

*nginx*, one process, passes on the very requests that one call makes (for a search three, in two turns, one after the
other), so the upstream answers both sides with the same bytes. Where a call needs no upstream, nginx gives the
bytes of our answer from a file.

*Messages* have 17 header fields with ARC, DKIM and two `Received`, 1.4 kB of text, 3 kB of HTML and every fifth a file:
some 10 kB of JSON. A *newsletter* is 70 kB of HTML with 20 kB of styles, a *1 kB letter* text alone
(`bench/letters.py`). *Fetched*: no message is asked for twice. *Remembered*: 64 messages, over and over, of which
Gmail is asked for the labels only. The 64 mailboxes are used in turns. The upstream (`bench/upstream.cpp`) speaks
HTTP/1.1; over TLS, HTTP/2 with us and HTTP/1.1 with nginx. Before a mailbox sends here it has sent once: its addresses are
remembered. *TypeScript* is `@gongrzhe/server-gmail-autoauth-mcp` 1.1.11 over stdio (`bench/typescript.py`), whose one
mailbox reads the same messages of the same upstream; it is warm. Server and nginx have one core for themselves, upstream and wrk the rest.
""".strip()


def results(command, seconds, rounds, head, rows, more):
    lines = ["# Results", "",
             f"Made by `{command}` (`bench/run`): {rounds} × {seconds} s of each, in turns in one run; medians.",
             f"{datetime.date.today()}, {machine()}.", "",
             *table(head, rows), "", LEGEND, "", *more, ""]
    return "\n".join(lines)


def write(text):
    """Other benches' sections of the file stay."""
    path = ROOT / "bench/results.md"
    later = re.search(r"\n## .*", path.read_text(), re.S)
    path.write_text(text + (later[0] if later else ""))
