"""A person pastes the URL of the server into a program, signs in with Google in Chromium, and that connects the
mailbox: with both official TypeScript clients. Pictures stay in $BUILD_ROOT/referees/screenshots."""

import os
import shutil

from stage.claims import claim, end, same
from stage.programs import BUILD_ROOT, Sandbox, Server, free_port, node, run

LIFETIME = 5
google = Sandbox()
port = free_port()
url = f"http://localhost:{port}"
server = Server({**google.settings(), "GMAIL_MCP_SERVER_PUBLIC_URL": url,
                 "GMAIL_MCP_SERVER_APPLICATION_NAME": "Example Mail",
                 "GMAIL_MCP_SERVER_SIGN_IN_ENABLED": "true",
                 "GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_ADDRESSES": "alex.morgan@gmail.example",
                 "GMAIL_MCP_SERVER_SIGN_IN_ACCESS_TOKEN_SECONDS": str(LIFETIME)}, port=port)
pictures = BUILD_ROOT / "referees" / "screenshots"
pictures.mkdir(parents=True, exist_ok=True)
for client in ("1.x", "2.x"):
    status = node("sign_in.mjs", {"CLIENT": client, "SERVER": url, "SCREENSHOTS": str(pictures), "LIFETIME": str(LIFETIME),
                                  "BACK_PORT": str(free_port()),
                                  "CHROMIUM": shutil.which(os.environ.get("CHROMIUM", "chromium"))})
    if status not in (0, 1):
        with claim(f"client {client} runs to its end"):
            same(status, 0, "status")

with claim("no code, state, token or address is in the log"):
    log = server.output()
    for word in ("code=", "state=", "gma_", "gmr_", "gmc_", "gms_", "@gmail.example"):
        assert word not in log, word
with claim("the server saw no error of its own"):
    assert '"level":"ERROR"' not in server.output(), server.output()[-2000:]

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
