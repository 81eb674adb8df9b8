"""What a trial does: a thousand operations of three users in twenty lanes, decided by a seed alone. A
lane works on messages and drafts of its own, one after another, so that it knows what must be true of
them; the lanes run side by side."""

import hashlib
import json
import random

USERS = ("ann", "ben", "cat")
LANES = 20
OPERATIONS = 1000
STATES = ("", "", "is:unread", "is:read", "is:starred", "in:inbox", "in:trash", "in:anywhere")
LABELS = ("STARRED", "UNREAD", "INBOX", "IMPORTANT", "Work")
# How often what is asked for.
KINDS = {"search": 16, "get_message": 14, "get_thread": 6, "get_attachment": 5, "list_labels": 2,
         "list_drafts": 4, "check_connection": 3, "modify_labels": 11, "batch_modify_labels": 6,
         "archive": 4, "trash": 4, "untrash": 3, "send": 12, "create_draft": 5, "update_draft": 4,
         "delete_draft": 3, "send_draft": 4}


def flock_size(lane):
    """How many messages a lane has of each user; the first has enough for messages.batchModify."""
    return 12 if lane == 0 else 4


def word(lane, user):
    """Stands in the subject of these messages and in no other."""
    return f"{user}flock{lane:02}"  # none begins like another: some search by parts of words


def plan(seed):
    """A list of operations for each lane."""
    dice = random.Random(seed)
    lanes = []
    for lane in range(LANES):
        drafts = {user: [] for user in USERS}
        lanes.append([_operation(dice, lane, number, drafts) for number in range(OPERATIONS // LANES)])
    return lanes


def digest(lanes):
    return hashlib.sha256(json.dumps(lanes, sort_keys=True).encode()).hexdigest()[:16]


def _operation(dice, lane, number, drafts):
    user = dice.choice(USERS)
    kind = dice.choices(list(KINDS), KINDS.values())[0]
    if kind in ("update_draft", "delete_draft", "send_draft") and not drafts[user]:
        kind = "create_draft"
    operation = {"name": f"{lane}-{number}", "lane": lane, "user": user, "kind": kind,
                 "by": "mcp" if dice.random() < 0.1 else "rest",
                 # Of every fortieth operation: the access token dies first.
                 "expire": dice.random() < 0.025}
    operation.update(_details(dice, operation, drafts[user]))
    return operation


def _details(dice, operation, drafts):
    kind, lane = operation["kind"], operation["lane"]
    target = {"target": dice.randrange(flock_size(lane))}
    if kind == "search":
        return {"state": dice.choice(STATES), "include_body": dice.random() < 0.3,
                "max_results": dice.choice((100, 100, 100, 2))}
    if kind == "get_message":
        return {**target, "view": dice.choice(("text", "text", "html", "raw", "metadata", "minimal"))}
    if kind == "modify_labels":
        return {**target, **_change(dice)}
    if kind == "batch_modify_labels":
        return {"chosen": dice.choice(("ids", "thread", "query")), **_change(dice)}
    if kind in ("archive", "trash", "untrash"):
        return target
    if kind == "send":
        to = dice.choice([user for user in USERS if user != operation["user"]])
        return {"to": to, **_key(dice, operation)}
    if kind == "create_draft":
        drafts.append(operation["name"])
        return {"draft": operation["name"]}
    if kind == "update_draft":
        return {"draft": dice.choice(drafts)}
    if kind in ("delete_draft", "send_draft"):
        chosen = drafts.pop(dice.randrange(len(drafts)))
        return {"draft": chosen, **(_key(dice, operation) if kind == "send_draft" else {})}
    return {}


def _change(dice):
    names = dice.sample(LABELS, dice.randint(1, 3))
    cut = dice.randint(0, len(names))
    return {"add": names[:cut], "remove": names[cut:]}


def _key(dice, operation):
    """Most senders give a key and repeat when they are not sure; some ask twice at once."""
    style = dice.choices(("keyed", "twice", "plain"), (6, 2, 3))[0]
    return {"style": style, "key": "" if style == "plain" else f"key-{operation['name']}"}
