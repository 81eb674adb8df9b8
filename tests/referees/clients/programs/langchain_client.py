"""langchain-mcp-adapters from PyPI: MCP tools as LangChain's, a session for every call."""

import asyncio

from langchain_mcp_adapters.client import MultiServerMCPClient
from tour import task, tour


class LangChain:
    async def connect(self):
        if task.transport == "stdio":
            connection = {"transport": "stdio", "command": task.command, "args": task.args, "env": task.env}
        else:
            connection = {"transport": {"http": "streamable_http", "sse": "sse"}[task.transport], "url": task.url,
                          "headers": task.headers}
        self.client = MultiServerMCPClient({"mail": connection})
        self.found = {tool.name: tool for tool in await self.client.get_tools()}

    async def tools(self):
        return self.found

    async def call(self, name, args):
        said = await self.found[name].ainvoke(args)
        return said if isinstance(said, str) else "\n".join(part.get("text", "") for part in said)

    async def resource(self, uri):
        return (await self.client.get_resources("mail", uris=[uri]))[0].as_string()

    async def prompt(self, name):
        return (await self.client.get_prompt("mail", name))[0].content


asyncio.run(tour(LangChain()))
