#!/usr/bin/env python3
"""What others wait while one tenant does the worst that a mail can ask of the server: their p99 of /health and of
gmail_list_connections, of this build and of BASE in turns. `bench/run` runs it as a part of `make bench`; alone:

    bench/fairness.py PROGRAM [BASE]

Prints a row for each case as JSON. The upstream of both is the simulated Google of PROGRAM. BENCH_ROUNDS=3, of which
the medians are told. The referee `fairness` judges the same kinds; here they are only measured."""
import base64, http.client, imaplib, json, os, pathlib, re, socket, statistics, sys, threading, time

# The referees' stage, before the bench's own of the same name.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/referees"))
BUILDS = [os.path.abspath(word) for word in sys.argv[1:]]
os.environ["GMAIL_MCP"] = BUILDS[0]

from stage import programs  # noqa: E402
from stage.person import add_account, connect  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
WORST, OTHER = "alex.morgan@gmail.example", "priya.nair@gmail.example"
MB, MANY = 1_000_000, 40_000
ASKED = {"/health": ("GET", "/health", None),
         "list": ("POST", "/tools/gmail_list_connections", json.dumps({"user_id": "other"}))}


class Build:
    """A server of one build, with the worst tenant's two accounts and another tenant."""

    def __init__(self, program, google):
        programs.GMAIL_MCP = program
        self.server = programs.Server({**google.settings(), **google.mail_settings(),
                                       "GMAIL_MCP_RATE_LIMIT_CALLS_PER_MINUTE": "0"})
        self.by_rest = connect(self.server, "worst", WORST)
        connect(self.server, "other", OTHER)
        self.by_imap = add_account(self.server, google, "worst-by-imap", WORST)

    def prepared(self, tool, **arguments):
        """A call whose JSON is made before."""
        body = json.dumps(arguments).encode()
        return lambda: self.server.request("POST", f"/tools/{tool}", body, {"Content-Type": "application/json"})

    def found(self, connection, subject):
        return self.server.ask("gmail_search", connection_id=connection, query=f"subject:{subject}",
                               max_results=1)["messages"][0]["id"]

    def draft(self, subject):
        """One that another program has put there, and nobody has sent yet."""
        drafts = self.server.ask("gmail_list_drafts", connection_id=self.by_imap)["drafts"]
        return next(one["draft_id"] for one in drafts if one["subject"] == subject)


class Asking(threading.Thread):
    """Asks one thing again and again, and keeps when, and how long the answer took."""

    def __init__(self, server, method, path, body):
        super().__init__(daemon=True)
        self.server, self.asked, self.waits, self.stopping = server, (method, path, body), [], False
        self.first = threading.Event()
        self.start()

    def run(self):
        line = http.client.HTTPConnection(self.server.host, self.server.port, timeout=300)
        method, path, body = self.asked
        while not self.stopping:
            begun = time.monotonic()
            line.request(method, path, body, {"Content-Type": "application/json"})
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200, f"{path}: {answer.status}"
            self.waits.append((begun, time.monotonic() - begun))
            self.first.set()
            time.sleep(0.002)


def p99(waits):
    """Of the moments of the time, not of the requests: one that waits keeps the next ones from being asked."""
    left, longest_first = sum(waits) / 100, sorted(waits, reverse=True)
    for wait in longest_first:
        left -= wait
        if left <= 0:
            return wait
    return longest_first[-1]


def beside(build, call):
    """The p99 of each that is asked, in ms, while the call is under way; and how the call ended."""
    asking = {name: Asking(build.server, *asked) for name, asked in ASKED.items()}
    for one in asking.values():
        assert one.first.wait(300)
    begun = time.monotonic()
    answer = call()
    ended = time.monotonic()
    waited = {}
    for name, one in asking.items():
        one.stopping = True
        one.join(300)
        waits = [wait for when, wait in one.waits if when + wait > begun and when < ended]
        waited[name] = p99(waits or [ended - begun]) * 1000
    return waited, answer.status


def letter(google, subject, text):
    raw = (f"From: Ann <ann@shop.example>\r\nTo: {WORST}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
           f"Message-ID: <{subject}@shop.example>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
           f"Content-Type: text/html; charset=utf-8\r\n\r\n{text}\r\n")
    google.deliver(WORST, subject, raw=base64.urlsafe_b64encode(raw.encode()).decode())


def keep_draft(google, subject, fields, body):
    raw = f"From: {WORST}\r\n{fields}\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()
    with imaplib.IMAP4("127.0.0.1", google.imap_port) as mailbox:
        mailbox.login(WORST, google.app_password(WORST))
        assert mailbox.append("[Gmail]/Drafts", r"(\Draft)", None, raw)[0] == "OK"


