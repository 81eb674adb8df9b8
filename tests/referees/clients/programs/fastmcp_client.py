"""fastmcp from PyPI: its client."""

import asyncio

from fastmcp import Client
from fastmcp.client.transports import SSETransport, StdioTransport, StreamableHttpTransport
from tour import task, text_in, tour


class FastMCP:
    async def connect(self):
        transport = {
            "http": lambda: StreamableHttpTransport(task.url, headers=task.headers),
            "sse": lambda: SSETransport(task.url, headers=task.headers),
            "stdio": lambda: StdioTransport(task.command, task.args, env=task.env),
        }[task.transport]()
        self.client = await Client(transport).__aenter__()
        return f"revision {self.client.protocol_version}"

    async def tools(self):
        return [tool.name for tool in await self.client.list_tools()]

    async def call(self, name, args):
        return text_in(await self.client.call_tool(name, args))

    async def resource(self, uri):
        return (await self.client.read_resource(uri))[0].text

    async def prompt(self, name):
        return (await self.client.get_prompt(name)).messages[0].content.text


asyncio.run(tour(FastMCP()))
