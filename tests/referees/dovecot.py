"""Dovecot plays a mail server that is not Gmail, npm smtp-server takes what is sent, both over TLS of a
private authority: an account there is followed, read, searched and changed, and what needs Gmail's
extension is refused as unsupported."""

import base64
import os

from stage.claims import claim, end, holds, same
from stage.mail_servers import Dovecot, Smtp
from stage.programs import Server, until

ANN, BOB = "ann@example.org", "Bob <bob@shop.example>"
FILE = os.urandom(50_000)


def letter(number, subject, text, sender=BOB):
    return (f"From: {sender}\r\nTo: {ANN}\r\nSubject: {subject}\r\nMessage-ID: <{number}@shop.example>\r\n"
            f"Date: Tue, 24 Nov 2026 10:{number:02}:00 +0000\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n")


def with_file(number, subject):
    text = base64.encodebytes(FILE).decode().replace("\n", "\r\n")
    return (f"From: {BOB}\r\nTo: {ANN}\r\nSubject: {subject}\r\nMessage-ID: <{number}@shop.example>\r\n"
            f"Date: Tue, 24 Nov 2026 10:{number:02}:00 +0000\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n"
            "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"plan.pdf\"\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{text}\r\n--b--\r\n")


dovecot, smtp = Dovecot(ANN), Smtp()
dovecot.deliver(ANN, letter(1, "Grüße", "Das Schiff läuft aus."))
dovecot.deliver(ANN, letter(2, "Harbour", "The ship sails at noon."))
dovecot.deliver(ANN, with_file(3, "Plan"))
settings = {**dovecot.settings(), "GMAIL_SMTP_HOST": "localhost",
            "GMAIL_SMTP_PORT": str(smtp.ports["implicit"]), "GMAIL_MCP_MAIL_SMTP_TLS": "implicit",
            "INBOX_POLL_INTERVAL_SECONDS": "3600"}
server = Server(settings)


def add(on, password=Dovecot.password):
    return on.tool("add_gmail_account", user_id="user-1", email=ANN, app_password=password)


with claim("a certificate nobody vouches for is misconfigured"):
    stranger = Server({name: value for name, value in settings.items() if name != "GMAIL_MCP_MAIL_CA_FILE"})
    same((add(stranger).status, add(stranger).json()["code"]), (503, "misconfigured"))
    stranger.stop()
with claim("a refused password is invalid_argument, and nothing is saved"):
    answer = add(server, "zyxwvutsrqponmlk")
    same((answer.status, answer.json()["code"]), (400, "invalid_argument"), answer)
    same(server.request("GET", "/accounts").json()["accounts"], [])
    assert "zyxw" not in answer.text, answer
account = add(server).json()["account_id"]


def ask(tool, **arguments):
    return server.ask(tool, connection_id=account, **arguments)


def history(email):
    return server.ask("get_emails", account_id=account, email=email)["messages"]


def archived(subject):
    return next((one for one in history("bob@shop.example") if one["subject"] == subject), None)


def search(query, **more):
    return [one["subject"] for one in ask("gmail_search", query=query, **more)["messages"]]


with claim("POST /accounts/{id}/fetch: all of the mail is in the archive, once"):
    fetched = server.request("POST", f"/accounts/{account}/fetch", {}).json()
    same((fetched["success"], fetched["is_complete"]), (True, True), fetched)
    same(sorted(one["subject"] for one in history("bob@shop.example")), ["Grüße", "Harbour", "Plan"])
    same({one["direction"] for one in history("bob@shop.example")}, {"received"})
with claim("search_emails finds words in it"):
    found = server.ask("search_emails", account_id=account, query='"ship sails"')["messages"]
    same([one["subject"] for one in found], ["Harbour"])
    found = server.ask("search_emails", account_id=account, query="läuft")["messages"]
    same([one["subject"] for one in found], ["Grüße"])
with claim("gmail_search finds plain words, also such that are not ASCII, and newest first"):
    same(search(""), ["Plan", "Harbour", "Grüße"])
    same(search("ship"), ["Harbour"])
    same(search("läuft"), ["Grüße"])
    same(search("from:bob -subject:Plan after:2020/01/01"), ["Harbour", "Grüße"])
    same(search("is:starred"), [])
with claim("gmail_search goes on where the page before ended"):
    first = ask("gmail_search", query="", max_results=2)
    same(search("", max_results=2, page_token=first["next_page_token"]), ["Grüße"])
