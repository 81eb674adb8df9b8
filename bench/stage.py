"""The programs a bench needs, each on a port of its own: the server under test, nginx, Gmail's stand-in."""
import http.client, json, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time

import letters
import measure

TOKEN = "bench-token-bench-token-bench-token"
# Enough that Gmail's limit of 100 requests at a time for one mailbox is nobody's bottleneck.
MAILBOXES = 64


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Stage:
    """Starts processes and ends them; `folder` is theirs, and goes with them."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gmail-mcp-bench-"))
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        for process in self.running:
            if process.poll() is None:
                process.terminate()
        for process in self.running:
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, command, port, *, log, cores, env=None):
        """Starts a program, and returns it once it listens on `port`."""
        with open(self.folder / log, "ab") as out:
            process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=out,
                                       env={**os.environ, **(env or {})},
                                       preexec_fn=lambda: os.sched_setaffinity(0, cores))
        self.running.append(process)
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                return process
            except OSError:
                if process.poll() is not None:
                    break
                time.sleep(0.02)
        sys.exit(f"{command[0]} does not listen on {port}:\n{(self.folder / log).read_text()[-2000:]}")

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        process.wait()

    def certificate(self):
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                        certificate, "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"], capture_output=True, check=True)
        return certificate, key

    def nginx(self, name, server, *, listen="", more="", cores=measure.SERVER_CORES):
        """Its pid and port. One process, with buffers that hold every answer here, so that nothing is written to a
        file."""
        port = free_port()
        configuration = self.folder / f"{name}.conf"
        configuration.write_text(f"""
daemon off; master_process off; pid {self.folder}/{name}.pid; error_log {self.folder}/{name}.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; server_tokens off; keepalive_requests 100000000;
  client_max_body_size 64m; client_body_buffer_size 1m; proxy_buffer_size 16k; proxy_buffers 32 64k;
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxied;
  fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;
  {more}
  server {{ listen 127.0.0.1:{port} {listen}; {server} }}
}}""")
        process = self.start(["nginx", "-e", self.folder / f"{name}.log", "-c", configuration], port,
                             log=f"{name}.log", cores=cores)
        return process.pid, port

    def hop(self, name, scheme, port, server="", **how):
        """nginx that passes every request on to `port`, over connections it keeps."""
        return self.nginx(name, f"{server} location / {{ proxy_pass {scheme}://behind; proxy_http_version 1.1; "
                                "proxy_set_header Connection ''; proxy_set_header Host localhost; }",
                          more=f"upstream behind {{ server 127.0.0.1:{port}; keepalive 512; "
                               "keepalive_requests 100000000; }", **how)


class Upstream:
    """bench/upstream.cpp, as it is and behind TLS, where it also speaks HTTP/2 as Google does."""

    def __init__(self, stage, program):
        folder = stage.folder / "letters"
        folder.mkdir()
        letters.write(folder)
        self.port = free_port()
        stage.start([program, folder, self.port], self.port, log="upstream.log", cores=measure.OTHER_CORES)
        self.certificate, key = stage.certificate()
        _, tls = stage.hop("tls", "http", self.port, listen="ssl http2", cores=measure.OTHER_CORES,
                           server=f"ssl_certificate {self.certificate}; ssl_certificate_key {key}; "
                                  "http2_max_concurrent_streams 100;")
        self.roots = {"plain": f"http://127.0.0.1:{self.port}", "tls": f"https://localhost:{tls}"}
        # nginx in the place of the program: what one hop costs at least.
        self.hops = {"plain": stage.hop("hop", "http", self.port), "tls": stage.hop("hop-tls", "https", tls)}

    def reset(self, delay_ms=0):
        ask("POST", self.port, f"/bench/reset?delay_ms={delay_ms}")

    def settle(self, seconds=0.5):
        """Waits until nothing was asked for that long, so that what comes next is not mixed up with the last load's
        stragglers."""
        self.reset()
        before, since = None, time.monotonic()
        while time.monotonic() - since < seconds:
            now = self.seen()
            if now["under_way"] or now["requests"] != before:
                before, since = now["requests"], time.monotonic()
            time.sleep(0.02)

    def seen(self):
        """How many requests came since the reset, how many still wait, and the first of them."""
        return ask("GET", self.port, "/bench/seen")


class Server:
    """The program under test, with everything on that is on in production but the quota, which is set so high
    that no load here reaches it."""

    def __init__(self, stage, program, name, upstream, scheme):
        self.stage, self.program, self.name = stage, program, name
        root = upstream.roots[scheme]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        home = stage.folder / name
        home.mkdir()
        self.database = home / "bench.db"
        key = subprocess.run([program, "keygen"], capture_output=True, text=True, check=True).stdout.strip()
        self.settings = {
            "HOME": str(home),
            "GMAIL_MCP_ENCRYPTION_KEY": key,
            "GMAIL_MCP_GOOGLE_CLIENT_ID": "bench.apps.googleusercontent.com",
            "GMAIL_MCP_GOOGLE_CLIENT_SECRET": "bench-secret",
            "GMAIL_MCP_GOOGLE_AUTH_URL": root + "/o/oauth2/v2/auth",
            "GMAIL_MCP_GOOGLE_TOKEN_URL": root + "/token",
            "GMAIL_MCP_GOOGLE_REVOKE_URL": root + "/revoke",
            "GMAIL_MCP_GOOGLE_USERINFO_URL": root + "/v1/userinfo",
            "GMAIL_MCP_GOOGLE_API_URL": root,
            "GMAIL_MCP_GOOGLE_CA_FILE": str(upstream.certificate),
            "GMAIL_MCP_GOOGLE_QUOTA_UNITS_PER_MINUTE": "1000000000",
            "GMAIL_MCP_STORAGE_SQLITE_PATH": str(self.database),
            "GMAIL_MCP_SERVER_AUTH_TOKEN": TOKEN,
            "GMAIL_MCP_LOG_FORMAT": "json",
        }
        self.process = stage.start([program, "serve", "--transport", "http", "--port", self.port], self.port,
                                   log=f"{name}.log", env=self.settings, cores=measure.SERVER_CORES)
        self.pid = self.process.pid
        self.idle = measure.memory_mib(self.pid)
        self.connections = [self.connect(f"user{number}") for number in range(MAILBOXES)]

    def call(self, tool, **arguments):
        answer = ask("POST", self.port, f"/tools/{tool}", arguments, self.headers)
        if answer.get("success") is False:
            sys.exit(f"{self.name}: {tool}: {answer}")
        return answer

    def connect(self, user):
        """Signs a person in; the authorization code is her name (bench/upstream.cpp)."""
        begun = self.call("gmail_get_auth_url", user_id=user)
        return self.call("gmail_handle_oauth_callback", state=begun["state"], code=user)["connection_id"]

    def end(self):
        self.stage.end(self.process)


def fetch(method, port, path, body=b"", headers=None):
    """The bytes of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status >= 300:
        sys.exit(f"{method} {path}: {answer.status} {text.decode()}")
    return text


def ask(method, port, path, body=None, headers=None):
    return json.loads(fetch(method, port, path, b"" if body is None else json.dumps(body).encode(), headers))
