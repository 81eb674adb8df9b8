"""nginx stands before the simulated Google, with TLS of a private authority: over HTTP/2 a search
shares one connection, over HTTP/1.1 it works as well."""

import collections
import os
import signal
import ssl
import subprocess
import threading

from stage import web
from stage.claims import claim, end, holds, same
from stage.person import connect
from stage.programs import Program, Sandbox, Server, directory, free_port, until

EMAIL = "alex.morgan@gmail.example"
Request = collections.namedtuple("Request", "connection protocol method path status")

certificate, private_key = directory / "localhost.pem", directory / "localhost.key"


def make_certificate():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", private_key,
                    "-out", certificate], check=True, capture_output=True)


make_certificate()
google = Sandbox()
for number in range(105):
    google.deliver(EMAIL, f"Crate of zebrafish {number}")


class Nginx(Program):
    """Before the sandbox, at https://localhost:PORT; logs who came on which connection."""

    def __init__(self, name, listen, more=""):
        port, self.access = free_port(), directory / f"{name}.access"
        self.url = f"https://localhost:{port}"
        here = directory / name
        here.mkdir()
        configuration = here / "nginx.conf"
        configuration.write_text(f"""
            daemon off; master_process off; pid {here}/pid; error_log stderr;
            {"user root;" if os.getuid() == 0 else ""}
            events {{}}
            http {{
              log_format who '$connection $server_protocol $request_method $uri $status';
              access_log {self.access} who;
              client_body_temp_path {here}/body; proxy_temp_path {here}/proxy;
              fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;
              server {{
                listen 127.0.0.1:{port} {listen}; {more}
                ssl_certificate {certificate}; ssl_certificate_key {private_key};
                location / {{ proxy_pass {google.url}; proxy_http_version 1.1; }}
              }}
            }}""")
        self.start_with = (name, ["nginx", "-c", configuration, "-p", here, "-e", "stderr"])
        self.start()

    def start(self):
        super().__init__(*self.start_with, ready=self.url + "/sandbox/counters")

    def requests(self, part="/"):
        """Those for Gmail whose path has that part, since the last time. nginx writes a request down after it has
        given the whole answer, one after the other: once this one stands there, all before it do."""
        web.request("GET", self.url + "/sandbox/counters/seen")
        until(lambda: "/sandbox/counters/seen" in self.access.read_text())
        lines = self.access.read_text().splitlines()
        found = [one for one in (Request(*line.split()) for line in lines)
                 if one.path.startswith(("/gmail/", "/batch")) and part in one.path]
        self.access.write_text("")
        return found


def settings(nginx):
    # The consent page is for a browser; all else goes through nginx.
    return {**google.settings(nginx.url), "GMAIL_MCP_GOOGLE_CA_FILE": str(certificate),
            "GMAIL_MCP_GOOGLE_AUTH_URL": google.url + "/o/oauth2/v2/auth"}


def search(server, connection):
    found = server.ask("gmail_search", connection_id=connection, query="subject:zebrafish", max_results=100)
    same((len(found["messages"]), found["omitted"]), (100, []))
    same(len({m["id"] for m in found["messages"]}), 100)


def search_side_by_side(server, connection, count):
    """A search by single requests, of which so many are under way before the first is answered."""
    google.faults({"match": "messages.get", "then": {"hold": "before"}}, refuse_batch=404)
    failed = []

    def run():
        try:
            search(server, connection)
        except Exception as error:  # pylint: disable=broad-except
            failed.append(error)
    searching = threading.Thread(target=run)
    searching.start()
    google.await_held("messages.get", count)
    google.faults(refuse_batch=404)
    searching.join(300)
    same(failed, [])


h2 = Nginx("nginx-h2", "ssl http2")
server = Server(settings(h2))
with claim("with GMAIL_MCP_GOOGLE_CA_FILE a private authority is trusted: connecting works over TLS"):
    connection = connect(server, "user-1", EMAIL)

with claim("a search of 100 over HTTP/2: the list and two batches, on one connection"):
    h2.requests()
    search(server, connection)
    seen = h2.requests()
    same({r.protocol for r in seen}, {"HTTP/2.0"})
    same((len(seen), sum(r.path.startswith("/batch") for r in seen)), (3, 2))
    same(len({r.connection for r in seen}), 1, "connections")

