"""Access tokens of somebody else's authorization server (npm oidc-provider): the official TypeScript clients, 1.x and
2.x, find it and sign in; what becomes of tokens when it changes its keys or is gone."""

import base64
import hashlib
import json
import urllib.parse

from stage.claims import claim, end, holds, same
from stage.programs import NODE_PROGRAMS, REFEREES, Program, Sandbox, Server, environment, free_port, node, run, until
from stage import web

issuer_port, port = free_port("127.0.0.1"), free_port("127.0.0.1")
issuer_url = f"http://localhost:{issuer_port}"
resource = f"http://localhost:{port}/mcp"


class Issuer(Program):
    """Has new keys, and knows no client, whenever it starts."""

    def __init__(self, algorithm="ES256", seconds=600):
        super().__init__("issuer", [NODE_PROGRAMS / "node", REFEREES / "oauth_issuer.mjs"],
                         {"PORT": str(issuer_port), "ALGORITHM": algorithm, "SECONDS": str(seconds)},
                         ready=issuer_url + "/.well-known/openid-configuration")


def token(scope="mail.read", audience=resource):
    """Signs in as a program that knows the issuer."""
    back = "http://localhost:9/callback"
    client = web.request("POST", issuer_url + "/reg", {
        "redirect_uris": [back], "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"],
        "response_types": ["code"], "application_type": "native"}).json()["client_id"]
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    browser = web.Browser(stays_before="/callback")
    page = browser.open(issuer_url + "/auth?" + urllib.parse.urlencode({
        "client_id": client, "response_type": "code", "redirect_uri": back, "scope": scope, "resource": audience,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="), "code_challenge_method": "S256"}))
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(page.headers["Location"]).query)["code"][0]
    answer = web.request("POST", issuer_url + "/token", urllib.parse.urlencode({
        "grant_type": "authorization_code", "client_id": client, "code": code, "redirect_uri": back,
        "code_verifier": verifier, "resource": audience}),
        {"Content-Type": "application/x-www-form-urlencoded"})
    return answer.json()["access_token"]


def ask(bearer, name="gmail_list_connections", **arguments):
    return server.tool(name, headers={"Authorization": f"Bearer {bearer}"}, **arguments)


google = Sandbox()
issuer = Issuer()
settings = {**google.settings(), "GMAIL_MCP_PUBLIC_URL": f"http://localhost:{port}",
            "GMAIL_MCP_SERVER_OAUTH_ISSUER": issuer_url, "GMAIL_MCP_SERVER_OPERATOR_TOKEN": "operator-token"}
server = Server(settings, port=port)

with claim("the metadata names the issuer, and a 401 names the metadata"):
    refused = server.request("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "ping"})
    same(refused.status, 401)
    where = f"http://localhost:{port}/.well-known/oauth-protected-resource/mcp"
    holds(refused.headers["www-authenticate"], f'resource_metadata="{where}"')
    assert "error=" not in refused.headers["www-authenticate"], refused.headers
    metadata = web.request("GET", where).json()
    same((metadata["resource"], metadata["authorization_servers"]), (resource, [issuer_url]))

for version, mode in (("1.x", ""), ("2.x", "legacy"), ("2.x", "auto")):
    status = node("oauth_resource.mjs", {"CLIENT": version, "URL": resource, "MODE": mode})
    if status not in (0, 1):
        with claim(f"{version} {mode} runs to its end"):
            same(status, 0, "status")

with claim("a token is its person, who needs no X-Gmail-MCP-User and sees nobody else"):
    good = token()
    same(ask(good).json()["connections"], [])
    same(ask(good, user_id="bob").json()["connections"], [])
    same(server.tool("gmail_list_connections", headers={
        "Authorization": f"Bearer {good}", "X-Gmail-MCP-User": "bob"}).status, 403)
with claim("a scope allows its tools and no others; the 403 names what is missing"):
    refused = ask(good, "gmail_send", connection_id="x", to=["a@example.com"], subject="s", body="b")
    same(refused.status, 403)
    holds(refused.headers["www-authenticate"], 'error="insufficient_scope"', 'scope="mail.read mail.send"')
    same(ask(good, "gmail_get_auth_url", user_id="bob").status, 403)
    same(ask(good, "gmail_check_setup").status, 403, "the operator's tools belong to no scope")
with claim("a token for another server, a changed one and one of other keys are refused with invalid_token"):
    head, claims, signature = good.split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed["sub"] = "bob"
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    nothing = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    for bad in (token(audience="https://other.example.com/mcp"), f"{head}.{forged}.{signature}",
                f"{nothing}.{forged}.", good[:-4]):
        answer = ask(bad)
        same(answer.status, 401, bad)
        holds(answer.headers["www-authenticate"], 'error="invalid_token"')
with claim("gmail_check_setup, config://status, validate and /metrics say that its keys are known"):
    operator = {"Authorization": "Bearer operator-token"}
    told = server.tool("gmail_check_setup", headers=operator).json()["token_issuer"]
    same((told["issuer"], told["keys"], told.get("problem")), (issuer_url, 1, None))
    holds(server.request("GET", "/metrics", headers=operator).text, "gmail_mcp_token_issuer_keys 1")
    checked = run("validate", settings=server.settings)
    holds(checked.stdout, issuer_url)
    same(checked.returncode, 0)

with claim("while the issuer is gone, its tokens go on, and new keys cannot be told from invented ones"):
    issuer.stop()
    same(ask(good).status, 200)
with claim("new keys of the issuer are taken, and tokens by the old ones refused, without a restart"):
    issuer = Issuer("RS256")
    fresh = token()
    assert until(lambda: ask(fresh).status == 200, every=1), ask(fresh)
    same(ask(good).status, 401)
with claim("a server that starts while the issuer is gone answers its tokens 503 with Retry-After, and others as ever"):
    issuer.stop()
    server.stop()
    server.start()
    answer = ask(good)
    same((answer.status, answer.headers.get("retry-after")), (503, "5"))
    same(server.tool("gmail_check_setup", headers=operator).status, 200)
    warned = run("validate", settings=server.settings)
    holds(warned.stdout, "cannot be fetched")
with claim("once the issuer is back, tokens are taken"):
    issuer = Issuer("EdDSA")
    late = token()
    assert until(lambda: ask(late).status == 200, every=1), ask(late)
with claim("no token is in the log"):
    for secret in (good, late, signature):
        assert secret not in server.output(), "it is"
end()
