"""Vercel's emulate plays Google: the whole OAuth flow and every tool work against somebody else's
idea of Gmail. It knows no batch and no profile, and has other faults; see the comments."""

import base64
import email
import email.policy

from stage import web
from stage.claims import claim, end, holds, same
from stage.person import consent, consent_in
from stage.programs import NODE_PROGRAMS, Program, Server, as_json, directory, free_port, seal

ALICE = "alice@gmail.example"
PDF = b"%PDF-1.4 a small invoice\n" * 40


def raw(subject, body, message_id, **more):
    """A mail with an attachment, as bytes. Not by emulate's own body_text: that makes broken mail."""
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Carol Ödman <carol@shop.example>", ALICE, subject
    mail["Message-ID"], mail["Date"] = f"<{message_id}>", "Fri, 02 Jan 2026 03:04:05 +0000"
    for name, value in more.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    mail.add_alternative(f"<p>{body}</p>", subtype="html")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="Invoice 4711.pdf")
    return seal(mail.as_bytes(policy=email.policy.SMTP))


port, ours = free_port(), free_port()
google = f"http://127.0.0.1:{port}"
CLIENT = {"client_id": "cid.apps.googleusercontent.com", "client_secret": "GOCSPX-secret"}
seed = directory / "emulate.json"
seed.write_text(as_json({"tokens": {"alice-herself": {"login": ALICE, "scopes": []}}, "google": {
    # Any bearer token it does not know is silently the first user: let that be nobody of ours.
    "users": [{"email": "decoy@gmail.example", "name": "Decoy"}, {"email": ALICE, "name": "Alice"}],
    "oauth_clients": [{**CLIENT, "name": "Referee",
                       "redirect_uris": [f"http://localhost:{ours}/oauth/callback"]}],
    "messages": [
        {"id": "18c0ffee00000001", "thread_id": "18c0ffee00000001", "user_email": ALICE,
         "label_ids": ["INBOX", "UNREAD"], "raw": raw("Invoice ✓ 4711", "Grüße aus Köln", "i1@shop.example")},
        {"id": "18c0ffee00000002", "thread_id": "18c0ffee00000001", "user_email": ALICE,
         "label_ids": ["INBOX"], "raw": raw("Re: Invoice ✓ 4711", "A reminder", "i2@shop.example",
                                            In_Reply_To="<i1@shop.example>", References="<i1@shop.example>")},
        {"id": "18c0ffee0000000d", "user_email": "decoy@gmail.example", "label_ids": ["INBOX"],
         "raw": raw("Decoy", "not yours", "d@shop.example")}]}}))
Program("emulate", [NODE_PROGRAMS / "node", NODE_PROGRAMS / "emulate", "start", "--service", "google",
                    "--port", port, "--seed", seed], ready=google + "/.well-known/openid-configuration")

OPERATOR = {"Authorization": "Bearer operator"}
server = Server({
    "GMAIL_MCP_GOOGLE_CLIENT_ID": CLIENT["client_id"],
    "GMAIL_MCP_GOOGLE_CLIENT_SECRET": CLIENT["client_secret"],
    "GMAIL_MCP_GOOGLE_AUTH_URL": google + "/o/oauth2/v2/auth",
    "GMAIL_MCP_GOOGLE_TOKEN_URL": google + "/oauth2/token",
    "GMAIL_MCP_GOOGLE_REVOKE_URL": google + "/oauth2/revoke",
    "GMAIL_MCP_GOOGLE_USERINFO_URL": google + "/oauth2/v2/userinfo",
    "GMAIL_MCP_GOOGLE_API_URL": google,
    "GMAIL_MCP_SERVER_AUTH_TOKEN": "application", "GMAIL_MCP_SERVER_OPERATOR_TOKEN": "operator",
}, port=ours)
server.headers = {"Authorization": "Bearer application"}

