#!/usr/bin/env python3
"""An IMAP server of many accounts that answers every command a fixed time after it came, and an SMTP
server that accepts every login: what bench/mail polls and registers accounts at. Commands sent together
wait together, as on a long line. Any user and password will do; each INBOX holds what was delivered.

    mail_simulator.py IMAP_PORT SMTP_PORT

Lines on standard input: "delay MILLISECONDS", "deliver USER", "reset", "count"; each is answered
"ok COMMANDS LOGINS OPEN MOST_OPEN" on standard output.
"""

import asyncio
import base64
import collections
import re
import sys
import time

CAPABILITIES = "IMAP4rev1 SASL-IR AUTH=PLAIN LITERAL+ IDLE UIDPLUS MOVE ENABLE CONDSTORE ESEARCH SPECIAL-USE"


class World:
    delay = 0.0
    mail = collections.defaultdict(list)  # user → messages, each bytes
    commands = 0
    logins = 0
    open_now = 0
    open_most = 0


class Session:
    """One IMAP connection: what is read is answered in order, each answer when its time has come."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.user, self.selected, self.idle_tag = None, False, None
        self.due = asyncio.Queue()

    async def run(self):
        World.open_now += 1
        World.open_most = max(World.open_most, World.open_now)
        sender = asyncio.create_task(self.send())
        try:
            self.say("* OK ready")
            while line := await self.line():
                if not self.obey(line):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            World.open_now -= 1
            self.due.put_nowait(None)
            await sender
            self.writer.close()

    async def line(self):
        text = ""
        while True:
            part = (await self.reader.readline()).decode("utf-8", "replace")
            if not part:
                return ""
            text += part.rstrip("\r\n")
            literal = re.search(r"\{(\d+)(\+?)\}$", text)
            if not literal:
                return text
            if not literal[2]:
                self.say("+ go on")
            text = text[:literal.start()] + (await self.reader.readexactly(int(literal[1]))).decode()

    def say(self, *lines):
        self.due.put_nowait((time.monotonic() + World.delay, "".join(l + "\r\n" for l in lines)))

    async def send(self):
        while item := await self.due.get():
            wait = item[0] - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            try:
                self.writer.write(item[1].encode())
                await self.writer.drain()
            except ConnectionError:
                return

    def obey(self, line):
        if self.idle_tag and line.upper() == "DONE":
            self.say(f"{self.idle_tag} OK done")
            self.idle_tag = None
            return True
        tag, _, rest = line.partition(" ")
        words = rest.split(" ")
        World.commands += 1
        verb = words[0].upper()
        if verb == "UID":
            verb = "UID " + words[1].upper()
        handler = getattr(self, "do_" + verb.lower().replace(" ", "_"), None)
        if handler is None:
            self.say(f"{tag} BAD unknown")
            return True
        handler(tag, rest)
        return verb != "LOGOUT"

    def do_capability(self, tag, _):
        self.say(f"* CAPABILITY {CAPABILITIES}", f"{tag} OK done")

    def do_noop(self, tag, _):
        self.say(f"{tag} OK done")

    do_id = do_enable = do_close = do_unselect = do_check = do_noop

    def do_logout(self, tag, _):
        self.say("* BYE", f"{tag} OK done")

    def do_authenticate(self, tag, rest):
        _, user, _ = base64.b64decode(rest.split(" ")[2]).decode().split("\0")
        self.sign_in(tag, user)

    def do_login(self, tag, rest):
        self.sign_in(tag, re.match(r'LOGIN "?([^" ]+)"? ', rest, re.I)[1])

    def sign_in(self, tag, user):
        World.logins += 1
        self.user = user
        self.say(f"{tag} OK [CAPABILITY {CAPABILITIES}] signed in")

    def do_namespace(self, tag, _):
        self.say('* NAMESPACE (("" "/")) NIL NIL', f"{tag} OK done")

    def do_list(self, tag, _):
        self.say('* LIST (\\HasNoChildren) "/" INBOX', f"{tag} OK done")

    do_lsub = do_list

    def do_status(self, tag, _):
        count = len(World.mail[self.user])
        self.say(f"* STATUS INBOX (MESSAGES {count} UIDNEXT {count + 1} UIDVALIDITY 1 UNSEEN {count} "
                 f"HIGHESTMODSEQ {count + 1})", f"{tag} OK done")

    def do_select(self, tag, _):
        count = len(World.mail[self.user])
        self.say("* FLAGS (\\Seen \\Deleted)", f"* {count} EXISTS", "* 0 RECENT",
                 "* OK [UIDVALIDITY 1]", f"* OK [UIDNEXT {count + 1}]",
                 f"* OK [HIGHESTMODSEQ {count + 1}]", f"{tag} OK [READ-WRITE] done")

    do_examine = do_select

    def wanted(self, spec):
        count = len(World.mail[self.user])
        for part in spec.split(","):
            first, _, last = part.partition(":")
            low = count if first == "*" else int(first)
            high = low if not last else count if last == "*" else int(last)
            low, high = min(low, high), max(low, high)
            yield from range(max(low, 1), min(high, count) + 1)

    def do_uid_search(self, tag, rest):
        count = len(World.mail[self.user])
        span = re.search(r"UID (\S+)", rest[10:])
        found = list(self.wanted(span[1])) if span else list(range(1, count + 1))
        if "RETURN" in rest.upper():
            text = f" ALL {','.join(map(str, found))}" if found else ""
            self.say(f'* ESEARCH (TAG "{tag}") UID{text}', f"{tag} OK done")
        else:
            self.say("* SEARCH " + " ".join(map(str, found)), f"{tag} OK done")

    def do_uid_fetch(self, tag, rest):
        words = rest.split(" ")
        whole = "BODY" in rest.upper()
        since = re.search(r"CHANGEDSINCE (\d+)", rest)
        for uid in self.wanted(words[2]):
            if since and uid + 1 <= int(since[1]):
                continue
            mail = World.mail[self.user][uid - 1]
            text = (f"* {uid} FETCH (UID {uid} FLAGS () MODSEQ ({uid + 1}) INTERNALDATE "
                    f'"24-Nov-2026 10:00:00 +0000" RFC822.SIZE {len(mail)}')
            if whole:
                text += f" BODY[] {{{len(mail)}}}\r\n{mail.decode()}"
            self.say(text + ")")
        self.say(f"{tag} OK done")

    def do_idle(self, tag, _):
        self.idle_tag = tag
        self.say("+ idling")


async def smtp(reader, writer):
    """Just enough of RFC 5321 for a client to sign in and leave."""
    def say(text):
        writer.write(text.encode() + b"\r\n")
    say("220 simulator")
    expects = 0
    while line := (await reader.readline()).decode("utf-8", "replace").strip():
        verb = line.split(" ")[0].upper()
        if expects:
            expects -= 1
            say("235 2.7.0 Accepted" if not expects else "334 UGFzc3dvcmQ6")
        elif verb == "EHLO":
            say("250-simulator\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN")
        elif verb == "AUTH":
            words = line.split(" ")
            if words[1].upper() == "PLAIN" and len(words) == 3:
                say("235 2.7.0 Accepted")
            elif words[1].upper() == "PLAIN":
                expects = 1
                say("334 ")
            else:
                expects = 1 if len(words) == 3 else 2
                say("334 VXNlcm5hbWU6")
        elif verb == "QUIT":
            say("221 bye")
            break
        else:
            say("250 ok")
    writer.close()


async def main(imap_port, smtp_port):
    await asyncio.start_server(lambda r, w: Session(r, w).run(), "127.0.0.1", imap_port, backlog=4096)
    await asyncio.start_server(smtp, "127.0.0.1", smtp_port, backlog=4096)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while words := (await reader.readline()).decode().split():
        if words[0] == "delay":
            World.delay = int(words[1]) / 1000
        elif words[0] == "deliver":
            number = len(World.mail[words[1]]) + 1
            World.mail[words[1]].append(
                f"From: Ann <ann@shop.example>\r\nTo: {words[1]}\r\nSubject: news {number}\r\n"
                f"Message-ID: <{number}.{words[1]}>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\n"
                f"Hello.\r\n".encode())
        elif words[0] == "reset":
            World.commands = World.logins = 0
            World.open_most = World.open_now
        print(f"ok {World.commands} {World.logins} {World.open_now} {World.open_most}", flush=True)


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
