"""Answers, quotations and forwards are read back by Python's `email`, npm mailparser and npm postal-mime, sent
over both kinds of account; Dovecot threads them."""

import base64
import email
import email.policy
import hashlib
import imaplib
import json
import subprocess

from stage.claims import claim, end, holds, same
from stage.mail_servers import Dovecot
from stage.person import add_account, connect
from stage.programs import NODE_PROGRAMS, REFEREES, Sandbox, Server, environment, seal

ALEX = "alex.morgan@gmail.example"
STUDIO = "alex.morgan@studio.example"
PICTURE, PLAN = b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"%PDF-1.4\n" + bytes(range(256)) * 100


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def encoded(content):
    return base64.encodebytes(content).decode().replace("\n", "\r\n")


QUESTION = f"""From: =?utf-8?q?J=C3=B6rg?= <bob@shop.example>
To: Alex.Morgan+shop@gmail.example, Carol <carol@shop.example>, BOB@shop.example
Cc: dan@shop.example, {ALEX}, Carol@shop.example
Subject: WG: Angebot =?utf-8?b?R3LDvMOfZQ==?=
Message-ID: <question@shop.example>
Date: Tue, 24 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Grüße.
> earlier
--a
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

<html><body onload="alert(1)"><p>Grüße <img src="cid:logo@shop.example" alt=Logo></p>
<script>alert(2)</script></div></body></html>
--r
Content-Type: image/png
Content-ID: <logo@shop.example>
Content-Disposition: inline; filename="logo.png"
Content-Transfer-Encoding: base64

{encoded(PICTURE)}
--r--
--a--
--m
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''Pl%C3%A4ne.pdf
Content-Transfer-Encoding: base64

{encoded(PLAN)}
--m--
""".replace("\r\n", "\n").replace("\n", "\r\n").encode()