with claim("where /batch is refused, 100 single requests share one HTTP/2 connection, side by side"):
    search_side_by_side(server, connection, 20)
    seen = h2.requests("/messages/")
    same((len(seen), {r.protocol for r in seen}), (100, {"HTTP/2.0"}))
    same(len({r.connection for r in seen}), 1, "connections")
with claim("a mail sent over HTTP/2 is sent once"):
    google.reset_counters()
    server.ask("gmail_send", connection_id=connection, to=["ann@shop.example"], subject="h2", body="b")
    same(google.counters()["sends"], 1)
with claim("nginx goes away: unavailable, to be tried again; it comes back, and the next search works"):
    h2.stop()
    answer = server.tool("gmail_search", connection_id=connection, query="subject:zebrafish")
    same((answer.status, answer.json()["code"], answer.json()["retryable"]), (503, "unavailable", True))
    h2.start()
    search(server, connection)
server.stop()

few = Nginx("nginx-few", "ssl http2", "http2_max_concurrent_streams 8;")
server8 = Server(settings(few))
with claim("100 calls at once to a server that takes 8 requests a connection: 13 connections, and none waits"):
    connection = connect(server8, "user-1", EMAIL)
    found = server8.ask("gmail_search", connection_id=connection, query="subject:zebrafish", max_results=100)
    few.requests()
    google.faults({"match": "messages.get", "then": {"hold": "before"}})
    got = []
    calls = [threading.Thread(target=lambda id: got.append(server8.tool(
        "gmail_get_message", connection_id=connection, message_id=id).status), args=[m["id"]])
        for m in found["messages"]]
    for call in calls:
        call.start()
    google.await_held("messages.get", 100)
    google.faults()
    for call in calls:
        call.join(300)
    same(got, [200] * 100)
    seen = few.requests("/messages/")
    same((len(seen), {r.protocol for r in seen}, {r.status for r in seen}), (100, {"HTTP/2.0"}, {"200"}))
    same(len({r.connection for r in seen}), 13, "connections")
server8.stop()

plain = Nginx("nginx-h1", "ssl")
server1 = Server(settings(plain))
with claim("the same over HTTP/1.1 only: all 100 come, and none waits for a connection"):
    connection = connect(server1, "user-1", EMAIL)
    plain.requests()
    search_side_by_side(server1, connection, 4)
    seen = plain.requests("/messages/")
    same((len(seen), {r.protocol for r in seen}), (100, {"HTTP/1.1"}))
    # Connections are used again, so there are no more than requests, and as many as were in flight.
    assert 4 <= len({r.connection for r in seen}) <= 100, seen
server1.stop()

with claim("without the CA file the same certificate is refused, in a sentence about the certificate"):
    distrusting = Server({**server1.settings, "GMAIL_MCP_GOOGLE_CA_FILE": ""})
    answer = distrusting.tool("gmail_search", connection_id=connection, query="subject:zebrafish")
    assert answer.status == 503, answer
    holds(answer.text.lower(), "certificate")
    distrusting.stop()

with claim("the server itself speaks TLS with server.tls_cert, and reads a new one on SIGHUP"):
    own = Server({**google.settings(), "GMAIL_MCP_SERVER_TLS_CERT": str(certificate),
                  "GMAIL_MCP_SERVER_TLS_KEY": str(private_key)})
    same(own.request("GET", "/health").status, 200)

    def shown():
        return ssl.get_server_certificate(("127.0.0.1", own.port), timeout=300).strip()
    first = shown()
    same(first, certificate.read_text().strip())
    make_certificate()
    own.process.send_signal(signal.SIGHUP)
    assert until(lambda: shown() == certificate.read_text().strip()), "still the old certificate"
    private_key.write_text("no key")
    own.process.send_signal(signal.SIGHUP)
    assert until(lambda: "tls_not_reloaded" in own.output()), own.output()
    same(shown(), certificate.read_text().strip())
    own.stop()
end()
