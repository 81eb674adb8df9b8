"""npm smtp-server plays smtp.gmail.com (STARTTLS and TLS, Gmail's texts), the sandbox plays the rest
of Gmail: what leaves us, and what becomes of refusals."""

import base64
import os
import pathlib

from stage.claims import claim, end, holds, note, same
from stage.mail_servers import Smtp, certificate
from stage.programs import Sandbox, Server

EMAIL = "alex.morgan@gmail.example"
google, smtp = Sandbox(), Smtp()


def serve(how, trusted=True, port=None):
    """A server whose App-Password accounts send by `smtp`."""
    settings = {**google.mail_settings(), "GMAIL_SMTP_HOST": "localhost",
                "GMAIL_SMTP_PORT": str(port or smtp.ports[how]), "GMAIL_MCP_MAIL_SMTP_TLS": how}
    if trusted:
        settings["GMAIL_MCP_MAIL_CA_FILE"] = str(certificate)
    return Server(settings)


def add(server):
    return server.ask("add_gmail_account", user_id="user-1", email=EMAIL, display_name="Alex Morgan",
                      app_password=google.app_password(EMAIL))["account_id"]


def mail(account, **more):
    return {"account_id": account, "to": ["Ann <ann@shop.example>"], "subject": "Grüße", "body": "Hi.\n.\n.x",
            **more}


server = serve("implicit")
account = add(server)

with claim("an account is tried at SMTP before it is saved, and nothing is sent for that"):
    same([one["signed_in"] for one in smtp.said("signed_in")], [EMAIL])
    same(smtp.letters(), [])
with claim("by TLS: the letter arrives once, from the account's name, to everybody"):
    sent = server.ask("send_email", **mail(account, cc="bob@shop.example", bcc=["carol@hidden.example"]))
    same(sent["success"], True)
    letter, = smtp.letters()
    same((letter["secure"], letter["user"], letter["from"]), (True, EMAIL, EMAIL))
    same(letter["to"], ["ann@shop.example", "bob@shop.example", "carol@hidden.example"])
    holds(letter["letter"], f"From: Alex Morgan <{EMAIL}>", "To: Ann <ann@shop.example>", "Cc: bob@shop.example")
with claim("who is in bcc is in the envelope alone"):
    for word in ("carol", "bcc", "Bcc"):
        assert word not in smtp.letters()[0]["letter"], word
with claim("dots at the beginning of lines arrive as they were written"):
    holds(smtp.letters()[0]["letter"].replace("\r\n", "\n"), "Hi.\n.\n.x")
with claim("right after SMTP the ids may be unknown, and nothing is made up"):
    same(sent["message_id"], None)
with claim("the same key sends once"):
    order = mail(account, idempotency_key="k1")
    first, again = server.ask("send_email", **order), server.ask("send_email", **order)
    same((first["deduplicated"], again["deduplicated"], len(smtp.letters())), (False, True, 2))
with claim("25 MB arrive byte for byte"):
    content = os.urandom(25 << 20)
    server.ask("send_email", **mail(account, attachments=[
        {"filename": "big.bin", "content_base64": base64.b64encode(content).decode()}]))
    big = smtp.letters()[-1]
    assert big["bytes"] > len(content) * 4 // 3, big["bytes"]
    note(f"a letter of {big['bytes']} bytes")

REFUSALS = [
    ("a recipient that does not exist", {"rcpt": [550, "5.1.1 The email account that you tried to reach does not "
     "exist"]}, {"cc": "nobody@shop.example"}, 400, "invalid_argument"),
    ("the sending limit of the day", {"mail": [550, "5.4.5 Daily user sending limit exceeded"]}, {}, 429,
     "rate_limited"),
    ("a message that is too large after all", {"data": [552, "5.2.3 Your message exceeded Google's message size "
     "limits"]}, {}, 413, "too_large"),
    ("a message that is blocked", {"data": [552, "5.7.0 This message was blocked because its content presents a "
     "potential security issue"]}, {}, 400, "invalid_argument"),
    ("a system problem", {"data": [451, "4.3.0 Mail server temporarily rejected message"]}, {}, 503, "unavailable"),
    ("too many logins", {"auth": [454, "4.7.0 Too many login attempts, please try again later"]}, {}, 429,
     "rate_limited"),
]
for what, steps, more, status, code in REFUSALS:
    with claim(f"{what}: {code}, and nothing is tried again"):
        before = len(smtp.letters())
        smtp.behave(**steps)
        answer = server.tool("send_email", **mail(account, **more))
        same((answer.status, answer.json()["code"]), (status, code), answer)
        assert answer.json()["hint"], answer
        assert "gsmtp" not in answer.text and "Google's message size" not in answer.text, answer
        same(len(smtp.letters()), before)
with claim("the day's limit says how long to wait"):
    smtp.behave(mail=[550, "5.4.5 Daily user sending limit exceeded"])
    same(server.tool("send_email", **mail(account)).json()["retry_after"], 86400)
with claim("the server takes the letter and hangs up: outcome_unknown, and it is not sent again"):
    before = len(smtp.letters())
    smtp.behave(after_data="hang_up")
    answer = server.tool("send_email", **mail(account, idempotency_key="k2"))
    same((answer.status, answer.json()["code"]), (409, "outcome_unknown"), answer)
    smtp.behave()
    server.tool("send_email", **mail(account, idempotency_key="k2"))
    same(len(smtp.letters()), before + 1)
with claim("a password that is refused later asks the person to connect again"):
    smtp.behave(auth=[535, "5.7.8 Username and Password not accepted"])
    answer = server.tool("send_email", **mail(account))
    same((answer.status, answer.json()["code"]), (409, "reconnect_required"), answer)
    smtp.behave()
with claim("by STARTTLS it is the same"):
    other = serve("starttls")
    before = len(smtp.letters())
    other.ask("send_email", **mail(add(other)))
    same([one["secure"] for one in smtp.letters()[before:]], [True])
with claim("a certificate nobody vouches for is misconfigured, and no password leaves us"):
    before = len(smtp.said("signed_in"))
    answer = serve("implicit", trusted=False).tool(
        "add_gmail_account", user_id="user-1", email=EMAIL, app_password=google.app_password(EMAIL))
    same((answer.status, answer.json()["code"]), (503, "misconfigured"), answer)
    same(len(smtp.said("signed_in")), before)
with claim("a big file is fetched and sent over and over, and memory stays flat"):
    add(server)  # the person has connected again
    draft = server.ask("gmail_create_draft", **mail(account, attachments=[
        {"filename": "big.bin", "content_base64": base64.b64encode(content[:24 << 20]).decode()}]))
    forward = mail(account, attachments=[{"message_id": draft["message_id"], "attachment_id": "1"}])

    def anonymous_memory():
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))

    used = []
    for _ in range(int(os.environ.get("ROUNDS", "10"))):
        server.ask("send_email", **forward)
        used.append(anonymous_memory() >> 10)
    note(f"RssAnon in MiB after each of {len(used)}: {used}")
    same(smtp.letters()[-1]["bytes"] > (24 << 20) * 4 // 3, True)
    # What one round needs comes and goes; a body that stayed with each would be 190 MiB by now.
    assert used[-1] <= used[1] + 48, used
with claim("no password and no letter is in the logs"):
    for word in (google.app_password(EMAIL), "Grüße", "ann@shop.example"):
        assert word not in server.output(), word
end()
