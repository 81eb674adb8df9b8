"""A thousand random operations of three users, twenty at a time, while 30 % of the requests to Google come
to grief: no wrong answer, no mail twice. SEED=… gives another thousand."""

import os
import threading

from stage import trial_plan
from stage.claims import claim, end, note, same
from stage.trial_model import Letter, judge_drafts, judge_letters, judge_targets
from stage.trial_run import Trial
from stage.trial_world import SHARE, EmulateWorld, SandboxWorld

SEED = int(os.environ.get("SEED") or 20260125)
lanes = trial_plan.plan(SEED)
note(f"SEED={SEED}: operations {trial_plan.digest(lanes)}")


class Run(threading.Thread):
    """The trial in one world, from the first operation to the last."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world = world
        self.trial = Trial(world.server, world, world.connections, world.flocks)
        self.before = {user: {one[0] for one in mails} for user, mails in world.mailboxes().items()}

    def run(self):
        self.world.spoil()
        self.trial.run(lanes)
        self.requests, self.faults = self.world.mend()
        self.after = self.world.mailboxes()


runs = [Run(SandboxWorld(SEED)), Run(EmulateWorld(SEED))]
for run in runs:
    run.start()
for run in runs:
    run.join()

for run in runs:
    world, trial, name = run.world, run.trial, run.world.name
    note(f"{name}: {run.requests} requests, {run.faults} faults, {dict(trial.codes)}")
    with claim(f"{name}: each of 1,000 operations is answered rightly or by a documented error, in our words"):
        assert not trial.wrong, f"{len(trial.wrong)} wrong: " + " | ".join(trial.wrong[:3])
        same(sum(map(len, trial.trace.values())), trial_plan.OPERATIONS)
    with claim(f"{name}: of its requests about 30 % failed, of the calls most did not, and each tool worked"):
        # Six standard deviations of so many throws.
        assert abs(run.faults - SHARE * run.requests) < 6 * (run.requests * SHARE * (1 - SHARE)) ** 0.5, (
            run.requests, run.faults)
        assert trial.codes["ok"] > 0.5 * sum(trial.codes.values()), trial.codes
        same([tool for tool, good in trial.good.items() if not good], [])
    with claim(f"{name}: reconnect_required is said hardly ever"):
        # Three refusals in a row, each of one request in 45: of ten thousand requests one.
        assert trial.codes["reconnect_required"] <= 3, trial.codes
    with claim(f"{name}: each letter is there once if that was answered, never if it failed, and in no case twice"):
        judge_letters(trial.letters, run.after, world.delivers)
    with claim(f"{name}: labels and drafts are as answered, and what failed changed nothing but what it was to change"):
        judge_targets(world.flocks, run.after)
        judge_drafts(trial.drafts.values(), run.after)
    with claim(f"{name}: there is no mail and no draft that nobody asked for"):
        known = {subject for one in [*trial.letters, *trial.drafts.values()] for subject in one.subjects}
        for user, mails in run.after.items():
            same([mail for mail in mails if mail[0] not in run.before[user] and mail[1] not in known], [], user)
    with claim(f"{name}: nobody saw a draft of somebody else"):
        for user, seen in trial.draft_ids.items():
            for draft in trial.drafts.values():
                assert draft.user == user or draft.id not in seen, (user, draft.id, draft.user)
    with claim(f"{name}: without faults everybody works at once: no connection was lost, and the server lives"):
        same(world.server.request("GET", "/health").status, 200)
        for user, connection in world.connections.items():
            checked = world.server.ask("gmail_check_connection", connection_id=connection)
            same((checked["valid"], checked["needs_reauth"]), (True, False), user)
            found = world.server.ask("gmail_search", connection_id=connection, query="subject:letter in:sent")
            assert found["messages"] and not found["omitted"], found
            sent = world.server.ask("gmail_send", connection_id=connection, to="ann@shop.example", subject="after all",
                                    body="b")
            assert sent["message_id"], sent
        for phrase in ('"level":"error"', "AddressSanitizer", "runtime error"):
            assert phrase not in world.server.output(), phrase

with claim("the same seed is the same thousand operations, here and there; another seed is another"):
    same(trial_plan.plan(SEED), lanes)
    same(runs[0].trial.trace, runs[1].trial.trace)
    assert trial_plan.plan(SEED + 1) != lanes
with claim("this judge would see it: a letter twice, one that failed and is there, one that was sent and is not"):
    mail = ("1", "s", frozenset({"SENT"}))
    for outcome, copies in (("sent", 2), ("unknown", 2), ("failed", 1), ("sent", 0)):
        letter = Letter("ann", None, "s")
        letter.answered(outcome)
        try:
            judge_letters([letter], {"ann": [mail] * copies}, False)
        except AssertionError:
            continue
        raise AssertionError(f"{outcome} and there {copies} times: not seen")
end()
