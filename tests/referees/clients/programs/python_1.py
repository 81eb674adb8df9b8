"""mcp 1.x from PyPI: the official client of the years with sessions."""

import asyncio
import contextlib

from mcp import ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from mcp.types import ResourceUpdatedNotification
from tour import task, text_in, tour


class Official:
    def __init__(self):
        self.stack, self.told = contextlib.AsyncExitStack(), None

    async def connect(self):
        streams = await self.stack.enter_async_context({
            "http": lambda: streamablehttp_client(task.url, headers=task.headers),
            "sse": lambda: sse_client(task.url, headers=task.headers),
            "stdio": lambda: stdio_client(StdioServerParameters(command=task.command, args=task.args, env=task.env)),
        }[task.transport]())
        self.session = await self.stack.enter_async_context(
            ClientSession(streams[0], streams[1], message_handler=self.hear))
        await self.session.initialize()

    async def hear(self, message):
        notification = getattr(message, "root", None)
        if self.told and isinstance(notification, ResourceUpdatedNotification):
            self.told(notification.params.uri)

    async def tools(self):
        return [tool.name for tool in (await self.session.list_tools()).tools]

    async def call(self, name, args):
        return text_in(await self.session.call_tool(name, args))

    async def resource(self, uri):
        return (await self.session.read_resource(uri)).contents[0].text

    async def prompt(self, name):
        return (await self.session.get_prompt(name)).messages[0].content.text

    async def watch(self, uri, told):
        self.told = told
        await self.session.subscribe_resource(uri)


asyncio.run(tour(Official()))
