"""openai-agents from PyPI: the MCP servers of OpenAI's Agents SDK, with strict schemas."""

import asyncio

from agents import Agent, RunContextWrapper
from agents.mcp import MCPServerSse, MCPServerStdio, MCPServerStreamableHttp, MCPUtil
from tour import task, text_in, tour


class OpenAIAgents:
    async def connect(self):
        http = {"url": getattr(task, "url", None), "headers": task.headers}
        self.server = {
            "http": lambda: MCPServerStreamableHttp(http),
            "sse": lambda: MCPServerSse(http),
            "stdio": lambda: MCPServerStdio({"command": task.command, "args": task.args, "env": task.env}),
        }[task.transport]()
        await self.server.connect()

    async def tools(self):
        return [tool.name for tool in await self.server.list_tools()]

    async def call(self, name, args):
        return text_in(await self.server.call_tool(name, args))

    async def resource(self, uri):
        return (await self.server.read_resource(uri)).contents[0].text

    async def prompt(self, name):
        return (await self.server.get_prompt(name)).messages[0].content.text

    async def strict(self):
        found = await MCPUtil.get_all_function_tools([self.server], True, RunContextWrapper(None), Agent(name="a"))
        loose = [tool.name for tool in found if not tool.strict_json_schema]
        assert not loose, f"not strict: {loose}"
        return f"all {len(found)} tools are strict"


asyncio.run(tour(OpenAIAgents()))
