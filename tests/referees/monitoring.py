"""Grafana's dashboard and Prometheus's alert rules in deploy/ ask for what a server's /metrics has."""

import json
import re
import shutil
import subprocess

from stage import web
from stage.claims import claim, end, holds, note, same
from stage.person import connect
from stage.programs import REPOSITORY, Sandbox, Server

DEPLOY = REPOSITORY / "deploy"

google = Sandbox()
server = Server({**google.settings(), **google.mail_settings()})
connection = connect(server, "ann", "alex.morgan@gmail.example")
with claim("a file is fetched from Gmail once, and labels once in five minutes"):
    found = server.ask("gmail_search", connection_id=connection, query="has:attachment", max_results=1)["messages"][0]
    google.reset_counters()
    for _ in range(3):
        server.ask("gmail_get_attachment", connection_id=connection, message_id=found["id"],
                   attachment_id=found["attachments"][0]["id"])
        server.ask("gmail_list_labels", connection_id=connection)
    asked = google.counters()["requests"]
    same((asked["messages.attachments.get"], asked["labels.list"]), (1, 1), asked)
dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
rules = (DEPLOY / "prometheus-rules.yml").read_text()
expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
expressions += re.findall(r"^ +expr: (.*(?:\n(?! +\w+:).*)*)", rules, re.M)
metrics = web.request("GET", server.url + "/metrics").text
tools = web.request("GET", server.url + "/tools").text
codes = re.findall(r"^\| `(\w+)` \| \d+ \|", (REPOSITORY / "docs/05-troubleshooting.md").read_text(), re.M)

with claim("every number that the dashboard and the alerts name is in /metrics"):
    shown = set(re.findall(r"^(\w+)[{ ]", metrics, re.M))
    asked = set(re.findall(r"\b(?:gmail_mcp|process)_\w+", " ".join(expressions)))
    asked = {name for name in asked if f'"{name}' not in tools}
    holds(asked, "gmail_mcp_oauth_total", "gmail_mcp_tool_calls_total", "gmail_mcp_token_refreshes_total")
    same(asked - shown, set())
with claim("… and every label, with values there are"):
    for label, values in re.findall(r'\b(\w+)(?:=|=~|!~)"([^"$]+)"', " ".join(expressions)):
        for value in values.split("|"):
            there = {"outcome": value in codes, "tool": f'"{value}"' in tools, "job": value == "gmail-mcp"}
            assert there.get(label) or f'{label}="{value}"' in metrics, f"{label}={value}"
with claim("the three things to track have a row and an alert each"):
    same([p["title"] for p in dashboard["panels"] if p["type"] == "row"][:3],
         ["Connecting", "Refreshing tokens", "Calls and errors"])
    holds(rules, "GmailMcpConnectingFails", "GmailMcpTokensRefused", "GmailMcpErrors")
if shutil.which("promtool"):
    with claim("promtool accepts the alert rules"):
        done = subprocess.run(["promtool", "check", "rules", DEPLOY / "prometheus-rules.yml"], capture_output=True,
                              text=True, check=False)
        same(done.returncode, 0, done.stdout + done.stderr)
else:
    note("NOT CHECKED by promtool, which is not here: the grammar of deploy/prometheus-rules.yml")
server.stop()
google.kill()
end()