with claim("gmail_check_setup (operator): ready"):
    answer = server.tool("gmail_check_setup", headers=OPERATOR).json()
    same((answer["ready"], answer["issues"]), (True, []))
with claim("gmail_get_auth_url, consent by the person, our callback page: connected"):
    start = server.ask("gmail_get_auth_url", user_id="u1")
    browser = web.Browser()
    browser.open(start["connect_url"])
    browser.press("Continue")
    page = consent_in(browser, ALICE)
    same(page.status, 200, page)
    same(page.url.split("?")[0], f"http://localhost:{server.port}/oauth/done")
    holds(page.text, ALICE)
with claim("gmail_list_connections shows it"):
    listed = server.ask("gmail_list_connections", user_id="u1")["connections"]
    same([c["gmail_address"] for c in listed], [ALICE])
    connection = listed[0]["id"]
with claim("gmail_handle_oauth_callback does the same for an application that has the code: same connection"):
    start = server.ask("gmail_get_auth_url", user_id="u1")
    code, state = consent(start["auth_url"], ALICE)
    same(state, start["state"])
    done = server.ask("gmail_handle_oauth_callback", code=code, state=state)
    same((done["success"], done["connection_id"], done["user_id"], done["gmail_address"]),
         (True, connection, "u1", ALICE))
with claim("a used state is refused"):
    answer = server.tool("gmail_handle_oauth_callback", code=code, state=state)
    same((answer.status, answer.json()["success"]), (400, False), answer)
with claim("gmail_check_connection: valid"):
    answer = server.ask("gmail_check_connection", connection_id=connection)
    same((answer["valid"], answer["gmail_address"], answer["needs_reauth"]), (True, ALICE, False))

with claim("gmail_search works without a batch endpoint"):
    found = server.ask("gmail_search", connection_id=connection, query="in:inbox", max_results=100)
    ids = {m["id"] for m in found["messages"]}
    holds(ids, "18c0ffee00000001", "18c0ffee00000002")
    assert "18c0ffee0000000d" not in ids, "the decoy's mail"
    same(found["omitted"], [])
with claim("gmail_search with include_body brings bodies; nothing found is an empty list"):
    found = server.ask("gmail_search", connection_id=connection, query="from:carol", include_body=True)
    holds([m["body_plain"].strip() for m in found["messages"]], "Grüße aus Köln")
    same(server.ask("gmail_search", connection_id=connection, query="from:nobody-here")["messages"], [])
with claim("gmail_get_message: names, subject, both bodies, labels and the attachment"):
    mail = server.ask("gmail_get_message", connection_id=connection, message_id="18c0ffee00000001")
    same(mail["subject"], "Invoice ✓ 4711")
    same(mail["from"], {"name": "Carol Ödman", "email": "carol@shop.example"})
    same(mail["body_plain"].strip(), "Grüße aus Köln")
    same((mail["body_html"], mail["truncated"]), (None, False))
    as_html = server.ask("gmail_get_message", connection_id=connection, message_id=mail["id"], body_format="html")
    holds(as_html["body_html"], "<p>Grüße aus Köln")
    same(as_html["body_plain"], "")
    same((mail["date"][:10], mail["date"][-1]), ("2026-01-02", "Z"))
    holds(mail["labels"], "INBOX", "UNREAD")
    same([(a["filename"], a["mime_type"], a["size"]) for a in mail["attachments"]],
         [("Invoice 4711.pdf", "application/pdf", len(PDF))])
with claim("gmail_get_message, raw: the mail as it came, a piece at a time"):
    whole, cursor = "", None
    while True:
        piece = server.ask("gmail_get_message", connection_id=connection, message_id=mail["id"], body_format="raw",
                           max_chars=400, **({"body_cursor": cursor} if cursor else {}))
        whole, cursor = whole + piece["raw"], piece.get("body_cursor")
        if not cursor:
            break
    parsed = email.message_from_string(whole, policy=email.policy.default)
    same((parsed["Subject"], parsed["Message-ID"]), ("Invoice ✓ 4711", "<i1@shop.example>"))
