"""Other projects' test mails: our parser and Python's `email` (policy `default`) say the same.

Compared, of every message: Subject, From (the first mailbox), To, Cc, Bcc, Reply-To, Date, Message-ID,
References, the plain text, the HTML, and of every attachment name, type and bytes. Where the two
differ by design they are made the same first, and only there:

- Line endings are LF, blanks at the end of a line and around a text do not count, and a run of blanks
  in a header is one: Python gives every text with LF, and a header's fold becomes a tab or a blank.
- A file without a name has a made-up one of ours ("attachment.pdf"), and Python none.
- The bytes of an attachment are compared as they are where they travelled in base64. Elsewhere line
  endings are LF and those at the end do not count: Python translates them.
- A missing header is an empty one, and so is a missing text; "<>" is no address.
- The name of "ann@example.org (Ann Lee)" is in the comment, as Python's own email.utils has it.
- Text that is read elsewhere (attached messages, S/MIME, calendars) is none: Python looks for it nowhere.
- The text is the whole letter, by the same rule (mime/part.h) on both sides: stage/python_mail.py has it in Python.

Every other difference is in corpora_differences.json, by file and field, with the reason: Python is
wrong, or the mail has no defined meaning.
"""

import base64
import json
import os
import pathlib
import re
import subprocess

from stage import python_mail
from stage.claims import claim, end, note, same

BUILD_ROOT = pathlib.Path(os.environ["BUILD_ROOT"])
CORPORA = BUILD_ROOT / "corpora"
# Another build of it may be judged: that of the sanitizers, say.
READER = os.environ.get("READ_MESSAGES") or BUILD_ROOT / "release" / "read_messages"
DIFFERENCES = json.loads(pathlib.Path("corpora_differences.json").read_text(encoding="utf-8"))
FEWEST = 0.99
FEWEST_MESSAGES = 400
FIELDS = ("subject", "from", "to", "cc", "bcc", "reply_to", "date", "message_id", "references",
          "plain", "html", "attachments")


def our_view(files):
    """What read_messages says of each, or how it ended."""
    views, left = {}, list(files)
    while left:
        ended = subprocess.run([READER], input="".join(f"{file}\n" for file in left), text=True,
                               capture_output=True, check=False)
        lines = ended.stdout.splitlines()
        views |= {file: json.loads(line) for file, line in zip(left, lines)}
        left = left[len(lines):]
        if left:
            views[left.pop(0)] = {"crash": f"status {ended.returncode}: {ended.stderr[-2000:]}"}
        elif ended.returncode != 0:
            views[files[-1]] = {"crash": f"at the end: {ended.stderr[-2000:]}"}
    return views


def one_line(text):
    return " ".join(text.split()) if isinstance(text, str) else text


def lines(text):
    return re.sub(r"[ \t]*(\r\n|\r|\n)", "\n", text or "").strip("\n \t")


def plain_bytes(data):
    return re.sub(rb"\r\n?", b"\n", data).rstrip(b"\n")


def mailboxes(view):
    return [[one_line(name), one_line(email)] for name, email in view]


def is_made_up(name):
    return re.fullmatch(r"attachment(-\d+)?(\.\w+)?", name)


def compared(ours, theirs):
    """The pairs that should be the same, by field."""
    pairs = {}
    for name in ("subject", "message_id"):
        pairs[name] = one_line(ours[name]), one_line(theirs[name])
    for name in ("date", "references"):
        pairs[name] = ours[name], theirs[name]
    for name in ("from", "to", "cc", "bcc", "reply_to"):
        view = theirs[name]
        if isinstance(view, list):
            view = mailboxes(view[:1] if name == "from" else view)
        pairs[name] = mailboxes(ours[name]), view
    for name in ("plain", "html"):
        pairs[name] = "" if ours["text_source"] else lines(ours[name]), lines(theirs[name])
    mine, other = ours["attachments"], theirs["attachments"]
    if isinstance(other, str) or len(mine) != len(other):
        names = other if isinstance(other, str) else [one["mime_type"] for one in other]
        pairs["attachments"] = [one["mime_type"] for one in mine], names
        return pairs
    pairs["attachments"] = [], []
    for a, b in zip(mine, other):
        name = "" if is_made_up(a["filename"]) and not b["filename"] else a["filename"]
        content = base64.b64decode(a["content"])
        exact = bytes if b["exact"] else plain_bytes
        pairs["attachments"][0].append([name, a["mime_type"], a["size"], exact(content)])
        pairs["attachments"][1].append(
            [one_line(b["filename"]), b["mime_type"], len(content), exact(b["content"])])
    return pairs


def differences(files, ours):
    """{file: {field: (ours, Python's)}}, for those that differ."""
    found = {}
    for file in files:
        name = file.relative_to(CORPORA).as_posix()
        pairs = compared(ours[file], python_mail.read(file))
        differing = {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}
        if differing:
            found[name] = differing
    return found


def share(part, whole):
    return f"{part} of {whole} ({part / max(whole, 1):.2%})"


def agreeing_fields(read, found):
    return len(read) * len(FIELDS) - sum(len(fields) for fields in found.values())


def judge():
    files = sorted(file for file in CORPORA.rglob("*") if file.is_file())
    with claim("the corpora are there: scripts/setup has fetched them"):
        assert len(files) >= FEWEST_MESSAGES, f"{len(files)} messages in {CORPORA}"
    views = {}
    with claim("every message is read, without a crash"):
        views |= our_view(files)
        assert views, "no message"
        bad = {file.name: view for file, view in views.items() if "crash" in view or "error" in view}
        same(bad, {})
    read = [file for file in files if "subject" in views.get(file, {})]
    found = differences(read, views)
    listed, reasons = DIFFERENCES["messages"], DIFFERENCES["reasons"]
    unexplained = {}
    for name, fields in found.items():
        for field, (ours, theirs) in fields.items():
            if field not in listed.get(name, {}):
                unexplained.setdefault(name, []).append(field)
                note(f"{name} {field}: we say {str(ours)[:300]!r}, Python {str(theirs)[:300]!r}")
    total = len(files)
    agreeing = len(read) - len(unexplained)
    note(f"outright, {share(len(read) - len(found), total)} messages agree with Python in every "
         f"field, and of all fields {share(agreeing_fields(read, found), total * len(FIELDS))}")
    note(f"without what is explained, {share(agreeing, total)} messages")
    with claim("headers, texts and attachments agree with Python's email on 99 % of the messages"):
        assert agreeing >= FEWEST * total > 0, share(agreeing, total)
    with claim("each difference is explained in corpora_differences.json"):
        same(unexplained, {})
    with claim("each explained difference is still there, and no reason is left over"):
        gone = [(name, field) for name, fields in listed.items() for field in fields
                if field not in found.get(name, {})]
        same(gone, [])
        same({why for fields in listed.values() for why in fields.values()}, set(reasons))


judge()
end()
