"""A person signs in with Google from the official client for Python: OAuthClientProvider with its callbacks, and a callback
server on loopback, as an application has them. Started by sign_in.py with the Python of one generation of `mcp`."""

import asyncio
import contextlib
import json
import logging
import os
import sys
import urllib.parse
import urllib.request

logging.disable(logging.ERROR)  # the library prints a traceback of each failure that it also throws

# Behind Python's own: a referee may have the name of one of its modules.
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(HERE)

from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import OAuthClientMetadata
from stage.claims import claim, end, holds, same

GENERATION, SERVER = os.environ["CLIENT"], os.environ["SERVER"]
EXPIRING = os.environ["EXPIRING"]  # a server whose tokens last a few seconds
BACK = f"http://127.0.0.1:{os.environ['BACK_PORT']}/callback"
EMAIL = "alex.morgan@gmail.example"
PATIENCE = 120  # seconds; only to end a hang


def reason(error):
    """Of a group, the first that it is a group of."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@contextlib.contextmanager
def promise(title):
    with claim(f"client Python {GENERATION}: {title}"):
        try:
            yield
        except Exception as error:
            raise reason(error)


class Store:
    """What an application keeps for the library."""

    def __init__(self):
        self.tokens = self.client = None
        self.registrations = 0

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client
        self.registrations += 1


class Person:
    """She opens the link that the program shows her; what comes back is what the program's callback server was told."""

    def __init__(self):
        self.links, self.email, self.told = [], EMAIL, None

    async def arrive(self):
        self.browser = await asyncio.create_subprocess_exec(
            os.environ["NODE"], f"{HERE}/sign_in_person.mjs", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)

        async def answer(reader, writer):
            target = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
                         b"<link rel=icon href='data:,'><p>back at the program</p>")
            await writer.drain()
            writer.close()
            if target.startswith("/callback?") and not self.told.done():
                self.told.set_result(dict(urllib.parse.parse_qsl(target.partition("?")[2])))
        self.back = await asyncio.start_server(answer, "127.0.0.1", int(os.environ["BACK_PORT"]))

    async def open(self, link):
        self.links.append(link)
        self.told = asyncio.get_running_loop().create_future()
        self.browser.stdin.write(json.dumps({"link": link, "email": self.email}).encode() + b"\n")
        await self.browser.stdin.drain()
        said = json.loads(await asyncio.wait_for(self.browser.stdout.readline(), PATIENCE))
        assert "failed" not in said, said

    async def come_back(self):
        self.back_with = await asyncio.wait_for(self.told, PATIENCE)
        code, state = self.back_with.get("code", ""), self.back_with["state"]
        if GENERATION == "1.x":
            return code, state
        from mcp.shared.auth import AuthorizationCodeResult
        return AuthorizationCodeResult(code=code, state=state, iss=self.back_with.get("iss"))

    async def leave(self):
        self.browser.stdin.close()
        await self.browser.wait()
        self.back.close()


async def until(condition):
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def session(person, store, server=SERVER):
    """A client that was given the pasted URL, and what it has kept."""
    url = f"{server}/mcp"
    auth = OAuthClientProvider(
        server_url=url, storage=store, redirect_handler=person.open, callback_handler=person.come_back,
        client_metadata=OAuthClientMetadata(client_name="Ann's client", redirect_uris=[BACK]))
    store.has_expired = lambda: not auth.context.is_token_valid()
    if GENERATION == "1.x":
        from mcp.client.streamable_http import streamablehttp_client
        async with streamablehttp_client(url, auth=auth) as (reading, writing, _), \
                ClientSession(reading, writing) as client:
            await client.initialize()
            yield client
    else:
        import httpx2
        from mcp import Client
        from mcp.client.streamable_http import streamable_http_client
        async with httpx2.AsyncClient(auth=auth, timeout=httpx2.Timeout(30, read=300)) as http, \
                Client(streamable_http_client(url, http_client=http), mode="auto") as client:
            yield client


async def call(client, name, **arguments):
    result = await client.call_tool(name, arguments)
    text = "\n".join(getattr(part, "text", "") for part in result.content)
    assert not (getattr(result, "is_error", None) or getattr(result, "isError", None)), text
    return json.loads(text)


async def fails(person, store):
    """Why no session comes about."""
    try:
        async with session(person, store):
            pass
    except Exception as error:  # pylint: disable=broad-except
        return str(reason(error))
    raise AssertionError("it connected")


def status_of(store):
    """Of a call with the access token that is kept."""
    request = urllib.request.Request(f"{SERVER}/mcp", method="POST", data=b"{}",
                                     headers={"Authorization": f"Bearer {store.tokens.access_token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


async def main():
    person, store = Person(), Store()
    await person.arrive()

    with promise("who cancels on our page is known to the program, which gets no token"):
        person.email = None
        holds(await fails(person, store), "No authorization code received")
        same(person.back_with.get("error"), "access_denied")
        same(person.back_with.get("iss"), SERVER)
        same(store.tokens, None)
        person.email = EMAIL

    with promise("an access token that has expired is refreshed by the client, unnoticed"):
        store = Store()
        async with session(person, store, EXPIRING) as client:
            await call(client, "gmail_list_connections")
            before, links = store.tokens, len(person.links)
            await until(store.has_expired)
            await call(client, "gmail_list_connections")
            assert store.tokens.access_token != before.access_token
            assert store.tokens.refresh_token != before.refresh_token
            same(len(person.links), links, "links shown")

    store = Store()
    with promise("a pasted URL leads over registration, our page and Google to a mailbox that a tool reads"):
        async with session(person, store) as client:
            listed = await call(client, "gmail_list_connections")
            same([one["gmail_address"] for one in listed["connections"]], [EMAIL])
            connection = listed["connections"][0]["id"]
            found = await call(client, "gmail_search", connection_id=connection, query="in:anywhere", max_results=1)
            same(len(found["messages"]), 1)
        same(store.registrations, 1)
        assert person.links[-1].startswith(f"{SERVER}/authorize?"), person.links[-1]
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(person.links[-1]).query))
        same((asked["resource"], asked["scope"], asked["code_challenge_method"]),
             (f"{SERVER}/mcp", "mail.read mail.organize mail.send", "S256"))

    with promise("started again with what it kept, it calls without asking the person"):
        links = len(person.links)
        async with session(person, store) as client:
            await call(client, "gmail_list_labels", connection_id=connection)
        same(len(person.links), links, "links shown")

    with promise("a revoked sign-in is over: 401, and the client sends the person to our page again"):
        body = urllib.parse.urlencode({"token": store.tokens.refresh_token, "client_id": store.client.client_id})
        with urllib.request.urlopen(f"{SERVER}/revoke", body.encode()) as answer:
            same(answer.status, 200)
        same(status_of(store), 401)
        links, registrations = len(person.links), store.registrations
        async with session(person, store) as client:
            await call(client, "gmail_list_labels", connection_id=connection)
        same(len(person.links), links + 1, "links shown")
        same(store.registrations, registrations, "registrations")

    with promise("a call that needs another scope leads the person to our page for it, and goes on"):
        links = len(person.links)
        async with session(person, store) as client:
            await call(client, "gmail_disconnect", connection_id=connection)
            same(len(person.links), links + 1, "links shown")
            holds(store.tokens.scope.split(), "mail.accounts", "mail.read", "mail.organize", "mail.send")
            listed = await call(client, "gmail_list_connections")
            same([one["id"] for one in listed["connections"] if one["id"] == connection], [])

    await person.leave()


asyncio.run(main())
end()
