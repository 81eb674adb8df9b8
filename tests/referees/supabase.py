"""Supabase's own clients, for JavaScript and for Python: what gmail-mcp asks of a project is what they send for the
same call, and they hear from the stand-in (src/sql/testing/rest_stand_in.h) what we hear, failures included."""

import json
import subprocess

from stage.claims import claim, end, holds, note, same
from stage.programs import NODE_PROGRAMS, REFEREES, Sandbox, Server, key, run
from stage.supabase import Project

# What names the client, and what its way of sending brings with it.
OF_THE_CLIENT = {"host", "user-agent", "x-client-info", "connection", "content-length", "accept-language",
                 "accept-encoding", "sec-fetch-mode", "accept", "te",
                 "accept-profile"}  # the one for Python says it of a POST, too, where it means nothing
JAVASCRIPT = ("supabase-js", "postgrest-js")


def call(client, calls):
    """What a client answers to each call."""
    program = [str(NODE_PROGRAMS / "node"), str(REFEREES / "supabase.mjs")]
    if client == "Python":
        # -P: beside it are referees with the names of Python's own modules.
        program = ["/usr/bin/python3", "-P", str(REFEREES / "supabase_python.py")]
    ended = subprocess.run(program, input=json.dumps({"client": client, "calls": calls}), capture_output=True,
                           text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr[-1500:]
    return json.loads(ended.stdout)


def headers_of(request):
    return sorted((name.lower(), value) for name, value in request["headers"] if name.lower() not in OF_THE_CLIENT)


def wire(request):
    return request["method"], request["path"], headers_of(request), request["body"]


project = Project()
settings = {"GMAIL_MCP_STORAGE_TYPE": "supabase", "GMAIL_MCP_SUPABASE_URL": project.url,
            "GMAIL_MCP_SUPABASE_KEY": project.secret, "GMAIL_MCP_ENCRYPTION_KEY": key(),
            **Sandbox.client}

with claim("a project in which nothing was run is told what to run"):
    ended = run("validate", settings=settings)
    holds(ended.stdout, "gmail-mcp migrate")
with claim("what `migrate --print` prints makes it a project of ours, and says nothing else on stdout"):
    printed = run("migrate", "--print", settings=settings).stdout
    assert printed.startswith("--"), printed[:200]
    same(project.ask("script"), {}, "the owner's SQL editor")
    same(project.ask("run SELECT count(*) > 60 FROM gmail_mcp_statements"), {"rows": ["t"]})
with claim("a project that lacks one statement of this version is told at once, not when it is asked"):
    project.ask("run CREATE TABLE away AS SELECT * FROM gmail_mcp_statements WHERE name = 'users.delete_user'")
    project.ask("run DELETE FROM gmail_mcp_statements WHERE name = 'users.delete_user'")
    for verb in ("validate", "migrate"):
        ended = run(verb, settings=settings)
        holds(ended.stdout + ended.stderr, "does not have all statements of this version")
    project.ask("run INSERT INTO gmail_mcp_statements SELECT * FROM away; DROP TABLE away")

project.seen()
with claim("`validate`, `connections list` and `serve` find an empty project in order"):
    assert "Problem" not in run("validate", settings=settings).stdout
    same(run("connections", "list", settings=settings).returncode, 0, "status")
    server = Server(settings)
    server.stop()
ours = [request for request in project.seen() if request["method"] == "POST"]
note(f"gmail-mcp has sent {len(ours)} requests")
calls = [{"url": project.url, "key": project.secret, "function": "gmail_mcp_run",
          "arguments": json.loads(request["body"])} for request in ours]
with claim("it has asked something, and nothing but the function"):
    assert len(ours) > 5, ours
    same({request["path"] for request in ours}, {"/rest/v1/rpc/gmail_mcp_run"})

for client in JAVASCRIPT:
    with claim(f"every request is byte for byte what {client} sends for the same call"):
        answers = call(client, calls)
        for request, theirs in zip(ours, project.seen(), strict=True):
            same(wire(request), wire(theirs))
    with claim(f"{client} gets an answer to each"):
        for asked, answer in zip(calls, answers, strict=True):
            same((answer["error"], answer["status"]), (None, 200))
            same(len(answer["data"]), len(asked["arguments"]["calls"]), "answers")
with claim("the client for Python sends the same, but for blanks in JSON"):
    answers = call("Python", calls)
    for request, theirs in zip(ours, project.seen(), strict=True):
        same(wire(request)[:3], wire(theirs)[:3])
        same(json.loads(theirs["body"]), json.loads(request["body"]))
    same([answer["error"] for answer in answers], [None] * len(calls))

project.ask("""run CREATE TABLE things (id UUID PRIMARY KEY, name TEXT UNIQUE NOT NULL, big BIGINT);
    GRANT ALL ON things TO service_role;
    CREATE FUNCTION add_thing(name TEXT) RETURNS BIGINT LANGUAGE sql AS
    $$ INSERT INTO things VALUES (md5(coalesce(name, ''))::uuid, name, 9007199254740991) RETURNING big $$;
    CREATE FUNCTION find_thing(id TEXT) RETURNS TEXT LANGUAGE sql AS
    $$ SELECT t.name FROM things AS t WHERE t.id = CAST($1 AS UUID) $$;
    CREATE FUNCTION fail_with(code TEXT) RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION USING errcode = code, message = 'on purpose', detail = 'a detail', hint = 'a hint'; END $$;
    CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS '';
    NOTIFY pgrst, 'reload schema'""")


def case(function, arguments, by=None):
    return {"url": project.url, "key": by or project.secret, "function": function, "arguments": arguments}


SUCCESSES = [(case("add_thing", {"name": "a"}), 9007199254740991), (case("find_thing", {"id": "0" * 32}), None),
             (case("nothing", {}), None)]
UNKNOWN = {"calls": [{"name": "no.such", "digest": "0" * 16, "parameters": []}]}
FAILURES = [
    (case("gmail_mcp_run", UNKNOWN), 400, "GM001"),
    (case("gmail_mcp_run", UNKNOWN, project.service_role), 400, "GM001"),
    (case("gmail_mcp_run", UNKNOWN, project.anon), 401, "42501"),
    (case("gmail_mcp_run", UNKNOWN, project.publishable), 401, "42501"),
    (case("gmail_mcp_run", {"call": []}), 404, "PGRST202"),
    (case("no_such_function", {"a": 1, "b": 2}), 404, "PGRST202"),
    (case("add_thing", {"name": "a"}), 409, "23505"),
    (case("add_thing", {"name": None}), 400, "23502"),
    (case("find_thing", {"id": "none"}), 400, "22P02"),
    *((case("fail_with", {"code": code}), status, code) for code, status in (
        ("40001", 500), ("40P01", 500), ("57014", 500), ("53300", 503), ("P0001", 400), ("42501", 403)))]

succeeded = {}
for client in (*JAVASCRIPT, "Python"):
    with claim(f"{client} takes the stand-in's answers for a project's"):
        project.ask("run DELETE FROM things")
        answers = call(client, [asked for asked, _ in SUCCESSES])
        # Of no content the one for Python makes an empty list.
        same([answer["data"] or None for answer in answers], [wanted for _, wanted in SUCCESSES])
    with claim(f"{client} takes its failures for a project's"):
        answers = call(client, [asked for asked, _, _ in FAILURES])
        for (asked, status, code), answer in zip(FAILURES, answers, strict=True):
            same(answer["error"]["code"], code, str(asked["arguments"]))
            if client != "Python":
                same(answer["status"], status, code)
            same(set(answer["error"]), {"code", "message", "details", "hint"})
        succeeded[client] = [answer["error"] for answer in answers]
for client in (*JAVASCRIPT, "Python"):
    with claim(f"{client} reads the same failures as the others"):
        for one, other in zip(succeeded[client], succeeded["supabase-js"], strict=True):
            same(one, other)

for title, wrong in (("a publishable key", project.publishable), ("an anon key", project.anon),
                     ("another project's key", "sb_secret_of_another"), ("an expired key", project.expired)):
    with claim(f"with {title} `validate` names the setting, and not the key"):
        ended = run("validate", settings={**settings, "GMAIL_MCP_SUPABASE_KEY": wrong})
        holds(ended.stdout + ended.stderr, "SUPABASE_KEY")
        assert wrong not in ended.stdout + ended.stderr
with claim("a table that is open to browsers is a warning of `validate`"):
    project.ask("run ALTER TABLE users DISABLE ROW LEVEL SECURITY; GRANT SELECT ON audit TO anon")
    ended = run("validate", settings=settings)
    holds(ended.stdout, "Row level security is off for the table users", "The table audit is open to anon")
end()
