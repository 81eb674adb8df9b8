"""Runs the plan of a trial against a server and judges every answer by the model."""

import base64
import collections
import contextlib
import json
import threading

from . import trial_plan
from .mcp import Session
from .trial_model import Draft, Letter

# Codes that a bad moment of Google's explains, and their status. `reconnect_required`: it refused a
# token and the fresh one after it.
PASSING = {"rate_limited": 429, "unavailable": 503, "timeout": 504, "reconnect_required": 409}
UNKNOWN = {"outcome_unknown": 409}
MISSING = {"not_found": 404}
KEYS = {"success", "error", "code", "retryable", "hint", "retry_after", "connect_url"}
# Of the bodies of the faults, of addresses behind us, of the insides of programs.
NOT_OURS = ("<", "backendError", "usageLimits", "RateLimit", "rateLimit", "authError", "Invalid Credentials",
            "Internal error", "Too many concurrent", "That's all", "googleapis", "127.0.0.1", "/gmail/v1", "Bearer",
            "std::", "boost", "asio", "curl", "Traceback", "exception", "0x")


class Said:
    """An answer, by whichever door."""

    def __init__(self, body, ok, status=None):
        self.body, self.ok, self.status = body, ok, status
        self.code = None if ok else body.get("code")

    def __repr__(self):
        return f"{self.status or 'mcp'} {json.dumps(self.body)[:500]}"


def judge_error(said, allowed):
    """A documented error that the day explains, in our words."""
    assert said.code in allowed, said
    assert said.status in (None, allowed[said.code]), said
    assert not set(said.body) - KEYS and said.body["success"] is False, said
    assert isinstance(said.body["retryable"], bool) and said.body["error"].endswith("."), said
    text = said.body["error"] + (said.body.get("hint") or "")
    for phrase in NOT_OURS:
        assert phrase not in text, f"{phrase!r} in {said}"


