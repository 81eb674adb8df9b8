"""gmail-mcp as an application sees it: one POST for each tool, and one shape of failure."""

import asyncio
import os
import sys

import httpx

URL = os.environ.get("GMAIL_MCP_URL", "http://127.0.0.1:8000")
TOKEN = os.environ.get("GMAIL_MCP_TOKEN", "")


class Failure(Exception):
    """A sentence for people, `code` for programs, `connect_url` where the person can mend it."""

    def __init__(self, answer):
        super().__init__(answer["error"])
        self.code = answer["code"]
        self.retryable = answer["retryable"]
        self.hint = answer.get("hint", "")
        self.connect_url = answer.get("connect_url", "")


class Gmail:
    """What one of your users may reach, and nobody else's mail. Take `user_id` from your own
    session, never from what a browser or a model says."""

    def __init__(self, user_id):
        headers = {"X-Gmail-MCP-User": user_id}
        if TOKEN:
            headers["Authorization"] = f"Bearer {TOKEN}"
        self._http = httpx.AsyncClient(base_url=URL, headers=headers, timeout=30)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self._http.aclose()

    async def call(self, tool, **arguments):
        response = await self._http.post(f"/tools/{tool}", json=arguments)
        if response.is_error:
            raise Failure(response.json())
        return response.json()

    async def connections(self):
        """The user's mailboxes: those that work, and those that must be connected again."""
        return (await self.call("gmail_list_connections", include_inactive=True))["connections"]

    async def connect_url(self):
        """Where the user connects a (further) mailbox: show it, or redirect to it."""
        return (await self.call("gmail_get_auth_url"))["connect_url"]


def run(main):
    """Runs an example; what goes wrong becomes a sentence and the exit status 1."""
    try:
        asyncio.run(main)
    except Failure as failure:
        sys.exit(f"{failure} {failure.connect_url or failure.hint}")
    except httpx.TransportError as error:
        sys.exit(f"gmail-mcp at {URL} does not answer: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
