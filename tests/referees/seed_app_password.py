"""A person who follows *Gmail MCP Server (Multi-User)* gets what it promises: its .env alone, its
endpoints, and its JSON bodies as they are printed (tests/seed)."""

import json
import sqlite3

from stage.claims import claim, end, holds, same
from stage.mail_doors import MailDoors
from stage.programs import REPOSITORY, Program, GMAIL_MCP, directory, free_port, key
from stage import web

SEED = REPOSITORY / "tests/seed"
JANE = json.loads((SEED / "add_gmail_account.json").read_text())

doors = MailDoors({JANE["email"]: JANE["app_password"], "joe@gmail.com": "ponmlkjihgfedcba"})
port = free_port()
base = f"http://localhost:{port}"
env = (SEED / "app_password.env").read_text().replace("ENCRYPTION_KEY=", f"ENCRYPTION_KEY={key()}")
# Beside the document's own lines: where Gmail is played, and a port that is free.
env += "".join(f"{name}={value}\n" for name, value in {**doors.settings(), "PORT": port}.items())
(directory / ".env").write_text(env)
server = Program("server", [GMAIL_MCP, "serve", "--transport", "http"], ready=base + "/health")


def ask(method, path, body=None):
    return web.request(method, base + path, body)


with claim("the .env alone starts a server that is ready, without a Google client"):
    health = ask("GET", "/health").json()
    same((health["ready"], health["app_password"], health["oauth"]), (True, "ready", "not ready"))
    same(ask("GET", "/health/ready").status, 200)
with claim("POST /accounts with the printed body returns an account_id"):
    added = ask("POST", "/accounts", JANE).json()
    same({name: added[name] for name in ("success", "user_id", "email", "display_name", "is_active")},
         {"success": True, "user_id": "user-123", "email": "jane@gmail.com",
          "display_name": "Jane Doe", "is_active": True})
    jane = added["account_id"]
    assert added["created_at"].endswith("Z"), added
with claim("it has signed in to IMAP and to SMTP before saving"):
    same([door for door, *_ in doors.tried], ["imap", "smtp"])
with claim("the tool add_gmail_account with the same body updates the same account"):
    again = ask("POST", "/tools/add_gmail_account", JANE).json()
    same((again["success"], again["account_id"]), (True, jane))
with claim("GET /accounts lists it, and never a password"):
    answer = ask("GET", "/accounts")
    same([a["account_id"] for a in answer.json()["accounts"]], [jane])
    assert "password" not in answer.text.replace("app_password", ""), answer
    assert JANE["app_password"] not in answer.text
with claim("GET /accounts?user_id= shows one user's alone"):
    joe = ask("POST", "/accounts", {"user_id": "user-456", "email": "joe@gmail.com",
                                    "app_password": "ponm lkji hgfe dcba"}).json()["account_id"]
    same([a["email"] for a in ask("GET", "/accounts?user_id=user-123").json()["accounts"]],
         ["jane@gmail.com"])
    same(len(ask("GET", "/accounts").json()["accounts"]), 2)
with claim("the gmail_* tools know the account by the same id"):
    listed = ask("POST", "/tools/gmail_list_connections", {"user_id": "user-123"}).json()
    same([(c["id"], c["kind"]) for c in listed["connections"]], [(jane, "app_password")])
    check = ask("POST", "/tools/gmail_check_connection", {"account_id": jane}).json()
    same((check["valid"], check["needs_reauth"]), (True, False))
with claim("without app_password a link is returned where the person types it herself"):
    asked = ask("POST", "/accounts", {"user_id": "user-123", "email": "jane@gmail.com"}).json()
    same((asked["success"], asked["account_id"]), (True, None))
    holds(asked["connect_url"], f"http://localhost:{port}/oauth/start?state=")
with claim("a password that stopped working asks the person to connect again, with a link"):
    doors.passwords["joe@gmail.com"] = "changed at google"
    check = ask("POST", "/tools/gmail_check_connection", {"connection_id": joe}).json()
    same((check["valid"], check["needs_reauth"]), (False, True))
    holds(check["connect_url"], "/oauth/start?state=")
with claim("DELETE /accounts/{id} removes it, and the row is gone"):
    same(ask("DELETE", f"/accounts/{jane}").json(), {"success": True, "account_id": jane})
    same(ask("DELETE", f"/accounts/{jane}").status, 404)
    same([a["account_id"] for a in ask("GET", "/accounts").json()["accounts"]], [joe])
    rows = sqlite3.connect(directory / "gmail_mcp.db").execute(
        "SELECT count(*) FROM connections WHERE id = ?", (jane,)).fetchone()
    same(rows, (0,))
with claim("gmail_disconnect erases the password, and says that Google keeps it"):
    ended = ask("POST", "/tools/gmail_disconnect", {"connection_id": joe}).json()
    same((ended["success"], ended["revoked"]), (True, False))
    holds(ended["revoke_error"], "myaccount.google.com/apppasswords")
    rows = sqlite3.connect(directory / "gmail_mcp.db").execute(
        "SELECT app_password_encrypted FROM connections").fetchall()
    same(rows, [(None,)])
with claim("no password is in the log, nor in the database in the clear"):
    for text in (server.output().encode(), (directory / "gmail_mcp.db").read_bytes()):
        for word in (JANE["app_password"], "ponmlkjihgfedcba"):
            assert word.encode() not in text, word
with claim("it stops when it is told to"):
    same(server.stop(), 0)
end()