class Trial:
    """`google`: a trial_model.Google that also has `label_ids` (of a user, by name) and
    `expire_access_tokens`. `flocks`: of (lane, user), the Targets."""

    def __init__(self, server, google, connections, flocks):
        self.server, self.google, self.connections, self.flocks = server, google, connections, flocks
        self.letters, self.drafts, self.wrong = [], {}, []
        self.trace, self.codes, self.good = {}, collections.Counter(), collections.Counter()
        self.draft_ids = {user: set() for user in trial_plan.USERS}
        self._lock, self._sessions = threading.Lock(), {}
        self._quiet = {user: _Quiet() for user in trial_plan.USERS}

    def run(self, lanes):
        for lane in range(len(lanes)):
            self._sessions[lane] = Session(self.server)
        threads = [threading.Thread(target=self._run_lane, args=(number, lane)) for number, lane in enumerate(lanes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _run_lane(self, number, lane):
        self.trace[number] = []
        for operation in lane:
            self.trace[number].append(operation["name"] + " " + operation["kind"])
            if operation["expire"]:
                # Not while a token is fetched in place of the one that expired before: dead tokens in a row are more
                # than a call can take, and how many calls met that would be for the machine's speed to say.
                with self._quiet[operation["user"]].alone():
                    self.google.expire_access_tokens(operation["user"])
            try:
                getattr(self, "_" + operation["kind"])(operation)
            except Exception as error:  # pylint: disable=broad-except
                with self._lock:
                    self.wrong.append(f"{operation}: {type(error).__name__} {error}")

    def _call(self, operation, tool, **arguments):
        arguments = {"connection_id": self.connections[operation["user"]], **arguments}
        with self._quiet[operation["user"]].among_others():
            if operation["by"] == "mcp":
                result = self._sessions[operation["lane"]].tool(tool, **arguments)
                ok = not result.get("isError", False)
                body = result["structuredContent"] if ok else json.loads(result["content"][0]["text"])
                said = Said(body, ok)
            else:
                answer = self.server.tool(tool, **arguments)
                said = Said(answer.json(), answer.status == 200, answer.status)
        with self._lock:
            self.codes[said.code or "ok"] += 1
            self.good[tool] += said.ok
        return said

    def _flock(self, operation):
        return self.flocks[operation["lane"], operation["user"]]

    def _target(self, operation):
        return self._flock(operation)[operation["target"]]

    def _work(self, operation, names):
        """Labels of the plan as they stand on a message."""
        ids = self.google.label_ids[operation["user"]]
        return [ids.get(name, name) for name in names]

    # What reads.

    def _search(self, operation):
        flock = self._flock(operation)
        query = f"subject:{trial_plan.word(operation['lane'], operation['user'])} {operation['state']}".strip()
        said = self._call(operation, "gmail_search", query=query, max_results=operation["max_results"],
                          include_body=operation["include_body"])
        if not said.ok:
            return judge_error(said, PASSING)
        found = self.google.finds(operation["state"])
        by_id = {target.id: target for target in flock if target.perhaps(found)}
        ids = [message["id"] for message in said.body["messages"]]
        ids += [one["id"] for one in said.body["omitted"]]
        assert len(set(ids)) == len(ids) and set(ids) <= set(by_id), f"{ids} for {query}, may be {list(by_id)}"
        assert all(one["reason"] == "upstream_error" for one in said.body["omitted"]), said
        if operation["max_results"] >= len(flock):
            missing = [target for target in flock if target.surely(found) and target.id not in ids]
            assert not missing, f"{query}: without {missing[0].subject}"
            assert said.body["next_page_token"] is None, said
            for target in set(by_id.values()):
                target.is_now(found if target.id in ids else lambda state: not found(state), query)
        for message in said.body["messages"]:
            self._saw(by_id[message["id"]], message, query)
            if operation["include_body"]:
                assert by_id[message["id"]].body in message["body_plain"], message
        return None

    @staticmethod
    def _saw(target, message, what):
        assert (message["id"], message["subject"]) == (target.id, target.subject), f"{message}, not {target.subject}"
        target.saw(message["labels"], what)

    def _get_message(self, operation):
        target, view = self._target(operation), operation["view"]
        wish = {"format": view} if view in ("metadata", "minimal") else {"body_format": view}
        said = self._call(operation, "gmail_get_message", message_id=target.id, **wish)
        if not said.ok:
            return judge_error(said, PASSING)
        if view == "minimal":
            target.saw(said.body["labels"], "minimal")
            assert said.body["id"] == target.id, said
        else:
            self._saw(target, said.body, view)
        shown = {"text": "body_plain", "html": "body_html", "raw": "raw"}.get(view)
        if shown:
            assert target.body in said.body[shown], said
        return None

    def _get_thread(self, operation):
        flock = self._flock(operation)
        members = {target.id: target for target in flock if target.thread_id == flock[0].thread_id}
        said = self._call(operation, "gmail_get_thread", thread_id=flock[0].thread_id)
        shown = self.google.in_thread
        surely = {target.id for target in members.values() if target.surely(shown)}
        if not said.ok:
            return judge_error(said, PASSING if surely else PASSING | MISSING)
        ids = {message["id"] for message in said.body["messages"]}
        assert surely <= ids <= set(members) and len(ids) == said.body["message_count"], said
        for message in said.body["messages"]:
            self._saw(members[message["id"]], message, "thread")
            assert members[message["id"]].body in message["body_plain"], message
        return None

    def _get_attachment(self, operation):
        target = self._flock(operation)[2]
        said = self._call(operation, "gmail_get_attachment", message_id=target.id, attachment_id=target.attachment_id)
        if not said.ok:
            return judge_error(said, PASSING)
        assert base64.b64decode(said.body["content_base64"]) == target.attachment, said
        return None

    def _list_labels(self, operation):
        said = self._call(operation, "gmail_list_labels")
        if not said.ok:
            return judge_error(said, PASSING)
        found = {label["name"]: label["id"] for label in said.body["labels"]}
        assert found == self.google.label_ids[operation["user"]], said
        return None

    def _list_drafts(self, operation):
        said = self._call(operation, "gmail_list_drafts")
        if not said.ok:
            return judge_error(said, PASSING)
        own = {draft.id: draft for name, draft in list(self.drafts.items())
               if name.split("-")[0] == str(operation["lane"]) and draft.user == operation["user"] and draft.id}
        for one in said.body["drafts"]:
            self.draft_ids[operation["user"]].add(one["draft_id"])
            if one["draft_id"] in own:
                draft = own[one["draft_id"]]
                assert True in draft.exists and one["subject"] in draft.subjects, (
                    f"{one} is there; may it: {draft.exists}, as {draft.subjects}")
        return None

    def _check_connection(self, operation):
        said = self._call(operation, "gmail_check_connection")
        if not said.ok:
            return judge_error(said, PASSING)
        assert said.body["needs_reauth"] is False, said
        assert said.body["valid"] or said.body["error"], said
        return None

    # What changes.

    def _change(self, operation, tool, target, change, **arguments):
        said = self._call(operation, tool, message_id=target.id, **arguments)
        if said.ok:
            target.changed(change)
        else:
            judge_error(said, PASSING)
            target.perhaps_changed(change)  # the last attempt of several failed, maybe not the first
        return said

    def _modify_labels(self, operation):
        target = self._target(operation)
        change = self.google.modified(self._work(operation, operation["add"]),
                                      self._work(operation, operation["remove"]))
        said = self._change(operation, "gmail_modify_labels", target, change,
                            add_labels=operation["add"], remove_labels=operation["remove"])
        if said.ok:
            target.saw(said.body["current_labels"], "modify")

    def _archive(self, operation):
        self._change(operation, "gmail_archive", self._target(operation), self.google.modified([], ["INBOX"]))

    def _trash(self, operation):
        self._change(operation, "gmail_trash", self._target(operation), self.google.trashed)

    def _untrash(self, operation):
        self._change(operation, "gmail_untrash", self._target(operation), self.google.untrashed)

    def _batch_modify_labels(self, operation):
        flock = self._flock(operation)
        if operation["chosen"] == "ids":
            which, is_chosen = {"message_ids": [target.id for target in flock]}, _always
        elif operation["chosen"] == "thread":
            which, is_chosen = {"thread_id": flock[0].thread_id}, self.google.in_thread
            flock = [target for target in flock if target.thread_id == flock[0].thread_id]
        else:
            which = {"query": f"subject:{trial_plan.word(operation['lane'], operation['user'])}"}
            is_chosen = self.google.finds("")
        change = self.google.modified(self._work(operation, operation["add"]),
                                      self._work(operation, operation["remove"]))
        said = self._call(operation, "gmail_batch_modify_labels", add_labels=operation["add"],
                          remove_labels=operation["remove"], **which)
        if not said.ok:
            surely = any(target.surely(is_chosen) for target in flock)
            judge_error(said, PASSING if surely or operation["chosen"] != "thread" else PASSING | MISSING)
            for target in flock:
                target.perhaps_changed(lambda state: change(state) if is_chosen(state) else state)
            return
        results = {one["id"]: one for one in said.body["results"]}
        assert set(results) <= {target.id for target in flock} and said.body["complete"], said
        assert said.body["failed"] == sum(not one["success"] for one in results.values()), said
        for target in flock:
            chosen = target.id in results
            target.is_now(is_chosen if chosen else lambda state: not is_chosen(state), "batch")
            if chosen and results[target.id]["success"]:
                target.changed(change)
            elif chosen:
                assert results[target.id]["code"] in PASSING, said
                target.perhaps_changed(change)

    # What is sent, and drafts.

    def _send(self, operation):
        subject = f"letter {operation['name']}"
        letter = Letter(operation["user"], operation["to"], subject)
        self._post(operation, letter, "gmail_send", to=[self.google.addresses[operation["to"]]], subject=subject,
                   body=f"About {subject}.")

    def _post(self, operation, letter, tool, also=None, **arguments):
        """As a careful client does: with a key it asks again when it is not sure; without one it does not."""
        with self._lock:
            self.letters.append(letter)
        if operation["key"]:
            arguments["idempotency_key"] = operation["key"]

        def once():
            said = self._call(operation, tool, **arguments)
            if said.ok:
                assert said.body["success"] is True, said
                letter.answered("sent", said.body["message_id"])
            else:
                judge_error(said, PASSING | UNKNOWN | (also or {}))
                letter.answered("unknown" if said.code in UNKNOWN else "failed")
            return said

        if operation["style"] == "twice":
            other = _Aside(once)
            said = once()
            said = said if said.ok else other.result()
            other.result()
        else:
            said = once()
        for _ in range(2 if operation["key"] else 0):
            if said.ok or said.code in MISSING:
                break
            said = once()
        return said

    def _create_draft(self, operation):
        draft = self.drafts[operation["draft"]] = Draft(operation["user"])
        subject = f"draft {operation['name']}"
        draft.subjects = {subject}
        said = self._call(operation, "gmail_create_draft", to=["ann@shop.example"], subject=subject, body="Draft.")
        if said.ok:
            draft.id, draft.exists = said.body["draft_id"], {True}
        else:
            judge_error(said, PASSING | UNKNOWN)
            draft.exists = {False, True} if said.code in UNKNOWN else {False}

    def _draft(self, operation):
        """The draft, its id, and how the answer may fail. One that never came to be is asked for all the same."""
        draft = self.drafts[operation["draft"]]
        return draft, draft.id or "r404", MISSING if not draft.id or False in draft.exists else {}

    def _update_draft(self, operation):
        draft, draft_id, missing = self._draft(operation)
        subject = f"draft {operation['name']}"
        said = self._call(operation, "gmail_update_draft", draft_id=draft_id, to=["ann@shop.example"],
                          subject=subject, body="Changed.")
        if said.ok:
            assert draft.id and True in draft.exists, said
            draft.id, draft.subjects, draft.exists = said.body["draft_id"], {subject}, {True}
            return
        judge_error(said, PASSING | UNKNOWN | missing)
        if said.code in UNKNOWN and draft.id:
            draft.subjects.add(subject)

    def _delete_draft(self, operation):
        draft, draft_id, missing = self._draft(operation)
        said = self._call(operation, "gmail_delete_draft", draft_id=draft_id)
        if said.ok:
            assert draft.id and True in draft.exists, said
            draft.exists = {False}
            return
        judge_error(said, PASSING | UNKNOWN | missing)
        if said.code in UNKNOWN and draft.id:
            draft.exists = draft.exists | {False}

    def _send_draft(self, operation):
        draft, draft_id, missing = self._draft(operation)
        letter = Letter(operation["user"], None, *draft.subjects)
        # One that is perhaps sent already is perhaps not found the second time.
        also = missing or (MISSING if operation["style"] == "twice" else {})
        with contextlib.ExitStack() as after:
            after.callback(self._note_draft_sent, draft, letter)
            self._post(operation, letter, "gmail_send_draft", also, draft_id=draft_id)

    @staticmethod
    def _note_draft_sent(draft, letter):
        if draft.id and letter.outcome != "failed":
            draft.exists = {False} if letter.outcome == "sent" else draft.exists | {False}


def _always(_):
    return True


class _Quiet:
    """Calls go on side by side; whoever wants to be alone waits for those under way, and new ones for him."""

    def __init__(self):
        self._changed, self._calls, self._is_taken = threading.Condition(), 0, False

    @contextlib.contextmanager
    def among_others(self):
        with self._changed:
            self._changed.wait_for(lambda: not self._is_taken)
            self._calls += 1
        try:
            yield
        finally:
            with self._changed:
                self._calls -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self):
        with self._changed:
            self._changed.wait_for(lambda: not self._is_taken)
            self._is_taken = True
            self._changed.wait_for(lambda: self._calls == 0)
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()


class _Aside(threading.Thread):
    """Does it at the same time."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self._work, self._said, self._error = work, None, None
        self.start()

    def run(self):
        try:
            self._said = self._work()
        except Exception as error:  # pylint: disable=broad-except
            self._error = error

    def result(self):
        self.join()
        if self._error:
            raise self._error
        return self._said
