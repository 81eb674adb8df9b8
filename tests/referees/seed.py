"""An application written after *Production Agent Setup* works as that document says: its six
functions (tests/seed/functions.py), word for word, run by the system's httpx."""

import asyncio

import httpx

from stage.claims import claim, end, holds, note, same
from stage.person import consent
from stage.programs import REPOSITORY, Sandbox, Server, own_address

TEXT = (REPOSITORY / "tests/seed/functions.py").read_text()


class Application:
    """The six functions as the document prints them; only the host and port are ours."""

    def __init__(self, base, headers=None):
        scope = {}
        exec(compile(TEXT.replace("http://your-mcp-server:8080", base), "functions.py", "exec"), scope)
        if headers:  # what an application behind a shared client does; the functions know nothing
            plain = httpx.AsyncClient
            scope["httpx"] = type("httpx", (), {
                "AsyncClient": staticmethod(lambda: plain(headers=headers))})
        for name, value in scope.items():
            if asyncio.iscoroutinefunction(value):
                setattr(self, name, self._sync(value))

    @staticmethod
    def _sync(function):
        return lambda *args, **kw: asyncio.run(function(*args, **kw))


def lives(how, server, sandbox, headers=None):
    """The document's story from connecting to disconnecting."""
    app = Application(server.url, headers)
    user, email = "user-4711", "alex.morgan@gmail.example"
    connection = None

    with claim(f"{how}: get_gmail_auth_url returns Google's page for exactly the seed's two scopes"):
        url = app.get_gmail_auth_url(user)
        holds(url, "gmail.readonly", "gmail.send", "code_challenge_method=S256")
        assert "gmail.modify" not in url, url
        code, state = consent(url, email)
    with claim(f"{how}: handle_oauth_callback answers success and a connection_id"):
        result = app.handle_oauth_callback(code, state)
        same(set(result), {"success", "connection_id"}, result)
        connection = result["connection_id"]
    with claim(f"{how}: a callback with a state nobody issued is success=false with a sentence"):
        result = app.handle_oauth_callback("4/code", "no-such-state")
        same(result["success"], False)
        assert result["error"].endswith("."), result
    with claim(f"{how}: search_user_email finds mail"):
        result = app.search_user_email(connection, "in:inbox")
        assert 0 < len(result["messages"]) <= 10, result
        same(len(result["messages"][0]), 14, "keys of a message")
    with claim(f"{how}: search_user_email with newer_than:1d, the chatbot pattern, answers a list"):
        assert isinstance(app.search_user_email(connection, "newer_than:1d")["messages"], list)
    with claim(f"{how}: send_email_for_user sends, and the search finds it"):
        before = sandbox.counters()["sends"]
        result = app.send_email_for_user(connection, ["ann@shop.example"], "Order 4711 \u2713", "Hello Ann")
        same(result["success"], True)
        assert result["message_id"] and result["thread_id"], result
        same(sandbox.counters()["sends"], before + 1)
        found = app.search_user_email(connection, "in:sent subject:4711")["messages"]
        holds([m["id"] for m in found], result["message_id"])
    with claim(f"{how}: labels need a scope the person did not give: insufficient_scope, connect_url"):
        message = app.search_user_email(connection, "in:inbox")["messages"][0]["id"]
        answer = server.tool("gmail_modify_labels", headers=headers, connection_id=connection,
                             message_id=message, add_labels=["STARRED"])
        same((answer.status, answer.json()["code"]), (403, "insufficient_scope"))
        holds(answer.json()["connect_url"], "/oauth/start")
    with claim(f"{how}: get_user_connections lists it"):
        listed = app.get_user_connections(user)["connections"]
        same([(c["id"], c["gmail_address"], c["is_active"]) for c in listed], [(connection, email, True)])
        same(app.get_user_connections("somebody-else")["connections"], [])
    with claim(f"{how}: disconnect_gmail ends it, here and at Google"):
        result = app.disconnect_gmail(connection)
        same((result["success"], result["gmail_address"]), (True, email))
        same(app.get_user_connections(user)["connections"], [])
        refused = app.search_user_email(connection, "in:inbox")
        same(refused["success"], False)
        assert "messages" not in refused, refused


google = Sandbox()
here = own_address()

loopback = Server(google.settings())
lives("on loopback, without a credential", loopback, google)
loopback.stop()

if here == "127.0.0.1":
    note("this machine has no address but loopback: beyond loopback is played on 127.0.0.1")

guarded = Server({**google.settings(), "GMAIL_MCP_SERVER_AUTH_TOKEN": "app-token-of-the-test"},
                 host="0.0.0.0", address=here)
lives("on 0.0.0.0, with a Bearer token", guarded, google,
      {"Authorization": "Bearer app-token-of-the-test"})
with claim("on 0.0.0.0: without the token the same call is refused"):
    same(guarded.tool("gmail_list_connections", user_id="u").status, 401)
guarded.stop()

opened = Server({**google.settings(), "GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED": "true"},
                host="0.0.0.0", address=here)
lives("on 0.0.0.0, GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED=true", opened, google)
with claim("on 0.0.0.0: being open to everybody is shouted in the log and in /health"):
    holds(opened.output().lower(), "unauthenticated")
    holds(opened.request("GET", "/health").text, "anybody")
opened.stop()
end()
