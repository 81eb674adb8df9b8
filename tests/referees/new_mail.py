"""New mail reaches the official clients without their asking: 1.x over Streamable HTTP and over HTTP+SSE,
2.x in both eras; of accounts that wait in IDLE, and of accounts that are polled, by IMAP and by Gmail's
history."""

from stage.claims import claim, end, same
from stage.person import add_account, connect
from stage.programs import Sandbox, Server, node, until

ALICE, SECOND, BOB = "alex.morgan@gmail.example", "priya.nair@gmail.example", "tom.becker@gmail.example"


def connect_by_google(server, _, user, email):
    """Its archive is off until it is asked for, and followed within a minute then, or from the next start."""
    connection = connect(server, user, email)
    server.ask("fetch_inbox", account_id=connection)
    server.stop()
    server.start()
    return connection


for how, add_second, settings in (
        ("IDLE", add_account, {"INBOX_POLL_INTERVAL_SECONDS": "3600"}),
        ("polling", connect_by_google, {"GMAIL_MCP_MAIL_MAX_WATCHED_ACCOUNTS": "0",
                                        "INBOX_POLL_INTERVAL_SECONDS": "5"})):
    google = Sandbox()
    server = Server({**google.settings(), **google.mail_settings(), **settings})
    accounts = {"ALICE": add_account(server, google, "alice", ALICE),
                "SECOND": add_second(server, google, "alice", SECOND),
                "BOB": add_account(server, google, "bob", BOB)}
    with claim(f"by {how}: the mail there was is in the archive before anybody asks for it"):
        for account in accounts.values():
            assert until(lambda: server.tool("list_conversations", account_id=account).json().get("conversations")), account
    status = node("new_mail.mjs", {"URL": server.url, "SANDBOX": google.url, "HOW": how,
                                   **accounts})
    if status not in (0, 1):  # 1: it said which claims failed
        with claim(f"by {how}: the clients run to their end"):
            same(status, 0, "status")
    with claim(f"by {how}: what came is in the archive once"):
        for email, subject in (("ann@shop.example", "To the second"), ("carol@shop.example", "Still here")):
            kept = server.ask("get_emails", account_id=accounts["SECOND"], email=email)["messages"]
            same([one["subject"] for one in kept], [subject])
    with claim(f"by {how}: the server saw no error of its own"):
        assert '"level":"ERROR"' not in server.output(), server.output()[-2000:]
    server.stop()
    google.kill()
end()
