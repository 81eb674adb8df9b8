#!/usr/bin/env bash
# postgrest 2.34.1 (PyPI, Python 3.11) and @supabase/postgrest-js 2.119.1 (npm, Node 22), seen on 2026-11-29.
#
# PostgREST answers a call of a function that returns void with 204 and no body. Supabase's client for JavaScript gives
# data: null for it, the one for Python data=[], as if the function had returned a set without rows. The one for Python
# also sends Accept-Profile with a POST, where PostgREST reads Content-Profile alone.
#
# Output seen:
#     Python: [] accept-profile: public
#
# Exits 1 when it says something else.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 -m pip install --quiet --root-user-action=ignore --target "$work/packages" postgrest==2.34.1

cat >"$work/call.py" <<'PYTHON'
import http.server
import threading

from postgrest import SyncPostgrestClient

asked = []


class NoContent(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        asked.append(self.headers.get("Accept-Profile"))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), NoContent)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = SyncPostgrestClient(f"http://127.0.0.1:{server.server_port}", schema="public", headers={})
print("Python:", client.rpc("nothing", {}).execute().data, "accept-profile:", asked[0])
PYTHON
found=$(PYTHONPATH=$work/packages /usr/bin/python3 "$work/call.py")
echo "$found"
[ "$found" = "Python: [] accept-profile: public" ]
