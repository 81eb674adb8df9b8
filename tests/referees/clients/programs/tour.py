"""tour.mjs for clients in Python: the same steps, the same lines."""

import asyncio
import json
import os
import re
import sys
import types

task = types.SimpleNamespace(**json.loads(os.environ["TASK"]))
watched = f"conversations://{task.connection}"


def say(**line):
    print(json.dumps(line), flush=True)


async def ask(what):
    say(ask=what)
    if not await asyncio.to_thread(sys.stdin.readline):
        os._exit(1)


def text_of(error):
    """What the person in front of the client would read; of a group, what it is a group of."""
    while isinstance(error, BaseExceptionGroup) if sys.version_info >= (3, 11) else False:
        error = error.exceptions[0]
    return str(error) or repr(error)


def text_in(result):
    """The text of a result of tools/call; one that is an error is thrown."""
    text = "\n".join(getattr(part, "text", "") for part in result.content)
    if getattr(result, "is_error", False) or getattr(result, "isError", False):
        raise RuntimeError(text)
    return text


def holds(text, pattern):
    assert re.search(pattern, str(text)), f"no {pattern} in: {str(text)[:400]}"


async def tour(client):
    """`client` has connect(), tools() → names, call(name, arguments) → text, and as far as its package has them
    resource(uri) → text, prompt(name) → text, watch(uri, told), strict() → what it says of the schemas."""
    told = asyncio.Event()

    async def heard(seconds):
        # Whoever opens its stream anew, after a restart, misses what came before: so there is more than one mail.
        told.clear()
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not told.is_set() and loop.time() < until:
            await ask("deliver")
            try:
                await asyncio.wait_for(told.wait(), 1)
            except asyncio.TimeoutError:
                pass
        assert told.is_set(), f"told of nothing within {seconds} s"

    async def refused(name, args, pattern):
        try:
            said = await client.call(name, args)
        except Exception as error:  # pylint: disable=broad-except
            said = text_of(error)
        holds(said, pattern)

    async def search():
        holds(await client.call("gmail_search", {"connection_id": task.connection, "query": "in:inbox",
                                                 "max_results": 3}), "subject")

    async def names():
        found = list(await client.tools())
        assert any(name.endswith("gmail_search") for name in found), f"no gmail_search among {found}"
        return f"{len(found)} tools"

    async def call():
        holds(await client.call("gmail_list_connections", {"user_id": "local"}), task.connection)
        await search()

    async def watch():
        await client.watch(watched, lambda uri: told.set() if str(uri) == watched else None)
        await heard(task.patience["hear"])

    async def again():
        await ask("restart")
        first, last = None, None
        for which in ("first", "second", "third"):
            try:
                await search()
                first = first or which
            except Exception as error:  # pylint: disable=broad-except
                first, last = None, error
        if not first:
            raise last
        return f"from the {first} call"

    async def resource():
        holds(await client.resource(f"gmail://{task.connection}/labels"), "INBOX")

    async def prompt():
        holds(await client.prompt("setup-gmail"), "Gmail")

    def if_has(name, step):
        return step if hasattr(client, name) else None

    remote = task.transport != "stdio"
    steps = {
        "connect": client.connect,
        "list": names,
        "call": call,
        "argument": lambda: refused("gmail_search", {"connection_id": task.connection, "query": "x",
                                                     "max_results": 1000},
                                    "max_results of gmail_search must be between 1 and 100"),
        "refusal": lambda: refused("gmail_search", {"connection_id": "00000000-0000-4000-8000-000000000000",
                                                    "query": "x"}, "gmail_list_connections"),
        "resource": if_has("resource", resource),
        "prompt": if_has("prompt", prompt),
        "strict": if_has("strict", getattr(client, "strict", None)),
        "hear": if_has("watch", watch),
        **({"again": again,
            "hear_again": if_has("watch", lambda: heard(task.patience["hear_again"]))} if remote else {})}
    for step, run in steps.items():
        if run is None:
            say(step=step, cannot=True)
            continue
        try:
            # Not cancelled when it is late: some of these clients end their whole connection then.
            doing = asyncio.ensure_future(run())
            done, _ = await asyncio.wait([doing], timeout=task.patience[step] + 20)
            said = doing.result() if done else None
            assert done, f"nothing within {task.patience[step] + 20} s"
            say(step=step, ok=True, said=said or "")
        except BaseException as error:  # pylint: disable=broad-except
            say(step=step, ok=False, said=text_of(error)[:1000])
            if step == "connect":
                break
    os._exit(0)