with claim("gmail_get_message, metadata and minimal, and an unknown id"):
    for form in ("metadata", "minimal"):
        one = server.ask("gmail_get_message", connection_id=connection, message_id=mail["id"], format=form)
        same((one["id"], one["body_plain"], len(one)), (mail["id"], "", 14))
    answer = server.tool("gmail_get_message", connection_id=connection, message_id="18c0ffee99999999")
    same((answer.status, answer.json()["code"]), (404, "not_found"))
with claim("gmail_get_thread: two messages, oldest first"):
    thread = server.ask("gmail_get_thread", connection_id=connection, thread_id=mail["thread_id"])
    same((thread["id"], thread["message_count"]), (mail["thread_id"], 2))
    same([m["id"] for m in thread["messages"]], ["18c0ffee00000001", "18c0ffee00000002"])
with claim("gmail_get_attachment: the same bytes"):
    got = server.ask("gmail_get_attachment", connection_id=connection, message_id=mail["id"],
                     attachment_id=mail["attachments"][0]["id"])
    same((got["filename"], got["size"]), ("Invoice 4711.pdf", len(PDF)))
    same(base64.b64decode(got["content_base64"], validate=True), PDF)


def stored(message_id):
    """The mail emulate keeps, asked of it directly, past us, and parsed by Python."""
    answer = web.request("GET", f"{google}/gmail/v1/users/me/messages/{message_id}?format=raw",
                         headers={"Authorization": "Bearer alice-herself"})
    return email.message_from_bytes(base64.urlsafe_b64decode(answer.json()["raw"] + "==="),
                                    policy=email.policy.default)


with claim("gmail_send, plain"):
    sent = server.ask("gmail_send", connection_id=connection, to=["ann@shop.example"],
                      subject="Grüße ✓", body="Plain text, long enough to wrap? " * 5)
    same(sent["success"], True)
    kept = stored(sent["message_id"])
    same((kept["From"].addresses[0].addr_spec, kept["To"], kept["Subject"]),
         (ALICE, "ann@shop.example", "Grüße ✓"))
    same(kept.get_content().strip(), ("Plain text, long enough to wrap? " * 5).strip())
with claim("gmail_send, HTML, an attachment of ours, one passed on, cc and bcc"):
    sent = server.ask("gmail_send", connection_id=connection, to=["Ann <ann@shop.example>", "ben@shop.example"],
                      cc=["cc@shop.example"], bcc=["bcc@shop.example"], subject="Files", body="See both.",
                      body_html="<p>See <b>both</b>.</p>", attachments=[
                          {"filename": "notes é.txt", "content_base64": base64.b64encode(b"notes\0\n").decode()},
                          {"message_id": mail["id"], "attachment_id": mail["attachments"][0]["id"]}])
    kept = stored(sent["message_id"])
    same([a.addr_spec for a in kept["To"].addresses], ["ann@shop.example", "ben@shop.example"])
    same((kept["Cc"], kept["Bcc"]), ("cc@shop.example", "bcc@shop.example"))
    same(kept.get_body(("plain",)).get_content().strip(), "See both.")
    same(kept.get_body(("html",)).get_content().strip(), "<p>See <b>both</b>.</p>")
    same([(a.get_filename(), a.get_payload(decode=True)) for a in kept.iter_attachments()],
         [("notes é.txt", b"notes\0\n"), ("Invoice 4711.pdf", PDF)])
with claim("gmail_send, a reply: to its sender, in its thread, with In-Reply-To and References"):
    sent = server.ask("gmail_send", connection_id=connection, to=[], subject="", body="Paid.",
                      reply_to_message_id="18c0ffee00000002")
    same(sent["thread_id"], mail["thread_id"])
    kept = stored(sent["message_id"])
    same((kept["To"].addresses[0].addr_spec, kept["Subject"]), ("carol@shop.example", "Re: Invoice ✓ 4711"))
    same(kept["In-Reply-To"], "<i2@shop.example>")
    same(kept["References"].split(), ["<i1@shop.example>", "<i2@shop.example>"])
