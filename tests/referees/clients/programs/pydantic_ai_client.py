"""pydantic-ai-slim[mcp] from PyPI: MCP tools as Pydantic AI's."""

import asyncio
import json

from fastmcp.client.transports import SSETransport, StdioTransport
from pydantic_ai.mcp import MCPToolset
from tour import task, tour


class PydanticAI:
    async def connect(self):
        self.toolset = {
            "http": lambda: MCPToolset(task.url, headers=task.headers),
            "sse": lambda: MCPToolset(SSETransport(task.url, headers=task.headers)),
            "stdio": lambda: MCPToolset(StdioTransport(task.command, task.args, env=task.env)),
        }[task.transport]()
        await self.toolset.__aenter__()

    async def tools(self):
        return [tool.name for tool in await self.toolset.list_tools()]

    async def call(self, name, args):
        said = await self.toolset.direct_call_tool(name, args)
        return said if isinstance(said, str) else json.dumps(said)

    async def resource(self, uri):
        return await self.toolset.read_resource(uri)

    async def prompt(self, name):
        return str((await self.toolset.get_prompt(name)).messages[0].content)


asyncio.run(tour(PydanticAI()))