def python_view(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        assert not part.defects, (part.get_content_type(), part.defects)

    def people(name):
        return [[one.display_name, one.addr_spec] for one in message[name].addresses] if message[name] else []

    def text(kind):
        body = message.get_body((kind,))
        return body.get_content() if body else ""

    files = []
    for part in message.walk():
        if part.get_content_disposition() in ("attachment", "inline"):
            files.append({"name": part.get_filename() or "", "type": part.get_content_type(),
                          "cid": (part["Content-ID"] or "").strip("<>"),
                          "within": part.get_content_disposition() == "inline",
                          "sha256": sha256(part.get_payload(decode=True))})
    return {"subject": message["Subject"], "from": people("From"), "to": people("To"), "cc": people("Cc"),
            "reply_to": people("Reply-To"), "message_id": message["Message-ID"],
            "in_reply_to": message["In-Reply-To"] or "", "references": (message["References"] or "").split(),
            "text": text("plain"), "html": text("html"), "files": files}


def views(raw):
    """What each of the three sees, by its name."""
    seen = subprocess.run([NODE_PROGRAMS / "node", REFEREES / "written.mjs"], input=raw, capture_output=True,
                          env=environment(), check=True, timeout=120).stdout
    return {"email": python_view(raw), **json.loads(seen)}


def last_sent():
    """The newest mail in Sent, as it is there."""
    with imaplib.IMAP4("127.0.0.1", google.imap_port) as mailbox:
        mailbox.login(ALEX, google.app_password(ALEX))
        mailbox.select('"[Gmail]/Sent Mail"', readonly=True)
        newest = mailbox.uid("search", None, "ALL")[1][0].split()[-1]
        return mailbox.uid("fetch", newest, "(BODY.PEEK[])")[1][0][1]


def addresses(people):
    return [address for _, address in people]


google = Sandbox()
server = Server({**google.settings(), **google.mail_settings()})
accounts = {"Google": connect(server, "user-1", ALEX), "App Password": add_account(server, google, "user-2", ALEX)}
dovecot = Dovecot("ann@example.org")


def found(account, message_id):
    query = f"rfc822msgid:{message_id.strip('<>')} in:anywhere"
    return server.ask("gmail_search", connection_id=account, query=query)["messages"][0]["id"]


for number, (kind, account) in enumerate(accounts.items()):
    question = QUESTION.replace(b"<question@", f"<question{number}@".encode())
    asked = f"<question{number}@shop.example>"
    google.deliver(ALEX, "", raw=seal(question))
    original = found(account, asked)

    with claim(f"{kind}: an answer to all with what it answers below it, as three parsers read it"):
        server.ask("gmail_send", connection_id=account, to=[], subject="", body_html="<p>Ja, <b>gerne</b>.</p>",
                   reply_to_message_id=original, reply_all=True, quote=True, reply_to="Desk <desk@shop.example>")
        answer = last_sent()
        for judge, seen in views(answer).items():
            same(seen["subject"], "Re: WG: Angebot Grüße", judge)
            same(seen["to"], [["Jörg", "bob@shop.example"], ["Carol", "carol@shop.example"]], judge)
            same(seen["cc"], [["", "dan@shop.example"]], judge)
            same(seen["reply_to"], [["Desk", "desk@shop.example"]], judge)
            same((seen["in_reply_to"], seen["references"]), (asked, [asked]), judge)
            holds(seen["text"].replace("\r\n", "\n"), "Ja, gerne.\n\nOn ",
                  "Jörg <bob@shop.example> wrote:\n> Grüße.\n>> earlier")
            holds(seen["html"], "<p>Ja, <b>gerne</b>.</p>", '<blockquote class="gmail_quote"', "Grüße", "[Logo]")
            for word in ("alert", "onload", "script", "cid:"):
                assert word not in seen["html"], (judge, word)
            same(seen["files"], [], judge)
    with claim(f"{kind}: the sender has the name set in Gmail, or the one that was given"):
        name = "Alex Morgan" if kind == "Google" else ""
        same(views(answer)["postal-mime"]["from"], [[name, ALEX]])
        server.ask("gmail_send", connection_id=account, to="ann@shop.example", subject="x", body="x",
                   from_name="Alex, der Große")
        for judge, seen in views(last_sent()).items():
            same(seen["from"], [["Alex, der Große", ALEX]], judge)
    with claim(f"{kind}: from another address of the account where Google knows it, and nowhere else"):
        mail = {"connection_id": account, "to": "ann@shop.example", "subject": "x", "body": "x"}
        refused = server.tool("gmail_send", **mail, **{"from": "eve@shop.example"})
        same((refused.status, refused.json()["code"]), (400, "invalid_argument"), refused)
        answered = server.tool("gmail_send", **mail, **{"from": STUDIO})
        if kind == "Google":
            same(answered.status, 200, answered)
            same(views(last_sent())["email"]["from"], [["Alex Morgan (Studio)", STUDIO]])
            refused = server.tool("gmail_send", **mail, **{"from": "alex.morgan@club.example"})
            holds(refused.json()["error"], "never confirmed")
        else:
            same(answered.status, 400, answered)

    with claim(f"{kind}: a forward has text, file and picture of the original, and is no answer"):
        server.ask("gmail_forward", connection_id=account, message_id=original, to="eve@shop.example",
                   body="Siehe unten.")
        forward = last_sent()
        for judge, seen in views(forward).items():
            same(seen["subject"], "Fwd: Angebot Grüße", judge)
            same(addresses(seen["to"]), ["eve@shop.example"], judge)
            same((seen["in_reply_to"], seen["references"]), ("", []), judge)
            holds(seen["text"].replace("\r\n", "\n"), "Siehe unten.\n\n---------- Forwarded message ---------\n",
                  "From: Jörg <bob@shop.example>\n", "Subject: WG: Angebot Grüße\n", "\n\nGrüße.\n> earlier")
            holds(seen["html"], "Siehe unten.", "---------- Forwarded message ---------", "<p>Grüße <img src=\"cid:")
            for word in ("alert", "onload", "script"):
                assert word not in seen["html"], (judge, word)
            files = {one["name"]: one for one in seen["files"]}
            same(sorted(files), ["Pläne.pdf", "logo.png"], judge)
            same((files["Pläne.pdf"]["type"], files["Pläne.pdf"]["within"], files["Pläne.pdf"]["sha256"]),
                 ("application/pdf", False, sha256(PLAN)), judge)
            same((files["logo.png"]["within"], files["logo.png"]["sha256"]), (True, sha256(PICTURE)), judge)
            holds(seen["html"], f"cid:{files['logo.png']['cid']}")
    with claim(f"{kind}: a picture of one's own stands within the HTML"):
        server.ask("gmail_create_draft", connection_id=account, to="ann@shop.example", subject="Logo",
                   body_html='<p>Unser <img src="cid:logo"></p>', attachments=[
                       {"filename": "logo.png", "content_base64": base64.b64encode(PICTURE).decode(),
                        "inline": True, "content_id": "logo"}])
        draft = server.ask("gmail_list_drafts", connection_id=account)["drafts"][0]
        server.ask("gmail_send_draft", connection_id=account, draft_id=draft["draft_id"])
        for judge, seen in views(last_sent()).items():
            same([(one["name"], one["type"], one["cid"], one["within"], one["sha256"]) for one in seen["files"]],
                 [("logo.png", "image/png", "logo", True, sha256(PICTURE))], judge)

    with claim(f"{kind}: Dovecot threads what was written to and fro by its References, and the forward apart"):
        first = python_view(answer)["message_id"]
        more = (f"From: bob@shop.example\r\nTo: {ALEX}\r\nSubject: Re: WG: Angebot\r\n"
                f"Message-ID: <more{number}@shop.example>\r\nIn-Reply-To: {first}\r\nReferences: {asked} {first}\r\n"
                "Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n\r\nWann?\r\n").encode()
        google.deliver(ALEX, "", raw=seal(more))
        server.ask("gmail_send", connection_id=account, to=[], subject="", body="Morgen.", quote=True,
                   reply_to_message_id=found(account, f"<more{number}@shop.example>"))
        second = last_sent()
        same(python_view(second)["references"], [asked, first, f"<more{number}@shop.example>"])
        begin = dovecot.delivered
        for raw in (question, answer, more, second, forward):
            dovecot.deliver("ann@example.org", raw)
        with dovecot.imap("ann@example.org") as mailbox:
            mailbox.select("INBOX", readonly=True)
            first_four, five = f"{begin + 1}:{begin + 4}", f"{begin + 1}:{begin + 5}"
            chain = " ".join(str(begin + i) for i in (1, 2, 3, 4))
            same(mailbox.thread("REFERENCES", "UTF-8", first_four)[1][0].decode(), f"({chain})")
            # REFERENCES joins by subject too, REFS does not.
            threads = mailbox.thread("REFS", "UTF-8", five)[1][0].decode()
            same(sorted(threads.strip("()").split(")(")), sorted([chain, str(begin + 5)]))
end()