with claim("gmail_forward: the invoice and its text, as a new conversation"):
    sent = server.ask("gmail_forward", connection_id=connection, message_id=mail["id"], to=["ann@shop.example"],
                      body="See below.")
    assert sent["thread_id"] != mail["thread_id"], sent
    kept = stored(sent["message_id"])
    same((kept["Subject"], kept["In-Reply-To"], kept["References"]), ("Fwd: Invoice ✓ 4711", None, None))
    holds(kept.get_body(("plain",)).get_content().replace("\r\n", "\n"), "See below.\n\n---------- Forwarded message ---------\nFrom: ")
    same([(a.get_filename(), a.get_payload(decode=True)) for a in kept.iter_attachments()], [("Invoice 4711.pdf", PDF)])
with claim("what was sent is found"):
    found = server.ask("gmail_search", connection_id=connection, query="subject:Files in:sent")["messages"]
    same(len(found), 1)
with claim("gmail_modify_labels: read and starred, and back"):
    answer = server.ask("gmail_modify_labels", connection_id=connection, message_id=mail["id"],
                        add_labels=["STARRED"], remove_labels=["UNREAD"])
    holds(answer["current_labels"], "STARRED", "INBOX")
    assert "UNREAD" not in answer["current_labels"], answer
    answer = server.ask("gmail_modify_labels", connection_id=connection, message_id=mail["id"],
                        remove_labels=["STARRED"])
    assert "STARRED" not in answer["current_labels"], answer
with claim("labels: listed, given by name in any case, an unknown one is an error"):
    labels = server.ask("gmail_list_labels", connection_id=connection)["labels"]
    holds([(one["id"], one["type"]) for one in labels], ("INBOX", "system"), ("STARRED", "system"))
    answer = server.ask("gmail_modify_labels", connection_id=connection, message_id=mail["id"], add_labels="starred")
    holds(answer["current_labels"], "STARRED")
    answer = server.tool("gmail_modify_labels", connection_id=connection, message_id=mail["id"], add_labels="nowhere")
    same((answer.status, answer.json()["code"]), (400, "invalid_argument"))
with claim("gmail_batch_modify_labels: each message says whether it changed, the missing one too"):
    answer = server.ask("gmail_batch_modify_labels", connection_id=connection, remove_labels=["STARRED"],
                        message_ids=[mail["id"], "18c0ffee99999999", "18c0ffee00000002"])
    same([(r["success"], r.get("code")) for r in answer["results"]], [(True, None), (False, "not_found"), (True, None)])
    answer = server.ask("gmail_batch_modify_labels", connection_id=connection, add_labels=["STARRED"],
                        thread_id=mail["thread_id"])
    same((answer["success"], answer["complete"]), (True, True))
    starred = server.ask("gmail_search", connection_id=connection, query="is:starred")["messages"]
    holds([m["id"] for m in starred], mail["id"], "18c0ffee00000002")
with claim("gmail_archive, gmail_trash, gmail_untrash"):
    def now():
        return server.ask("gmail_get_message", connection_id=connection, message_id=mail["id"],
                          format="minimal")["labels"]
    server.ask("gmail_archive", connection_id=connection, message_id=mail["id"])
    assert "INBOX" not in now(), now()
    server.ask("gmail_trash", connection_id=connection, message_id=mail["id"])
    holds(now(), "TRASH")
    server.ask("gmail_untrash", connection_id=connection, message_id=mail["id"])
    assert "TRASH" not in now(), now()
