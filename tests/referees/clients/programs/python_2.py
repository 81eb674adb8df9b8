"""mcp 2.x from PyPI: the official client of today, in each of its modes (auto, legacy, pinned)."""

import asyncio
import contextlib

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ResourceUpdatedNotification
from tour import task, text_in, tour


class Official:
    def __init__(self):
        self.stack, self.told, self.listening = contextlib.AsyncExitStack(), None, None

    async def connect(self):
        server = {
            "http": lambda: streamable_http_client(
                task.url, http_client=httpx2.AsyncClient(headers=task.headers, timeout=httpx2.Timeout(30, read=300))),
            "sse": lambda: sse_client(task.url, headers=task.headers),
            "stdio": lambda: StdioServerParameters(command=task.command, args=task.args, env=task.env),
        }[task.transport]()
        mode = {"pinned": "2026-07-28"}.get(task.mode, task.mode)
        self.client = await self.stack.enter_async_context(Client(server, mode=mode, message_handler=self.hear))
        return f"revision {self.client.protocol_version}"

    async def hear(self, message):
        if self.told and isinstance(message, ResourceUpdatedNotification):
            self.told(message.params.uri)

    async def tools(self):
        return [tool.name for tool in (await self.client.list_tools()).tools]

    async def call(self, name, args):
        return text_in(await self.client.call_tool(name, args))

    async def resource(self, uri):
        return (await self.client.read_resource(uri)).contents[0].text

    async def prompt(self, name):
        return (await self.client.get_prompt(name)).messages[0].content.text

    async def watch(self, uri, told):
        self.told = told
        if self.client.protocol_version < "2026-07-28":
            await self.client.subscribe_resource(uri)
            return
        is_open = asyncio.Event()

        async def listen():
            async with self.client.listen(resource_subscriptions=[uri]) as subscription:
                is_open.set()
                async for event in subscription:
                    told(event.uri)

        self.listening = asyncio.ensure_future(listen())
        opened = asyncio.ensure_future(is_open.wait())
        await asyncio.wait([opened, self.listening], return_when=asyncio.FIRST_COMPLETED)
        if not is_open.is_set():
            self.listening.result()


asyncio.run(tour(Official()))
