"""A search of 100 messages costs three requests, not 101, and copes when Gmail narrows its gate."""

import threading

from stage.claims import claim, end, note, same
from stage.person import connect
from stage.programs import Sandbox, Server

EMAIL = "alex.morgan@gmail.example"
google = Sandbox()
server = Server(google.settings())
connection = connect(server, "user-1", EMAIL)
for number in range(120):
    google.deliver(EMAIL, f"Crate of zebrafish {number}")


def search():
    google.reset_counters()
    found = server.ask("gmail_search", connection_id=connection, query="subject:zebrafish", max_results=100)
    return found, google.counters()


search()  # the token is decrypted and the connection to Google is open
with claim("100 results: the list and two batches are all that is asked"):
    found, seen = search()
    same((len(found["messages"]), found["omitted"]), (100, []))
    same((seen["http_requests"], seen["batches"], seen["batch_parts"]), (3, 2, 100), seen)
with claim("… and the two batches run side by side: two round trips, not three"):
    google.faults({"match": "batch", "then": {"hold": "before"}})
    searches = []
    searching = threading.Thread(target=lambda: searches.append(search()))
    searching.start()
    google.await_held("batch", 2)
    same(searches, [])
    google.faults()
    searching.join(300)
    (again, seen), = searches
    same((again["messages"], seen["http_requests"]), (found["messages"], 3))
with claim("every message is there once, newest first"):
    ids = [m["id"] for m in found["messages"]]
    dates = [m["date"] for m in found["messages"]]
    same((len(set(ids)), dates), (100, sorted(dates, reverse=True)))
with claim("the next page is the rest"):
    rest = server.ask("gmail_search", connection_id=connection, query="subject:zebrafish", max_results=100,
                      page_token=found["next_page_token"])
    same((len(rest["messages"]), rest["next_page_token"]), (20, None))
    assert not set(ids) & {m["id"] for m in rest["messages"]}
with claim("with 20 concurrent requests allowed, what is refused is asked again: all 100 come"):
    google.faults({"match": "*", "then": {"delay_ms": 50}}, max_concurrent=20)
    found, seen = search()
    same((len(found["messages"]), found["omitted"]), (100, []))
    note(f"{seen['http_requests']} requests, {seen['batch_parts']} parts")
with claim("… and it has learnt: the next one is refused less or nothing"):
    _, later = search()
    assert later["batch_parts"] <= seen["batch_parts"], (seen, later)
end()