with claim("gmail_trash and gmail_untrash take several"):
    several = [mail["id"], "18c0ffee99999999", "18c0ffee00000002"]
    answer = server.ask("gmail_trash", connection_id=connection, message_ids=several)
    same([r["success"] for r in answer["results"]], [True, False, True])
    holds(now(), "TRASH")
    answer = server.ask("gmail_untrash", connection_id=connection, message_ids=several[::2])
    same((answer["success"], answer["changed"]), (True, 2))
    assert "TRASH" not in now(), now()
with claim("labels: made, given, renamed, deleted; messages stay"):
    made = server.ask("gmail_create_label", connection_id=connection, name="Errands", color="#16a766")
    server.ask("gmail_modify_labels", connection_id=connection, message_id=mail["id"], add_labels=["errands"])
    holds(now(), made["id"])
    renamed = server.ask("gmail_update_label", connection_id=connection, label="Errands", name="Jobs")
    same((renamed["id"], renamed["name"]), (made["id"], "Jobs"))
    gone = server.ask("gmail_delete_label", connection_id=connection, label="Jobs")
    same((gone["name"], gone["messages_unlabelled"]), ("Jobs", 1))
    assert made["id"] not in now(), now()
with claim("drafts: written, listed, changed, sent once by their key, deleted"):
    draft = server.ask("gmail_create_draft", connection_id=connection, to=[], subject="", body="Paid?",
                       reply_to_message_id="18c0ffee00000002",
                       attachments=[{"filename": "n.txt", "content_base64": "aGVsbG8="}])
    listed = server.ask("gmail_list_drafts", connection_id=connection)["drafts"]
    same([(d["draft_id"], d["subject"]) for d in listed], [(draft["draft_id"], "Re: Invoice ✓ 4711")])
    kept = stored(draft["message_id"])
    same((kept["In-Reply-To"], kept["To"].addresses[0].addr_spec), ("<i2@shop.example>", "carol@shop.example"))
    same([(a.get_filename(), a.get_payload(decode=True)) for a in kept.iter_attachments()], [("n.txt", b"hello")])
    changed = server.ask("gmail_update_draft", connection_id=connection, draft_id=draft["draft_id"],
                         to=["ann@shop.example"], subject="Changed", body="Now this.")
    same(server.ask("gmail_list_drafts", connection_id=connection)["drafts"][0]["subject"], "Changed")
    sent = [server.ask("gmail_send_draft", connection_id=connection, draft_id=changed["draft_id"],
                       idempotency_key="once") for _ in range(2)]
    same((sent[0]["message_id"], sent[1]["deduplicated"]), (sent[1]["message_id"], True))
    same(len(server.ask("gmail_search", connection_id=connection, query="subject:Changed in:sent")["messages"]), 1)
    other = server.ask("gmail_create_draft", connection_id=connection, to="x@shop.example", subject="s", body="b")
    server.ask("gmail_delete_draft", connection_id=connection, draft_id=other["draft_id"])
    same(server.ask("gmail_list_drafts", connection_id=connection)["drafts"], [])
with claim("gmail_test_connection and gmail_run_migrations (operator)"):
    answer = server.tool("gmail_test_connection", headers=OPERATOR, verbose=True).json()
    same((answer["database_ok"], answer["google_oauth_ok"], answer["user_count"]), (True, True, 1))
    same(server.tool("gmail_run_migrations", headers=OPERATOR).json()["migrations_run"], [])
with claim("gmail_disconnect revokes at Google and forgets"):
    answer = server.ask("gmail_disconnect", connection_id=connection)
    same((answer["success"], answer["gmail_address"], answer["revoked"]), (True, ALICE, True))
    same(server.ask("gmail_list_connections", user_id="u1")["connections"], [])
    checked = server.ask("gmail_check_connection", connection_id=connection)
    same((checked["valid"], checked["needs_reauth"]), (False, True))
with claim("the server's log names no address and no token of all this"):
    log = server.output()
    for word in (ALICE, "carol@shop", "GOCSPX", "google_", code):
        assert word not in log, word
end()