with claim("what needs Gmail's extension is unsupported, with what can be used instead"):
    for query in ("label:work", "has:attachment", "category:promotions", "in:anywhere", "ship OR plan"):
        answer = server.tool("gmail_search", connection_id=account, query=query)
        same((answer.status, answer.json()["code"]), (422, "unsupported"), query)
        holds(answer.json()["hint"], "from:")
ship = next(one for one in ask("gmail_search", query="ship")["messages"])
for tool, more in (("gmail_get_thread", {"thread_id": ship["thread_id"]}),
                   ("gmail_archive", {"message_id": ship["id"]}),
                   ("gmail_modify_labels", {"message_id": ship["id"], "add_labels": ["IMPORTANT"]})):
    with claim(f"{tool}: unsupported, and nothing has changed"):
        answer = server.tool(tool, connection_id=account, **more)
        same((answer.status, answer.json()["code"]), (422, "unsupported"), answer)
        same(dovecot.found(ANN, "INBOX", "ALL"), 3)

with claim("gmail_get_message reads a message, and leaves it unread"):
    read = ask("gmail_get_message", message_id=ship["id"])
    same((read["body_plain"].strip(), read["from"]["email"]), ("The ship sails at noon.", "bob@shop.example"))
    same(dovecot.found(ANN, "INBOX", "UNSEEN"), 3)
with claim("UNREAD and STARRED are Dovecot's flags, both ways"):
    changed = ask("gmail_modify_labels", message_id=ship["id"], add_labels=["STARRED"], remove_labels=["UNREAD"])
    same(sorted(changed["current_labels"]), ["INBOX", "STARRED"])
    same((dovecot.found(ANN, "INBOX", "FLAGGED"), dovecot.found(ANN, "INBOX", "UNSEEN")), (1, 2))
    same(search("is:starred"), ["Harbour"])
    with dovecot.imap(ANN) as other:
        other.select("INBOX")
        other.store(other.search(None, "FLAGGED")[1][0], "-FLAGS", r"(\Flagged)")
    same(search("is:starred"), [])
with claim("the archive follows the flags"):
    assert until(lambda: (archived("Harbour") or {}).get("labels") == ["INBOX"]), archived("Harbour")
with claim("an attachment arrives byte for byte"):
    plan = ask("gmail_search", query="subject:Plan")["messages"][0]["id"]
    listed, = ask("gmail_get_message", message_id=plan)["attachments"]
    same((listed["filename"], listed["mime_type"]), ("plan.pdf", "application/pdf"))
    content = ask("gmail_get_attachment", message_id=plan, attachment_id=listed["id"])["content_base64"]
    same(base64.b64decode(content) == FILE, True)

with claim("gmail_trash moves it into the folder whose use is Trash, and the archive no longer shows it"):
    ask("gmail_trash", message_id=ship["id"])
    same((dovecot.found(ANN, "INBOX", "ALL"), dovecot.found(ANN, "Papierkorb", "SUBJECT", "Harbour")), (2, 1))
    same(search("in:trash"), ["Harbour"])
    same(server.tool("gmail_get_message", connection_id=account, message_id=ship["id"]).status, 404)
    assert until(lambda: not archived("Harbour")), archived("Harbour")
with claim("gmail_untrash brings it back"):
    ask("gmail_untrash", message_id=ask("gmail_search", query="in:trash")["messages"][0]["id"])
    same((dovecot.found(ANN, "INBOX", "ALL"), dovecot.found(ANN, "Papierkorb", "ALL")), (3, 0))
    assert until(lambda: archived("Harbour"))

with claim("folders are made and renamed, and not deleted with the mail that is in them"):
    ask("gmail_create_label", name="Errands")
    same(ask("gmail_update_label", label="Errands", name="Jobs")["id"], "Jobs")
    answer = server.tool("gmail_delete_label", connection_id=account, label="Jobs")
    same((answer.status, answer.json()["code"]), (422, "unsupported"))

with claim("a draft lies in the folder whose use is Drafts, and can be changed"):
    draft = ask("gmail_create_draft", to=["cora@shop.example"], subject="Draft", body="First.")
    same(dovecot.found(ANN, "Entw&APw-rfe", "DRAFT", "SUBJECT", "Draft"), 1)
    changed = ask("gmail_update_draft", draft_id=draft["draft_id"], to=["cora@shop.example"], subject="Draft",
                  body="Second.")
    same([one["draft_id"] for one in ask("gmail_list_drafts")["drafts"]], [changed["draft_id"]])
    same(dovecot.found(ANN, "Entw&APw-rfe", "ALL"), 1)
