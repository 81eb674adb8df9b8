"""Every tool's schemas through the converters of the Vercel AI SDK, LangChain, Google and OpenAI, judged by the rules
of Gemini and OpenAI (schemas/rules.mjs); and what the list costs in tokens. Nothing is sent to anybody."""

import json

from stage.claims import claim, end, same
from stage.programs import REPOSITORY, Sandbox, Server, directory, node
from stage.tool_doors import Stdio

google = Sandbox()
server = Server(google.settings())
# On stdio the operator sees all tools.
stdio = Stdio(server.settings)
tools = stdio.ask("tools/list", {})["result"]["tools"]
stdio.close()
golden = json.loads((REPOSITORY / "tests/golden/tools.json").read_text())
toolsets = {one["name"]: one["toolset"] for one in golden}
with claim("the list has all tools, each with the schemas of its arguments and its answer"):
    same(sorted(one["name"] for one in tools), sorted(toolsets))
    same([one["name"] for one in tools if "inputSchema" not in one or "outputSchema" not in one], [])
(directory / "tools.json").write_text(json.dumps(tools))
(directory / "toolsets.json").write_text(json.dumps(toolsets))
status = node("schemas/converters.mjs", {"TOOLS": str(directory / "tools.json"),
                                         "TOOLSETS": str(directory / "toolsets.json")})
if status not in (0, 1):  # 1: it said which claims failed
    with claim("the converters run to their end"):
        same(status, 0, "status")
end()
