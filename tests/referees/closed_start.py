"""The start command of *Production Agent Setup*, as it stands there, must not open every mailbox to
whoever reaches the port."""

from stage.claims import claim, end, holds, same
from stage.programs import GMAIL_MCP, Program, Sandbox, Server, directory, free_port, own_address, run
from stage import web

google = Sandbox()
here = own_address()
closed = Server(google.settings(), host="0.0.0.0", address=here)

with claim("`serve --transport http --host 0.0.0.0` without a token: health answers, and says that it is closed"):
    same([closed.request("GET", p).status for p in ("/health", "/health/live", "/health/ready")],
         [200, 200, 503])
    health = closed.request("GET", "/health").json()
    same((health["status"], health["ready"], "callers" in health), ("closed", False, False))
    holds(health["problem"], "401", "GMAIL_MCP_SERVER_AUTH_TOKEN")
with claim("… and so does `gmail-mcp health --url`, with status 1"):
    asked = run("health", "--url", f"http://127.0.0.1:{closed.port}")
    same((asked.returncode, asked.stdout.splitlines()[0]), (1, "closed"))
    holds(asked.stdout, "GMAIL_MCP_SERVER_AUTH_TOKEN")
with claim("every tool answers 401 with code unauthenticated"):
    for name in ("gmail_get_auth_url", "gmail_search", "gmail_check_setup", "no_such_tool"):
        answer = closed.tool(name, user_id="u")
        same((answer.status, answer.json()["code"], answer.json()["success"]),
             (401, "unauthenticated", False), name)
with claim("… to a caller on the machine itself, too: a proxy or a port of a container comes from there"):
    local = f"http://127.0.0.1:{closed.port}/tools/gmail_list_connections"
    same(web.request("POST", local, {}).status, 401)
with claim("the 401 names the three ways out: a token, loopback behind a proxy, the explicit opening"):
    text = closed.tool("gmail_search").text
    holds(text, "GMAIL_MCP_SERVER_AUTH_TOKEN", "loopback", "GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED")
with claim("the log says so at the start"):
    holds(closed.output(), "GMAIL_MCP_SERVER_AUTH_TOKEN", "GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED")
with claim("so are /tools, /openapi.json and /mcp"):
    for method, path in (("GET", "/tools"), ("GET", "/openapi.json"), ("POST", "/mcp"), ("GET", "/mcp"),
                         ("DELETE", "/mcp")):
        same(closed.request(method, path, {} if method == "POST" else None).status, 401, path)
with claim("the pages of a person who connects answer, with a sentence and no tool behind them"):
    page = closed.request("GET", "/oauth/start?state=nobody-issued-this")
    assert page.status in (400, 404, 410), page
    holds(page.headers["content-type"], "text/html")
with claim("a body of 1 MB without a credential is refused before it is read"):
    assert closed.request("POST", "/tools/gmail_search", b"x" * (1 << 20)).status in (401, 413)
with claim("SIGTERM ends it with status 0"):
    same(closed.stop(), 0)

tokened = Server({**google.settings(), "GMAIL_MCP_SERVER_AUTH_TOKEN": "app-token",
                  "GMAIL_MCP_SERVER_OPERATOR_TOKEN": "operator-token"},
                 host="0.0.0.0", address=here)
with claim("with GMAIL_MCP_SERVER_AUTH_TOKEN the token opens the tools, nothing else does"):
    def status(**headers):
        return tokened.tool("gmail_list_connections", headers=headers).status
    same(status(), 401)
    same(status(Authorization="Bearer app-token"), 200)
    same(status(Authorization="Bearer app-tokeN"), 401)
    same(status(Authorization="Basic app-token"), 401)
    same(status(Authorization="Bearer "), 401)
with claim("a valid token passes under any Host"):
    for name in ("your-mcp-server:8080", "gmail-mcp:8000", "192.168.7.7:8000"):
        same(status(Authorization="Bearer app-token", Host=name), 200, name)
with claim("the application's token does not open the operator's tools; the operator's does"):
    same(tokened.tool("gmail_check_setup", headers={"Authorization": "Bearer app-token"}).status, 403)
    answer = tokened.tool("gmail_check_setup", headers={"Authorization": "Bearer operator-token"})
    same((answer.status, answer.json()["ready"]), (200, True))
with claim("beyond loopback an application on /mcp must name its user (X-Gmail-MCP-User)"):
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    answer = tokened.request("POST", "/mcp", body, {
        "Authorization": "Bearer app-token", "Accept": "application/json, text/event-stream"})
    same(answer.status, 403)
with claim("X-Gmail-MCP-User empty or twice is 400"):
    app = {"Authorization": "Bearer app-token"}
    for value in ("", ["u1", "u1"]):
        same(tokened.tool("gmail_list_connections", headers={**app, "X-Gmail-MCP-User": value}).status, 400)
tokened.stop()

alone = Server(google.settings())
with claim("on loopback without a token the tools are open"):
    same(alone.tool("gmail_list_connections").status, 200)
with claim("… but not to a request that came through a proxy"):
    for header in ("X-Forwarded-For", "Forwarded", "Via", "X-Forwarded-Host", "X-Real-IP", "CF-Connecting-IP"):
        same(alone.tool("gmail_list_connections", headers={header: "for=192.0.2.1"}).status, 401, header)
with claim("… nor under a foreign Host name (DNS rebinding)"):
    answer = alone.tool("gmail_list_connections", headers={"Host": "evil.example"})
    assert 400 <= answer.status < 500, answer
with claim("… nor to the page of another origin in a browser"):
    for path in ("/tools/gmail_list_connections", "/mcp"):
        answer = alone.request("POST", path, "{}", {"Origin": "https://evil.example",
                                                    "Content-Type": "text/plain"})
        same(answer.status, 403, path)
with claim("… nor to a page of another port of this machine, nor to what it sends without a preflight"):
    for path in ("/tools/gmail_list_connections", "/mcp"):
        answer = alone.request("POST", path, "{}", {"Origin": "http://localhost:3000"})
        same((answer.status, bool(answer.json()["hint"])), (403, True), path)
    answer = alone.request("POST", "/tools/gmail_list_connections", "{}", {"Content-Type": "text/plain"})
    same(answer.status, 415)
    holds(answer.json()["hint"], "curl --json")
    same(alone.request("GET", "/tools", headers={"Sec-Fetch-Site": "cross-site"}).status, 403)
with claim("POST /mcp/ is /mcp"):
    same(alone.request("POST", "/mcp/", {"jsonrpc": "2.0", "id": 1, "method": "ping"}).status,
         alone.request("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "ping"}).status)
alone.stop()

public = Server({**google.settings(), "GMAIL_MCP_PUBLIC_URL": "https://mail.example.org"})
with claim("a tokenless server whose public_url is not loopback is closed as well"):
    same(public.tool("gmail_list_connections").status, 401)
public.stop()

with claim("`serve` without any setting starts far enough to say what is missing"):
    port = free_port()
    bare = Program("bare", [GMAIL_MCP, "serve", "--transport", "http", "--port", port],
                   {"GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / "bare.db")},
                   ready=f"http://127.0.0.1:{port}/health/live")
    answer = web.request("POST", f"http://127.0.0.1:{port}/tools/gmail_search",
                         {"connection_id": "0" * 32, "query": "x"})
    same((answer.status, answer.json()["code"]), (503, "misconfigured"))
    holds(answer.text, "GMAIL_MCP_ENCRYPTION_KEY")
    bare.stop()
end()