with claim("gmail_send_draft sends it once and takes it out of the folder"):
    ask("gmail_send_draft", draft_id=changed["draft_id"])
    sent, = smtp.letters()
    same((sent["to"], sent["user"], sent["secure"]), (["cora@shop.example"], ANN, True))
    holds(sent["letter"], "Second.")
    same(dovecot.found(ANN, "Entw&APw-rfe", "ALL"), 0)
with claim("what is sent is in the archive at once, and stays when other mail goes"):
    server.ask("send_email", account_id=account, to=["dora@shop.example"], subject="To Dora", body="Hi")
    same([(one["subject"], one["direction"]) for one in history("dora@shop.example")], [("To Dora", "sent")])
    ask("gmail_trash", message_id=plan)
    assert until(lambda: not archived("Plan"))
    same([one["subject"] for one in history("dora@shop.example")], ["To Dora"])
with claim("gmail_trash and gmail_untrash take several, in the folders they lie in"):
    inbox, trash = dovecot.found(ANN, "INBOX", "ALL"), dovecot.found(ANN, "Papierkorb", "ALL")
    several = [one["id"] for one in ask("gmail_search", query="in:inbox")["messages"]]
    answer = ask("gmail_trash", message_ids=several)
    same((answer["success"], answer["changed"], dovecot.found(ANN, "INBOX", "ALL")), (True, inbox, 0))
    several = [one["id"] for one in ask("gmail_search", query="in:trash")["messages"] if "Plan" not in one["subject"]]
    same(ask("gmail_untrash", message_ids=several)["changed"], inbox)
    same((dovecot.found(ANN, "INBOX", "ALL"), dovecot.found(ANN, "Papierkorb", "ALL")), (inbox, trash))
with claim("letters to different people are different conversations"):
    server.ask("send_email", account_id=account, to=["fay@shop.example"], subject="To Fay", body="Hi")
    listed = server.ask("list_conversations", account_id=account)["conversations"]
    for subject in ("To Dora", "To Fay"):
        same([one["message_count"] for one in listed if one["subject"] == subject], [1])
    same(len({one["thread_id"] for one in listed}), len(listed))
    assert all(one["thread_id"] for one in listed), listed

with claim("new mail is in the archive without anybody's asking Dovecot for it"):
    dovecot.deliver(ANN, letter(9, "News", "It has arrived.", "Eve <eve@shop.example>"))
    assert until(lambda: history("eve@shop.example"))
    same([(one["subject"], one["labels"]) for one in history("eve@shop.example")], [("News", ["INBOX", "UNREAD"])])
with claim("connections that are cut are made again, and nothing is missed"):
    dovecot.hang_up(ANN)
    dovecot.deliver(ANN, letter(10, "After", "Still here.", "Finn <finn@shop.example>"))
    same(search("subject:After"), ["After"])
    assert until(lambda: history("finn@shop.example"))
with claim("a password that Dovecot refuses later asks the person to connect again"):
    dovecot.set_passwords(**{ANN: "another-password"})
    dovecot.hang_up(ANN)
    # Dovecot looks for changes of that file once a second.
    answer = until(lambda: next((one for one in [server.tool("gmail_search", connection_id=account, query="ship")]
                                 if one.status != 200), None))
    same((answer.status, answer.json()["code"]), (409, "reconnect_required"), answer)
    assert answer.json()["connect_url"], answer
with claim("with the new password it is the same account, and it is followed again"):
    same(add(server, "another-password").json()["account_id"], account)
    dovecot.deliver(ANN, letter(11, "Again", "Back.", "Gus <gus@shop.example>"))
    assert until(lambda: history("gus@shop.example"))
with claim("remove_gmail_account leaves nothing of it here, and all of it at Dovecot"):
    same(server.ask("remove_gmail_account", account_id=account)["success"], True)
    same(server.tool("get_emails", account_id=account, email="bob@shop.example").status, 404)
    same(dovecot.found(ANN, "INBOX", "ALL"), 5)
with claim("no password and no letter is in the log, and no error of our own"):
    for word in (Dovecot.password, "another-password", "Grüße", "ship sails", '"level":"ERROR"'):
        assert word not in server.output(), word
end()
