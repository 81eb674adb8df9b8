"""Google's bad days: what is tried again, how often, and what is said."""

import threading

from stage.claims import claim, end, holds, same
from stage.person import connect
from stage.programs import Sandbox, Server

EMAIL = "alex.morgan@gmail.example"
google = Sandbox()
server = Server(google.settings())
connection = connect(server, "ann", EMAIL)


def search(**more):
    return server.tool("gmail_search", **{"connection_id": connection, "query": "in:inbox", **more})


def fault(match="*", times=None, **then):
    rule = {"match": match, "then": then}
    return {**rule, "times": times} if times else rule


with claim("one 500, one 503 (a page of HTML) and one broken connection are each tried again: the user notices nothing"):
    for then in ({"status": 500}, {"status": 503}, {"cut": "before_response"}, {"cut": "mid_body"}):
        google.faults(fault("messages.list", 1, **then))
        same(search().status, 200, then)
with claim("one part of a batch that fails is asked again alone, not the batch"):
    google.faults(fault("messages.get", 1, status=429))
    google.reset_counters()
    answer = search(max_results=20)
    same((len(answer.json()["messages"]), answer.json()["omitted"]), (20, []))
    assert google.counters()["requests"]["messages.get"] == 21, google.counters()
google.faults()
mail = search(max_results=1).json()["messages"][0]
READING = {"messages.list": ("gmail_search", {"query": "in:inbox"}), "labels.list": ("gmail_list_labels", {}),
           "messages.get": ("gmail_get_message", {"message_id": mail["id"]}),
           "threads.get": ("gmail_get_thread", {"thread_id": mail["thread_id"]}),
           "drafts.list": ("gmail_list_drafts", {}), "token": ("gmail_get_message", {"message_id": mail["id"]}),
           "messages.modify": ("gmail_modify_labels", {"message_id": mail["id"], "add_labels": ["STARRED"]})}
for method, (tool, arguments) in READING.items():
    with claim(f"{method}: 503 without end: unavailable, retryable, after a few tries, and nothing of Google's page in it"):
        google.faults(fault(method, status=503), expire_access_tokens=[EMAIL] if method == "token" else [])
        google.reset_counters()
        answer = server.tool(tool, connection_id=connection, **arguments)
        same((answer.status, answer.json()["code"], answer.json()["retryable"]), (503, "unavailable", True))
        assert "<" not in answer.text, answer
        assert 2 <= google.counters()["requests"][method] <= 6, google.counters()
with claim("429 without end, for longer than anybody waits: rate_limited at once, with Retry-After as Google said"):
    google.faults(fault("messages.list", status=429, retry_after=3600, retry_after_in="header"))
    google.reset_counters()
    answer = search()
    same((answer.status, answer.json()["code"]), (429, "rate_limited"))
    assert answer.json()["error"].startswith("Rate limited"), answer
    same(answer.headers["retry-after"], "3600")
    same(google.counters()["requests"]["messages.list"], 1)
with claim("a token that Gmail refuses is refreshed once, and the fresh one shown again if it is refused, too"):
    for refused in (1, 2):
        google.faults(fault("messages.list", refused, status=401, reason="authError"))
        google.reset_counters()
        same((search().status, google.counters()["refreshes"]), (200, 1), refused)
    google.faults(fault("messages.list", status=401, reason="authError"))
    answer = search()
    same((answer.status, answer.json()["code"]), (409, "reconnect_required"))
    google.faults()
    same(search().status, 200)
with claim("a domain's policy is forbidden, in words, and not tried again"):
    google.faults(fault("messages.list", status=403, reason="domainPolicy"))
    google.reset_counters()
    answer = search()
    same((answer.status, google.counters()["requests"]["messages.list"]), (403, 1), answer)
with claim("the token endpoint is down: unavailable; nobody is asked to connect again"):
    google.faults(fault("token", status=500), expire_access_tokens=[EMAIL])
    answer = search()
    same((answer.status, answer.json()["code"]), (503, "unavailable"))
    checked = server.tool("gmail_check_connection", connection_id=connection).json()
    same(checked["needs_reauth"], False, checked)
    google.faults()
    same(search().status, 200)
with claim("a wrong client secret is misconfigured and says Invalid client; nobody is asked to connect again"):
    wrong = Server({**server.settings, "GMAIL_MCP_GOOGLE_CLIENT_SECRET": "not-it"},
                   database=server.settings["GMAIL_MCP_STORAGE_SQLITE_PATH"])
    google.faults(expire_access_tokens=[EMAIL])
    answer = wrong.tool("gmail_search", connection_id=connection, query="in:inbox")
    same((answer.status, answer.json()["code"]), (503, "misconfigured"), answer)
    assert answer.json()["error"].startswith("Invalid client"), answer
    wrong.stop()
    same(search().status, 200)
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
    google.faults({"match": "messages.list", "email": EMAIL, "then": {"hold": "before"}})
    answers = []
    slow = threading.Thread(target=lambda: answers.append(search()))
    slow.start()
    google.await_held("messages.list")
    for _ in range(5):
        same(server.tool("gmail_search", connection_id=ben, query="in:inbox").status, 200)
    same((google.counters()["held"], answers), ({"messages.list": 1}, []))
    google.faults()
    slow.join(300)
    same([answer.status for answer in answers], [200])
end()
