"""A real browser: the pages for the person who connects her Gmail, clicked by Chromium. Pictures stay
in $BUILD_ROOT/referees/screenshots."""

import os
import shutil

from stage.claims import claim, end, same
from stage.programs import BUILD_ROOT, Sandbox, Server, node

google = Sandbox()
server = Server({**google.settings(), **google.mail_settings(), "GMAIL_MCP_SERVER_APPLICATION_NAME": "Ann & Ben's <Mail> Agent",
                 "GMAIL_MCP_SERVER_RETURN_URLS": google.url + "/sandbox/counters"})
pictures = BUILD_ROOT / "referees" / "screenshots"
status = node("chromium.mjs", {"SERVER": f"http://localhost:{server.port}", "SCREENSHOTS": str(pictures),
                               "GOOGLE": google.url, "RETURN_URL": google.url + "/sandbox/counters",
                               "CHROMIUM": shutil.which(os.environ.get("CHROMIUM", "chromium"))})
if status not in (0, 1):
    with claim("the browser runs to its end"):
        same(status, 0, "status")
with claim("no callback URL, code, state or address is in the log"):
    log = server.output()
    for word in ("code=", "state=", "4/0", "@gmail.example"):
        assert word not in log, word
end()
