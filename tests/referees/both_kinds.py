"""One mailbox, connected by Google and by App Password: every tool works on both, and says the same."""

from stage.claims import claim, end, same
from stage.person import connect
from stage.programs import Sandbox, Server, until

EMAIL = "alex.morgan@gmail.example"
google = Sandbox()
server = Server({**google.settings(), **google.mail_settings()})
rest = connect(server, "user-1", EMAIL)
imap = server.ask("add_gmail_account", user_id="user-2", email=EMAIL, display_name="Alex Morgan",
                  app_password=google.app_password(EMAIL))["account_id"]


def both(tool, **arguments):
    """What the tool answers over REST and over IMAP."""
    return [server.ask(tool, connection_id=connection, **arguments) for connection in (rest, imap)]


# Over REST a label has an id and a name; over IMAP its name is its id.
names = {one["id"]: one["name"] for one in server.ask("gmail_list_labels", connection_id=rest)["labels"]
         if one["id"].startswith("Label_")}


def outline(message):
    """What has to agree; over IMAP dates are whole seconds, and attachment sizes of base64 are known
    only to within two bytes."""
    keys = ("id", "thread_id", "subject", "from", "to", "cc", "has_attachments")
    return {key: message.get(key) for key in keys} | {
        "date": message["date"][:len("2026-11-25T03:54:37")],
        "labels": sorted(names.get(label, label) for label in message["labels"] if not label.startswith("CATEGORY_")),
        "files": [(one["id"], one["filename"], one["mime_type"]) for one in message.get("attachments") or []]}


with claim("a search finds the same messages, with the same ids, headers, labels and files"):
    for query in ("", "in:inbox", "is:unread", "has:attachment", "from:priya", "in:sent", "in:anywhere"):
        by_rest, by_imap = both("gmail_search", query=query, max_results=50)
        same([outline(m) for m in by_imap["messages"]], [outline(m) for m in by_rest["messages"]], query)
found = server.ask("gmail_search", connection_id=rest, query="in:anywhere", max_results=50)["messages"]
with claim("every message reads the same, texts included"):
    for one in found:
        by_rest, by_imap = both("gmail_get_message", message_id=one["id"])
        same(outline(by_imap), outline(by_rest))
        same(by_imap.get("body_plain", "").split(), by_rest.get("body_plain", "").split(), one["id"])
with claim("threads hold the same messages"):
    for thread in {one["thread_id"] for one in found}:
        by_rest, by_imap = both("gmail_get_thread", thread_id=thread)
        same([m["id"] for m in by_imap["messages"]], [m["id"] for m in by_rest["messages"]])
with claim("files come byte for byte"):
    for one in found:
        for file in one.get("attachments") or []:
            by_rest, by_imap = both("gmail_get_attachment", message_id=one["id"], attachment_id=file["id"])
            same(by_imap["content_base64"] if "content_base64" in by_imap else by_imap,
                 by_rest["content_base64"] if "content_base64" in by_rest else by_rest, one["id"])
with claim("a label changed over IMAP is changed over REST"):
    message = found[0]["id"]
    server.ask("gmail_modify_labels", connection_id=imap, message_id=message, add_labels=["STARRED"])
    same("STARRED" in server.ask("gmail_get_message", connection_id=rest, message_id=message)["labels"], True)
with claim("a label made over IMAP is renamed over REST with those within it, and deleting it says what it takes away"):
    for name in ("Errands", "Errands/Clients"):
        server.ask("gmail_create_label", connection_id=imap, name=name)
    server.ask("gmail_modify_labels", connection_id=rest, message_id=message, add_labels=["errands"])
    server.ask("gmail_update_label", connection_id=rest, label="Errands", name="Job", color="#ff4400")
    listed = {one["name"] for one in server.ask("gmail_list_labels", connection_id=imap)["labels"]}
    same({"Job", "Job/Clients"} - listed, set())
    gone = server.ask("gmail_delete_label", connection_id=imap, label="Job")
    same((gone["messages_unlabelled"], gone["labels_within"]), (1, ["Job/Clients"]))
    server.ask("gmail_get_message", connection_id=rest, message_id=message)
    server.ask("gmail_delete_label", connection_id=rest, label="Job/Clients")
with claim("a draft that is changed keeps the rest: recipients, thread, files"):
    question = next(m for m in found if "INBOX" in m["labels"])
    for connection in (rest, imap):
        draft = server.ask("gmail_create_draft", connection_id=connection, to=[], subject="", body="Yes.",
                           reply_to_message_id=question["id"],
                           attachments=[{"filename": "a.txt", "content_base64": "data:text/plain;base64,aGVsbG8="}])
        changed = server.ask("gmail_update_draft", connection_id=connection, draft_id=draft["draft_id"], body="No.")
        said = server.ask("gmail_get_message", connection_id=connection, message_id=changed["message_id"])
        same((said["body_plain"].strip(), [one["filename"] for one in said["attachments"]], said["thread_id"]),
             ("No.", ["a.txt"], question["thread_id"]))
        same(len(said["to"]), 1)
        server.ask("gmail_delete_draft", connection_id=connection, draft_id=changed["draft_id"])
with claim("what is sent over SMTP has the ids it has over REST, and the account's name"):
    sent = server.ask("gmail_send", connection_id=imap, to=["priya.nair@gmail.example"], subject="By SMTP",
                      body="Hello.", bcc=["tom.becker@gmail.example"])
    message = server.ask("gmail_get_message", connection_id=rest, message_id=sent["message_id"])
    same((message["subject"], message["thread_id"], message["labels"]), ("By SMTP", sent["thread_id"], ["SENT"]))
    same(message["from"]["name"] if isinstance(message["from"], dict) else message["from"].split(" <")[0],
         "Alex Morgan")
with claim("a reply joins its thread"):
    question = next(m for m in found if "INBOX" in m["labels"])
    sent = server.ask("gmail_send", connection_id=imap, to=[], subject="", body="Yes.",
                      reply_to_message_id=question["id"])
    same(sent["thread_id"], question["thread_id"])
with claim("a dead App Password asks the person to connect again, and costs the other connection nothing"):
    google.faults(revoke_app_passwords=[EMAIL], drop_imap_connections=[EMAIL])
    answer = until(lambda: [a for a in [server.tool("gmail_search", connection_id=imap, query="")]
                            if a.status != 200])[0]
    same((answer.status, answer.json()["code"]), (409, "reconnect_required"), answer)
    assert answer.json()["connect_url"], answer
    server.ask("gmail_search", connection_id=rest, query="")
end()
