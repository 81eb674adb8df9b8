"""Google's bad days: what is tried again, what is said, and how long it takes."""

import threading
import time

from stage.claims import claim, end, holds, note, same
from stage.person import connect
from stage.programs import Sandbox, Server

EMAIL = "alex.morgan@gmail.example"
google = Sandbox()
server = Server(google.settings())
connection = connect(server, "ann", EMAIL)


def search(**more):
    start = time.monotonic()
    answer = server.tool("gmail_search", **{"connection_id": connection, "query": "in:inbox", **more})
    return answer, time.monotonic() - start


def fault(match="*", times=None, **then):
    rule = {"match": match, "then": then}
    return {**rule, "times": times} if times else rule


with claim("one 500, one 503 (a page of HTML) and one broken connection are each tried again: she sees nothing"):
    for then in ({"status": 500}, {"status": 503}, {"cut": "before_response"}, {"cut": "mid_body"}):
        google.faults(fault("messages.list", 1, **then))
        answer, _ = search()
        same(answer.status, 200, then)
with claim("one part of a batch that fails is asked again alone, not the batch"):
    google.faults(fault("messages.get", 1, status=429))
    google.reset_counters()
    answer, _ = search(max_results=20)
    same((len(answer.json()["messages"]), answer.json()["omitted"]), (20, []))
    assert google.counters()["requests"]["messages.get"] == 21, google.counters()
with claim("500 without end: unavailable, retryable, within 5 seconds, and nothing of Google's page in it"):
    google.faults(fault("messages.list", status=503))
    answer, seconds = search()
    same((answer.status, answer.json()["code"], answer.json()["retryable"]), (503, "unavailable", True))
    assert seconds < 5 and "<" not in answer.text, (seconds, answer)
with claim("429 without end: rate_limited within 5 seconds, with Retry-After as Google said"):
    google.faults(fault("messages.list", status=429, retry_after=30))
    answer, seconds = search()
    same((answer.status, answer.json()["code"]), (429, "rate_limited"))
    assert answer.json()["error"].startswith("Rate limited"), answer
    assert 20 <= int(answer.headers["retry-after"]) <= 31, answer.headers
    assert seconds < 5, seconds
with claim("a domain's policy is forbidden, in words, and not tried again"):
    google.faults(fault("messages.list", status=403, reason="domainPolicy"))
    google.reset_counters()
    answer, _ = search()
    same((answer.status, google.counters()["requests"]["messages.list"]), (403, 1), answer)
with claim("the token endpoint is down: unavailable; nobody is asked to connect again"):
    google.faults(fault("token", status=500), expire_access_tokens=[EMAIL])
    answer, _ = search()
    same((answer.status, answer.json()["code"]), (503, "unavailable"))
    checked = server.tool("gmail_check_connection", connection_id=connection).json()
    same(checked["needs_reauth"], False, checked)
    google.faults()
    same(search()[0].status, 200)
with claim("a wrong client secret is misconfigured and says Invalid client; nobody is asked to connect again"):
    wrong = Server({**server.settings, "GMAIL_MCP_GOOGLE_CLIENT_SECRET": "not-it"},
                   database=server.settings["GMAIL_MCP_STORAGE_SQLITE_PATH"])
    google.faults(expire_access_tokens=[EMAIL])
    answer = wrong.tool("gmail_search", connection_id=connection, query="in:inbox")
    same((answer.status, answer.json()["code"]), (503, "misconfigured"), answer)
    assert answer.json()["error"].startswith("Invalid client"), answer
    wrong.stop()
    same(search()[0].status, 200)
with claim("a send is never tried again by itself, whatever Google answers"):
    for then in ({"status": 500}, {"status": 503}, {"cut": "before_response"}, {"cut": "after_effect"}):
        google.faults(fault("messages.send", 1, **then))
        google.reset_counters()
        answer = server.tool("gmail_send", connection_id=connection, to=["ann@shop.example"],
                             subject=f"bad day {then}", body="b")
        seen = google.counters()
        assert seen["requests"]["messages.send"] == 1 and seen["sends"] <= 1, (then, seen)
        if answer.status != 200:
            holds(("outcome_unknown", "unavailable"), answer.json()["code"])
with claim("a 429 on a send, which did nothing, says so: rate_limited, and the same key sends it later"):
    order = {"connection_id": connection, "to": ["ann@shop.example"], "subject": "later", "body": "b",
             "idempotency_key": "later"}
    google.faults(fault("messages.send", 9, status=429))
    google.reset_counters()
    answer = server.tool("gmail_send", **order)
    same((answer.status, google.counters()["sends"]), (429, 0), answer)
    google.faults()
    same((server.ask("gmail_send", **order)["deduplicated"], google.counters()["sends"]), (False, 1))
with claim("a slow Google does not keep others waiting"):
    ben = connect(server, "ben", "tom.becker@gmail.example")
    google.faults({"match": "messages.list", "email": EMAIL, "then": {"delay_ms": 3000}})
    slow = threading.Thread(target=search)
    slow.start()
    start = time.monotonic()
    same(server.tool("gmail_search", connection_id=ben, query="in:inbox").status, 200)
    took = time.monotonic() - start
    note(f"{took * 1000:.0f} ms")
    assert took < 1, took
    slow.join(20)
end()
