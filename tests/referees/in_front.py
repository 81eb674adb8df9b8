"""nginx with deploy/nginx.conf, and Caddy with deploy/Caddyfile, stand before the server: REST, MCP, mails of
25 MB and event streams pass, and nothing is kept back."""

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


def replaced(file, *changes):
    """The example, with free ports and a certificate of our own: (what, by what, how often)."""
    text = (REPOSITORY / "deploy" / file).read_text()
    for pattern, instead, times in changes:
        text, found = re.subn(pattern, instead, text, flags=re.M)
        same(found, times, pattern)
    return text


class Proxy:
    """Asked as a client of your-domain.com."""

    headers = {"Host": "your-domain.com", "Authorization": "Bearer the-token"}

    def __init__(self, name):
        self.port, self.plain_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.here = directory / name
        self.here.mkdir()

    def request(self, method, path, body=None, headers=None, timeout=300):
        return web.request(method, self.url + path, body, {**self.headers, **(headers or {})}, timeout)


class Nginx(Proxy):
    def __init__(self):
        super().__init__("nginx")
        text = replaced("nginx.conf", (r"^\s*listen \[::\].*\n", "", 2),
                        (r"listen 443 ", f"listen 127.0.0.1:{self.port} ", 1),
                        (r"listen 80;", f"listen 127.0.0.1:{self.plain_port};", 1),
                        (r"/etc/letsencrypt/live/your-domain.com", str(directory), 2),
                        (r"server 127.0.0.1:8080;", f"server 127.0.0.1:{server.port};", 1))
        here = self.here
        (here / "nginx.conf").write_text(f"""
            daemon off; master_process off; pid {here}/pid; error_log stderr;
            {"user root;" if os.getuid() == 0 else ""}
            events {{}}
            # The server asks for no buffering by itself; that the example does too shall be seen.
            http {{ proxy_ignore_headers X-Accel-Buffering; access_log off; client_body_temp_path {here}/body;
              proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u;
              scgi_temp_path {here}/s;
              {text} }}""")
        self.program = Program("nginx", ["nginx", "-c", here / "nginx.conf", "-p", here, "-e", "stderr"],
                               ready=self.url + "/health")


class Caddy(Proxy):
    def __init__(self):
        super().__init__("caddy")
        certificate = f"tls {directory}/fullchain.pem {directory}/privkey.pem"
        text = replaced("Caddyfile",
                        (r"^your-domain.com {", f"your-domain.com {{\n\tbind 127.0.0.1\n\t{certificate}", 1),
                        (r"reverse_proxy 127.0.0.1:8080", f"reverse_proxy 127.0.0.1:{server.port}", 1))
        (self.here / "Caddyfile").write_text(
            f"{{\n\tadmin off\n\thttps_port {self.port}\n\thttp_port {self.plain_port}\n"
            f"\tdefault_sni your-domain.com\n}}\n{text}")
        self.program = Program("caddy", ["caddy", "run", "--adapter", "caddyfile", "--config",
                                         self.here / "Caddyfile"], ready=self.url + "/health")


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


def judge(name, proxy):
    with claim(f"through {name} REST answers, to the token alone"):
        answer = proxy.request("POST", "/tools/gmail_list_connections", {"user_id": "u"})
        same((answer.status, answer.json()["connections"]), (200, []))
        same(proxy.request("POST", "/tools/gmail_list_connections", {}, {"Authorization": "Bearer x"}).status, 401)
    with claim("… the links it prints are of the public name"):
        answer = proxy.request("POST", "/tools/gmail_get_auth_url", {"user_id": "u"}).json()
        assert answer["connect_url"].startswith("https://your-domain.com/oauth/start?"), answer
    with claim("… MCP over Streamable HTTP answers"):
        session = Session(proxy, {"X-Gmail-MCP-User": "u"})
        same(session.tool("gmail_list_connections")["structuredContent"]["connections"], [])
    with claim("… a body of 34 MB reaches the server, one of 37 MB does not"):
        blanks = b" " * (34 << 20)
        same(proxy.request("POST", "/tools/gmail_list_connections", blanks + b"{}").status, 200)
        try:
            status = proxy.request("POST", "/tools/gmail_list_connections", blanks + b" " * (3 << 20)).status
        except OSError:  # it does not wait for the end of what it refuses
            status = 413
        same(status, 413)
    with claim("… /metrics is not there, and plain HTTP is sent to HTTPS"):
        same(proxy.request("GET", "/metrics").status, 404)
        answer = web.request("GET", f"http://127.0.0.1:{proxy.plain_port}/health", headers=proxy.headers)
        same((answer.status in (301, 308), answer.headers["location"].replace(f":{proxy.port}/", "/")),
             (True, "https://your-domain.com/health"))
    with claim("… each event of a stream comes at once, while the stream stays open"):
        connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=300,
                                                 context=ssl._create_unverified_context())
        mine = {**proxy.headers, "X-Gmail-MCP-User": "u"}
        connection.request("GET", "/mcp/sse", headers={**mine, "Accept": "text/event-stream"})
        stream = connection.getresponse()
        same((stream.status, stream.headers["content-type"].split(";")[0]), (200, "text/event-stream"))
        name, endpoint = event(stream)
        same(name, "endpoint")
        endpoint = re.sub(r"^https://your-domain.com", "", endpoint)
        for number, (method, params) in enumerate((
                ("initialize", {"protocolVersion": "2024-11-05", "capabilities": {},
                                "clientInfo": {"name": "referee", "version": "1"}}), ("ping", {}), ("tools/list", {}))):
            same(proxy.request("POST", endpoint, {"jsonrpc": "2.0", "id": number, "method": method, "params": params},
                               mine).status, 202)
            name, data = event(stream)
            same((name, json.loads(data)["id"]), ("message", number))
        connection.close()


for proxy_type in (Nginx, Caddy):
    proxy = None
    with claim(f"{proxy_type.__name__} starts with our example"):
        proxy = proxy_type()
    if proxy:
        judge(proxy_type.__name__, proxy)
        with claim("… it holds no stream whose client has left: it stops at once"):
            proxy.program.stop()
server.stop()
google.kill()
end()
