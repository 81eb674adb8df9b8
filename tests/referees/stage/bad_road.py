"""A road between a server and somebody else's Google on which a share of the requests comes to grief.
The dice are seeded: the same requests in the same order meet the same fate."""

import http.client
import http.server
import json
import random
import socket
import threading

_JSON = {"Content-Type": "application/json; charset=UTF-8"}


def _google(status, reason, message):
    body = {"error": {"code": status, "message": message, "status": "NOT_SHOWN",
                      "errors": [{"reason": reason, "message": message, "domain": "usageLimits"}]}}
    return status, _JSON, json.dumps(body).encode()


_PAGE = b"<!DOCTYPE html><title>Error 503 (Server Error)!!1</title><p>That's all we know."
REFUSALS = {"500": _google(500, "backendError", "Internal error encountered."),
            "503": (503, {"Content-Type": "text/html"}, _PAGE),
            "429": _google(429, "rateLimitExceeded", "Too many concurrent requests for user"),
            "403": _google(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
            "401": _google(401, "authError", "Invalid Credentials")}
# What befalls a request, and how often in comparison. Only "before" spares its effect.
FATES = {"500": 4, "503": 4, "429": 4, "403": 3, "401": 2, "before": 4, "middle": 3, "after": 3}
TOKEN_FATES = ("500", "503", "before")


class BadRoad:
    """Leads to 127.0.0.1:`port`; `url` is its near end. Nothing happens while `share` is 0."""

    def __init__(self, port, seed):
        self.far_port, self.share = port, 0.0
        self.requests = self.faults = 0
        self._dice, self._lock = random.Random(seed), threading.Lock()
        road = self

        class Handler(_Traveller):
            def setup(self):
                self.road = road
                super().setup()

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def fate(self, path):
        """None, or a word of FATES."""
        with self._lock:
            self.requests += 1
            if self._dice.random() >= self.share:
                return None
            self.faults += 1
            if "token" in path:
                return self._dice.choice(TOKEN_FATES)
            return self._dice.choices(list(FATES), FATES.values())[0]


class _Traveller(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _go(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fate = self.road.fate(self.path)
        if fate == "before":
            return self._hang_up(b"")
        if fate in REFUSALS:
            return self._answer(*REFUSALS[fate])
        answer = self._ask(body)
        if fate == "after":
            return self._hang_up(b"")
        if fate == "middle":
            whole = self._bytes(*answer)
            return self._hang_up(whole[:len(whole) - max(1, len(answer[2]) // 2)])
        return self._answer(*answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _go

    def _ask(self, body):
        # A connection that the far end may have ended meanwhile would be a fault that nobody counted.
        far = http.client.HTTPConnection("127.0.0.1", self.road.far_port, timeout=300)
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() not in ("host", "connection", "content-length", "accept-encoding")}
        far.request(self.command, self.path, body or None, headers)
        answer = far.getresponse()
        kept = {name: value for name, value in answer.getheaders()
                if name.lower() not in ("transfer-encoding", "connection", "content-length", "keep-alive")}
        whole = answer.status, kept, answer.read()
        far.close()
        return whole

    @staticmethod
    def _bytes(status, headers, body):
        lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, '')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if status != 204:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    def _answer(self, status, headers, body):
        self.wfile.write(self._bytes(status, headers, body))

    def _hang_up(self, first):
        if first:
            self.wfile.write(first)
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
