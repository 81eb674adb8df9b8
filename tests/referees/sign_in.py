"""A person pastes the URL of the server into a program, signs in with Google in Chromium, and that connects the
mailbox: with both official TypeScript clients and both official clients for Python. Pictures stay in
$BUILD_ROOT/referees/screenshots."""

import os
import shutil
import subprocess
import sys

from stage.claims import claim, end, same
from stage.programs import (BUILD_ROOT, NODE_PROGRAMS, REFEREES, Sandbox, Server, environment, free_port, node,
                            run)

LIFETIME = 5
google = Sandbox()


def start(access_token_seconds):
    port = free_port()
    url = f"http://localhost:{port}"
    return url, Server({**google.settings(), "GMAIL_MCP_SERVER_PUBLIC_URL": url,
                        "GMAIL_MCP_SERVER_APPLICATION_NAME": "Example Mail",
                        "GMAIL_MCP_SERVER_SIGN_IN_ENABLED": "true",
                        "GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_ADDRESSES": "alex.morgan@gmail.example",
                        "GMAIL_MCP_SERVER_SIGN_IN_ACCESS_TOKEN_SECONDS": str(access_token_seconds)}, port=port)


url, server = start(LIFETIME)
lasting_url, lasting = start(3600)  # for what is not about tokens that expire: a busy machine takes its time
chromium = shutil.which(os.environ.get("CHROMIUM", "chromium"))
pictures = BUILD_ROOT / "referees" / "screenshots"
pictures.mkdir(parents=True, exist_ok=True)
for client in ("1.x", "2.x"):
    status = node("sign_in.mjs", {"CLIENT": client, "SERVER": url, "SCREENSHOTS": str(pictures), "LIFETIME": str(LIFETIME),
                                  "BACK_PORT": str(free_port()), "CHROMIUM": chromium})
    if status not in (0, 1):
        with claim(f"client {client} runs to its end"):
            same(status, 0, "status")
for generation in ("1", "2"):
    # -P: beside it are referees with the names of Python's own modules.
    python = REFEREES / "clients" / "python_packages" / f"requirements-mcp-{generation}" / "bin" / "python"
    sys.stdout.flush()
    ended = subprocess.run(
        [python, "-P", REFEREES / "sign_in_python.py"], stdin=subprocess.DEVNULL, timeout=800, check=False,
        env=environment(CLIENT=f"{generation}.x", SERVER=lasting_url, EXPIRING=url,
                        BACK_PORT=str(free_port()), NODE=str(NODE_PROGRAMS / "node"), CHROMIUM=chromium))
    if ended.returncode not in (0, 1):
        with claim(f"client Python {generation}.x runs to its end"):
            same(ended.returncode, 0, "status")

with claim("no code, state, token or address is in the log"):
    log = server.output() + lasting.output()
    for word in ("code=", "state=", "gma_", "gmr_", "gmc_", "gms_", "@gmail.example"):
        assert word not in log, word
with claim("the server saw no error of its own"):
    log = server.output() + lasting.output()
    assert '"level":"ERROR"' not in log, log[-2000:]

with claim("the operator sees who signed in with which program, and ends it"):
    listed = run("sign-ins", "list", settings=server.settings)
    same(listed.returncode, 0, "status")
    assert "alex.morgan@gmail.example" in listed.stdout, listed.stdout
    ids = [line.split()[0] for line in listed.stdout.splitlines() if "active" in line]
    assert ids, listed.stdout
    for one in ids:
        done = run("sign-ins", "revoke", one, settings=server.settings)
        same(done.returncode, 0, done.stderr)
    again = run("sign-ins", "revoke", ids[0], settings=server.settings)
    same(again.returncode, 1, "status of a second one")

with claim("without anybody who may sign in the server says what is missing"):
    closed = run("validate", settings={**server.settings, "GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_ADDRESSES": ""})
    assert closed.returncode != 0, closed.stdout
    assert "nobody may sign in" in closed.stdout + closed.stderr, closed.stdout + closed.stderr
end()
