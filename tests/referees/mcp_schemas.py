"""Every message that our server sent, by the official schema of its revision (tests/mcp-schemas says which messages):
in the tests of the library over exchanges in memory and stdio, and to the referees that ran before."""

import json
import os
import pathlib
import subprocess

from stage.claims import claim, end, same
from stage.mcp import Session
from stage.messages import FILE
from stage.person import connect
from stage.programs import GMAIL_MCP, REPOSITORY, Sandbox, Server, directory, node

tests = os.environ.get("MCP_TESTS") or str(pathlib.Path(GMAIL_MCP).parent / "world_test")
ours = directory / "messages.jsonl"
with claim("the tests of the library pass and keep what was sent"):
    ended = subprocess.run([tests, "--gtest_filter=Mcp/*:StdioTest.*:Streamable*:Sse*:*Again*", "--gtest_brief=1"], cwd=REPOSITORY,
                           env={**os.environ, "GMAIL_MCP_MESSAGES": str(ours)}, stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=300, check=False)
    same(ended.returncode, 0, ended.stdout[-2000:])
    assert ours.stat().st_size > 100_000, ours.stat()
# Of the oldest revisions no other referee is a client.
google = Sandbox()
server = Server(google.settings())
connection = connect(server, "user-1", "alex.morgan@gmail.example")
with claim("every old revision is spoken to our program"):
    for revision in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
        session = Session(server, revision=revision)
        same(session.headers["MCP-Protocol-Version"], revision)
        for method in ("ping", "tools/list", "resources/list", "resources/templates/list", "prompts/list", "no/method"):
            session.ask(method)
        found = session.tool("gmail_search", connection_id=connection, query="in:inbox", max_results=2)
        assert not found.get("isError"), found
        session.tool("gmail_search", connection_id=connection, max_results="many")
        session.ask("tools/call", {"name": "no_tool"})
        session.ask("prompts/get", {"name": session.ask("prompts/list")["result"]["prompts"][0]["name"]})
        for method in ("resources/read", "resources/subscribe", "resources/unsubscribe"):
            session.ask(method, {"uri": f"gmail://{connection}/labels"})
            session.ask(method, {"uri": "gmail://nobody/labels"})
        session.ask("completion/complete", {"ref": {"type": "ref/resource", "uri": "gmail://{connection_id}/labels"},
                                            "argument": {"name": "connection_id", "value": ""}})
with claim("long calls tell whoever asks how far they are"):
    def progress_of(name, **arguments):
        answer = session.post("tools/call", {"name": name, "arguments": arguments, "_meta": {"progressToken": name}})
        said = [json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data: {")]
        said = said or [answer.json()]  # nothing was said before the answer
        assert "error" not in said[-1] and not said[-1]["result"].get("isError"), said[-1]
        return [one["params"]["progress"] for one in said if one.get("method") == "notifications/progress"]

    fetched = progress_of("fetch_inbox", account_id=connection)
    assert fetched and fetched == sorted(set(fetched)), fetched
    assert progress_of("gmail_batch_modify_labels", connection_id=connection, query="in:inbox", add_labels=["STARRED"])
    same(progress_of("gmail_list_labels", connection_id=connection), [])
kept = [str(ours)] + ([FILE] if FILE and os.path.exists(FILE) else [])
status = node("mcp_schemas.mjs", {"MESSAGES": ":".join(kept), "SCHEMAS": str(REPOSITORY / "tests" / "mcp-schemas")})
if status not in (0, 1):  # 1: it said which claims failed
    with claim("the judge runs to its end"):
        same(status, 0, "status")
end()
