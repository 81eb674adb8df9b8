"""nginx with deploy/nginx.conf stands before the server: REST, MCP, mails of 25 MB and event streams pass,
and nothing is kept back."""

import http.client
import json
import os
import re
import ssl
import subprocess

from stage import web
from stage.claims import claim, end, same
from stage.mcp import Session
from stage.programs import REPOSITORY, Program, Sandbox, Server, directory, free_port

subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=your-domain.com", "-keyout", directory / "privkey.pem", "-out",
                directory / "fullchain.pem"], check=True, capture_output=True)
google = Sandbox()
server = Server({**google.settings(), **google.mail_settings(), "GMAIL_MCP_PUBLIC_URL": "https://your-domain.com",
                 "GMAIL_MCP_SERVER_TRUSTED_PROXIES": "127.0.0.1", "GMAIL_MCP_SERVER_AUTH_TOKEN": "the-token"})


class Proxy:
    """deploy/nginx.conf on free ports; asked as a client of your-domain.com."""

    def __init__(self):
        self.port, self.plain_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        here = directory / "nginx"
        here.mkdir()
        text = (REPOSITORY / "deploy/nginx.conf").read_text()
        for pattern, instead, times in ((r"^\s*listen \[::\].*\n", "", 2),
                                        (r"listen 443 ", f"listen 127.0.0.1:{self.port} ", 1),
                                        (r"listen 80;", f"listen 127.0.0.1:{self.plain_port};", 1),
                                        (r"/etc/letsencrypt/live/your-domain.com", str(directory), 2),
                                        (r"server 127.0.0.1:8080;", f"server 127.0.0.1:{server.port};", 1)):
            text, found = re.subn(pattern, instead, text, flags=re.M)
            same(found, times, pattern)
        (here / "nginx.conf").write_text(f"""
            daemon off; master_process off; pid {here}/pid; error_log stderr;
            {"user root;" if os.getuid() == 0 else ""}
            events {{}}
            # The server asks for no buffering by itself; that the example does too shall be seen.
            http {{ proxy_ignore_headers X-Accel-Buffering; access_log off; client_body_temp_path {here}/body; proxy_temp_path {here}/proxy;
              fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;
              {text} }}""")
        self.program = Program("nginx", ["nginx", "-c", here / "nginx.conf", "-p", here, "-e", "stderr"],
                               ready=self.url + "/health")

    headers = {"Host": "your-domain.com", "Authorization": "Bearer the-token"}

    def request(self, method, path, body=None, headers=None, timeout=30):
        return web.request(method, self.url + path, body, {**self.headers, **(headers or {})}, timeout)


with claim("nginx starts with deploy/nginx.conf"):
    nginx = Proxy()
with claim("through nginx REST answers, to the token alone"):
    answer = nginx.request("POST", "/tools/gmail_list_connections", {"user_id": "u"})
    same((answer.status, answer.json()["connections"]), (200, []))
    same(nginx.request("POST", "/tools/gmail_list_connections", {}, {"Authorization": "Bearer x"}).status, 401)
with claim("… the links it prints are of the public name"):
    answer = nginx.request("POST", "/tools/gmail_get_auth_url", {"user_id": "u"}).json()
    assert answer["connect_url"].startswith("https://your-domain.com/oauth/start?"), answer
with claim("… MCP over Streamable HTTP answers"):
    session = Session(nginx, {"X-Gmail-MCP-User": "u"})
    same(session.tool("gmail_list_connections")["structuredContent"]["connections"], [])
with claim("… a body of 34 MB reaches the server, one of 37 MB does not"):
    blanks = b" " * (34 << 20)
    same([nginx.request("POST", "/tools/gmail_list_connections", body).status
          for body in (blanks + b"{}", blanks + b" " * (3 << 20))], [200, 413])
with claim("… /metrics is not there, and plain HTTP is sent to HTTPS"):
    same(nginx.request("GET", "/metrics").status, 404)
    answer = web.request("GET", f"http://127.0.0.1:{nginx.plain_port}/health", headers=nginx.headers)
    same((answer.status, answer.headers["location"]), (301, "https://your-domain.com/health"))


def event(stream):
    """The next one: its name and its data. The stream stays open, so a proxy that keeps events back until
    there are more of them makes this run into the time limit."""
    found = {}
    while "data" not in found:
        line = stream.readline().decode()
        assert line, "the stream has ended"
        name, _, value = line.partition(":")
        found[name] = value.strip()
    return found["event"], found["data"]


with claim("… each event of a stream comes at once, while the stream stays open"):
    connection = http.client.HTTPSConnection("127.0.0.1", nginx.port, timeout=15,
                                             context=ssl._create_unverified_context())
    mine = {**nginx.headers, "X-Gmail-MCP-User": "u"}
    connection.request("GET", "/mcp/sse", headers={**mine, "Accept": "text/event-stream"})
    stream = connection.getresponse()
    same((stream.status, stream.headers["content-type"].split(";")[0]), (200, "text/event-stream"))
    name, endpoint = event(stream)
    same(name, "endpoint")
    endpoint = re.sub(r"^https://your-domain.com", "", endpoint)
    for number, (method, params) in enumerate((
            ("initialize", {"protocolVersion": "2024-11-05", "capabilities": {},
                            "clientInfo": {"name": "referee", "version": "1"}}), ("ping", {}), ("tools/list", {}))):
        same(nginx.request("POST", endpoint, {"jsonrpc": "2.0", "id": number, "method": method, "params": params},
                           mine).status, 202)
        name, data = event(stream)
        same((name, json.loads(data)["id"]), ("message", number))
    connection.close()
nginx.program.stop()
server.stop()
google.kill()
end()
