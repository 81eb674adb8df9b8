"""What README.md and docs/ print is what happens: each block after `<!-- run -->` is run by bash (or
Python's httpx) against a server over the sandbox, and compared with the block printed below it."""

import asyncio
import json
import os
import re
import subprocess

from stage.claims import claim, end, holds, same
from stage.person import connect
from stage.programs import GMAIL_MCP, REPOSITORY, Sandbox, Server, directory, environment

RUN = re.compile(r"^<!-- run -->\n```(sh|python)\n(.*?)^```\n(?:```(json)?\n(.*?)^```$)?", re.M | re.S)
USER, EMAIL = "user-123", "alex.morgan@gmail.example"

google = Sandbox()
server = Server({**google.settings(), **google.mail_settings(),
                 "GMAIL_MCP_SERVER_AUTH_TOKEN": "the-token"})
server.headers = {"Authorization": "Bearer the-token"}
open_server = Server({**google.settings(), **google.mail_settings()})
connection = connect(open_server, USER, EMAIL)
(directory / "bin").mkdir()
(directory / "bin/gmail-mcp").symlink_to(os.path.abspath(GMAIL_MCP))


def as_here(text):
    """The hosts, folders and ids of the documents, as they are in this run."""
    for printed, here in (("http://127.0.0.1:8000/", open_server.url + "/"), ("b2a54da8-…", connection),
                          ("http://127.0.0.1:8080", server.url),
                          ("/var/lib/gmail-mcp", str(directory))):
        text = text.replace(printed, here)
    return text


def shell(text):
    scope = environment(PATH=f"{directory}/bin:{os.environ['PATH']}")
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", as_here(text)], capture_output=True,
                          text=True, timeout=300, cwd=directory, env=scope, check=False)
    same(done.returncode, 0, f"status, after {done.stderr}")
    return done.stdout


def keys(value):
    """Every key in it, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def compare(output, kind, printed):
    if kind == "json":
        answer = json.loads(output)
        holds(keys(answer), *re.findall(r'"(\w+)":', printed))
        if '"success": false' in printed:
            same(answer, json.loads(printed))
    else:
        same(output.split("\n"), printed.split("\n"))


found, scope = 0, {"TOKEN": "the-token"}
for document in [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]:
    for language, text, kind, printed in RUN.findall(document.read_text()):
        found += 1
        line = next(line for line in text.split("\n") if line)
        with claim(f"{document.name}: {line[:70]}"):
            if language == "python":
                exec(compile(as_here(text), document.name, "exec"), scope)
            else:
                output = shell(text)
                if printed:
                    compare(output, kind, printed)

with claim("there are such blocks"):
    assert found >= 10, found


async def application():
    """The functions of docs/03-production.md, as its reader would call them."""
    holds(await scope["connect_link"](USER), "/oauth/start?state=")
    mailbox = connect(server, USER, EMAIL)
    assert (await scope["search"](mailbox, "in:inbox"))["messages"]
    letter = mailbox, ["ann@shop.example"], "Order 4711", "Hello Ann", "order-4711"
    before = google.counters()["sends"]
    first, second = await scope["send"](*letter), await scope["send"](*letter)
    same((first["success"], second["message_id"]), (True, first["message_id"]))
    same(google.counters()["sends"], before + 1, "mails that left")


with claim("03-production.md: its functions connect, search, and send once"):
    asyncio.run(application())
end()
