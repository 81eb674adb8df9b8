"""The life of a connection: what is stored, how it is refreshed, taken away, renewed and ended."""

import sqlite3
import threading

from cryptography.fernet import Fernet

from stage import web
from stage.claims import claim, end, holds, same
from stage.person import connect, consent, consent_in
from stage.programs import Sandbox, Server, directory, until

EMAIL = "alex.morgan@gmail.example"
google = Sandbox()
database = directory / "connections.db"
server = Server(google.settings(), database=database)
connection = connect(server, "ann", EMAIL)


def row(connection_id):
    with sqlite3.connect(database) as base:
        base.row_factory = sqlite3.Row
        found = base.execute("SELECT * FROM connections WHERE id = ?", (connection_id,)).fetchone()
    base.close()
    return found


def at_once(count, work):
    """`work` in `count` threads; what each returned."""
    results = []
    threads = [threading.Thread(target=lambda: results.append(work())) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(300)
    return results


def search(of=None):
    return (of or server).tool("gmail_search", connection_id=connection, query="in:inbox", max_results=3)


with claim("the token is stored as Python's cryptography can read it, and nowhere in the clear"):
    sealed = row(connection)["access_token_encrypted"]
    token = Fernet(server.settings["GMAIL_MCP_ENCRYPTION_KEY"].encode()).decrypt(sealed.encode())
    stored = b"".join(path.read_bytes() for path in directory.glob("connections.db*"))
    assert len(token) > 10 and token not in stored
    same(oct(database.stat().st_mode & 0o777), "0o600")
with claim("an expired token is refreshed once, however many ask at the same time"):
    google.faults(expire_access_tokens=[EMAIL])
    google.reset_counters()
    same({a.status for a in at_once(20, search)}, {200})
    same(google.counters()["refreshes"], 1)
with claim("two servers on one database refresh it once, too"):
    second = Server({**server.settings}, database=database)
    both = []
    google.faults({"match": "token", "then": {"hold": "before"}}, expire_access_tokens=[EMAIL])
    google.reset_counters()
    threads = [threading.Thread(target=lambda of=of: both.extend(at_once(5, lambda: search(of))))
               for of in (server, second)]
    threads[0].start()
    google.await_held("token")
    threads[1].start()
    # Those of the other server have been refused, too, when it begins to wait for the first.
    assert until(lambda: google.counters()["requests"]["messages.list"] >= 6), google.counters()
    google.faults()
    for one in threads:
        one.join(300)
    same([a.status for a in both], [200] * 10, both)
    same(google.counters()["refreshes"], 1)
with claim("a connection ended by one server is ended for the other within 5 seconds"):
    other = connect(server, "ben", "tom.becker@gmail.example")
    same(second.ask("gmail_check_connection", connection_id=other)["valid"], True)
    server.ask("gmail_disconnect", connection_id=other)
    same(second.tool("gmail_search", connection_id=other, query="x").json()["code"], "reconnect_required")
    second.stop()
with claim("a restart keeps the connection"):
    server.stop()
    server.start()
    same(search().status, 200)

with claim("taken away at Google: reconnect_required with connect_url, and no retry storm"):
    google.faults(revoke=[EMAIL])
    google.reset_counters()
    for _ in range(3):
        answer = search()
        same((answer.status, answer.json()["code"]), (409, "reconnect_required"))
    assert google.counters()["http_requests"] <= 6, google.counters()
    link = answer.json()["connect_url"]
with claim("the person follows connect_url and the same connection works again"):
    browser = web.Browser()
    browser.open(link)
    browser.press("Continue")
    consent_in(browser, EMAIL)
    same(search().status, 200)
    listed = server.ask("gmail_list_connections", user_id="ann", include_inactive=True)["connections"]
    same([one["id"] for one in listed], [connection])

with claim("what the person unticks at Google is not granted: refused before Google is asked"):
    google.faults(next_consent_scopes=["https://www.googleapis.com/auth/gmail.readonly"])
    narrow = connect(server, "carla", "priya.nair@gmail.example")
    same(server.tool("gmail_search", connection_id=narrow, query="in:inbox").status, 200)
    google.reset_counters()
    answer = server.tool("gmail_send", connection_id=narrow, to=["a@shop.example"], subject="s", body="b")
    same((answer.status, answer.json()["code"]), (403, "insufficient_scope"))
    same(google.counters()["http_requests"], 0)
    granted = server.ask("gmail_list_connections", user_id="carla")["connections"][0]["scopes"]
    assert not any(scope.endswith("gmail.send") for scope in granted), granted
with claim("expected_email refuses another account, and saves nothing"):
    start = server.ask("gmail_get_auth_url", user_id="dora", expected_email="dora@gmail.example")
    code, state = consent(start["auth_url"], EMAIL)
    answer = server.tool("gmail_handle_oauth_callback", code=code, state=state)
    same(answer.json()["success"], False)
    assert EMAIL not in answer.text, answer
    same(server.ask("gmail_list_connections", user_id="dora", include_inactive=True)["connections"], [])
with claim("a redirect_uri, a scope or a return_url that is not configured is refused at once"):
    for bad in ({"redirect_uri": "https://evil.example/cb"}, {"scopes": ["gmail.everything"]},
                {"return_url": "https://evil.example/"}):
        same(server.tool("gmail_get_auth_url", user_id="x", **bad).status, 400, bad)
with claim("a code exchanged by two callers at once connects once"):
    start = server.ask("gmail_get_auth_url", user_id="eve")
    code, state = consent(start["auth_url"], EMAIL)
    done = at_once(4, lambda: server.tool("gmail_handle_oauth_callback", code=code, state=state))
    same(sorted(a.status for a in done), [200, 400, 400, 400])

with claim("the grant of a Google account stays while another user's connection lives on it"):
    others = [one["id"] for one in server.ask("gmail_list_connections")["connections"]
              if one["gmail_address"] == EMAIL and one["id"] != connection]
    assert others
    for other in others:
        ended = server.ask("gmail_disconnect", connection_id=other)
        same(ended["revoked"], False)
        assert "another active connection" in ended["revoke_error"], ended
    same(server.tool("gmail_search", connection_id=connection, query="in:inbox").status, 200)
with claim("gmail_disconnect erases the ciphertexts, from the file as well, and keeps the row"):
    sealed = row(connection)["refresh_token_encrypted"]
    same(server.ask("gmail_disconnect", connection_id=connection)["revoked"], True)
    left = row(connection)
    same((left["access_token_encrypted"], left["refresh_token_encrypted"], left["is_active"]),
         (None, None, 0))
    server.stop()
    stored = b"".join(path.read_bytes() for path in directory.glob("connections.db*"))
    assert sealed.encode() not in stored, "still in the file"
end()