def cases(google):
    """Title, and what makes the call of a build: a new one for each round, for a draft is sent once."""
    styles = "<style>" + "".join(f".hidden-{i}{{display:none}}\r\n" for i in range(20_000)) + "</style>"
    cell = '<p class="shown-{}">Parcel {} is <b>on its way</b>.</p>\r\n'
    cells = "".join(cell.format(i, i) for i in range(8 * MB // len(cell)))
    letter(google, "styled", (f"<html><head>{styles}</head><body>{cells}")[:8 * MB])
    film = base64.b64encode(os.urandom(16 * MB)).decode()
    crowd = [f"person.{i}@shop.example" for i in range(MANY)]
    # Each fills a line of the header.
    long_ones = [f"{'bcc.' * 14}{i}@{'branch.' * 10}shop.example" for i in range(499)]
    count = iter(range(1_000_000))

    def reads(build, connection):
        return build.prepared("gmail_get_message", connection_id=connection, message_id=build.found(connection, "styled"))

    def sends_to_many(build):
        return build.prepared("gmail_send", connection_id=build.by_imap, to=crowd[:1], bcc=long_ones, subject="film",
                              body="See the attachment.", attachments=[{"filename": "film.bin", "content_base64": film}])

    def sends_draft(build, fields, body):
        subject = f"kept {next(count)}"
        keep_draft(google, subject, fields, body)
        return build.prepared("gmail_send_draft", connection_id=build.by_imap, draft_id=build.draft(subject))

    bcc = "Bcc: " + ",\r\n ".join(crowd[i % 90] for i in range(3000))
    to = "\r\n".join("To: " + ",\r\n ".join(crowd[i:i + 1000]) for i in range(0, MANY, 1000))
    yield "8 MB of HTML with 20,000 style classes, by OAuth", lambda build: reads(build, build.by_rest)
    yield "8 MB of HTML with 20,000 style classes, by IMAP", lambda build: reads(build, build.by_imap)
    yield "21 MB sent to 499 in bcc", sends_to_many
    yield "a draft of 21 MB with 3,000 lines of Bcc sent", lambda build: sends_draft(build, bcc, film)
    yield f"a draft to {MANY:,} recipients sent", lambda build: sends_draft(build, to, "Come.")
    yield f"a draft to {MANY:,} recipients saved", lambda build: build.prepared(
        "gmail_create_draft", connection_id=build.by_imap, to=", ".join(crowd), subject="crowd", body="Come.")


def film_of(google, build):
    """An attachment of 20 MB."""
    film = base64.encodebytes(os.urandom(20 * MB)).decode().replace("\n", "\r\n")
    raw = (f"From: Ann <ann@shop.example>\r\nTo: {WORST}\r\nSubject: film\r\nMIME-Version: 1.0\r\n"
           'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee it.\r\n'
           "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
           f'Content-Disposition: attachment; filename="film.bin"\r\n\r\n{film}\r\n--b--\r\n')
    google.deliver(WORST, "film", raw=base64.urlsafe_b64encode(raw.encode()).decode())
    found = build.server.ask("gmail_search", connection_id=build.by_rest, query="subject:film", max_results=1)
    one = found["messages"][0]
    return {"message_id": one["id"], "attachment_id": one["attachments"][0]["id"]}


def most_memory(build, film):
    """Of the server, in MB, while 40 answers of 20 MB are asked for and not read."""
    process = pathlib.Path(f"/proc/{build.server.process.pid}")

    def calls():
        return sum(float(count) for count in re.findall(
            r'^gmail_mcp_tool_calls_total\{[^}]*"gmail_get_attachment"[^}]*\} (\S+)$',
            build.server.request("GET", "/metrics").text, re.M))

    before = calls()
    (process / "clear_refs").write_text("5")  # proc(5): the peak begins anew
    body = json.dumps({"connection_id": build.by_rest, **film}).encode()
    head = (f"POST /tools/gmail_get_attachment HTTP/1.1\r\nHost: {build.server.host}:{build.server.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    lines = []
    for _ in range(40):
        line = socket.create_connection((build.server.host, build.server.port))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        line.sendall(head + body)
        lines.append(line)
    while calls() < before + 40:
        time.sleep(0.2)
    most = int(re.search(r"VmHWM:\s+(\d+)", (process / "status").read_text()).group(1)) * 1024 / MB
    for line in lines:
        line.close()
    return most


def main():
    google = programs.Sandbox()
    builds = [Build(program, google) for program in BUILDS]
    film = film_of(google, builds[0])
    print(json.dumps({"unread_mb": [most_memory(build, film) for build in builds]}), flush=True)
    for title, make in cases(google):
        seen = [[] for _ in builds]
        statuses = [set() for _ in builds]
        for number in range(ROUNDS):
            # In turns, each first as often.
            for at in sorted(range(len(builds)), reverse=number % 2 == 1):
                waited, status = beside(builds[at], make(builds[at]))
                seen[at].append(waited)
                statuses[at].add(status)
        p99s = [{name: statistics.median(one[name] for one in rounds) for name in ASKED} for rounds in seen]
        print(json.dumps({"title": title, "p99_ms": p99s, "statuses": [sorted(all_of_it) for all_of_it in statuses]}),
              flush=True)


main()
