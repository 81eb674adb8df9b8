"""Our letters (tests/letters) as other people's parsers read them: Python's `email` (policy `default`), npm
`mailparser` and npm `postal-mime`. What each sees is compared with what we expect, and every difference is in
letters_differences.json, by letter, parser and field, with the reason: the parser is wrong, the mail has no defined
meaning, or we show something else on purpose.

Compared are sender, recipients, subject, date, text, and the names of all files. Made the same first, and only there:

- Of a sender the first; a header's runs of blanks are one blank; "<>" is no address.
- A text is its words: a parser's plain text or its HTML without tags, whichever agrees. Of a reply whose history we
  fold, what stands before the history. What we read elsewhere than in the letter's own text (S/MIME, attached
  messages, calendars) is none: no parser looks for it.
- The names of files are compared without their order, and a name that we made up ("attachment.pdf") is none.
- Python's text is the whole letter by the rule of our mime/part.h, as stage/python_mail.py has it.
"""

import datetime
import html
import json
import os
import pathlib
import re
import subprocess
import tempfile

from stage import python_mail
from stage.claims import claim, end, note, same
from stage.programs import NODE_PROGRAMS

HERE = pathlib.Path(__file__).resolve().parent
LETTERS = HERE.parent / "letters"
DIFFERENCES = json.loads((HERE / "letters_differences.json").read_text(encoding="utf-8"))
PARSERS = ("python", "mailparser", "postal-mime")
FIELDS = ("from", "to", "subject", "date", "text", "files")
FEWEST = 150


def one_line(text):
    return " ".join(text.split())


def words(text):
    return re.findall(r"\w+", text)


def words_of_html(document):
    shown = re.sub(r"(?is)<!--.*?-->|<(style|script|head)\b.*?</\1>", " ", document)
    return words(html.unescape(re.sub(r"</?(?:b|i|bold)>", "", re.sub(r"<(?!/?(?:b|i|bold)>)[^>]*>", " ", shown))))


def mailbox(one):
    return [one_line(one["name"]), one_line(one["email"])]


def file_name(name):
    return "" if re.fullmatch(r"attachment(-\d+)?(\.\w+)?", name) else one_line(name)


def expected(letter):
    said = json.loads(letter.with_suffix(".json").read_text(encoding="utf-8"))
    kept, *history = re.split(r"\[\d+ quoted lines folded\]", said["text"])
    is_own = said["source"] in ("plain", "html")
    return {"from": mailbox(said["from"]), "to": [mailbox(one) for one in said["to"]],
            "subject": one_line(said["subject"]), "date": said["date"], "text": words(kept) if is_own else [],
            "is_folded": bool(history),
            "files": sorted(file_name(one) for one in said["files"] + said["within_the_text"] + said["other"])}


def by_python(letter):
    with tempfile.NamedTemporaryFile() as file:
        file.write(letter.read_bytes().replace(b"\n", b"\r\n"))
        file.flush()
        view = python_mail.read(file.name)

    def boxes(name):
        return view[name] if isinstance(view[name], str) else [{"name": n, "email": e} for n, e in view[name]]

    moment = view["date"]
    if isinstance(moment, int):
        moment = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    files = view["attachments"]
    return {"from": boxes("from"), "to": boxes("to"), "subject": view["subject"], "date": moment or "",
            "text": view["plain"] or "", "html": view["html"] or "",
            "files": files if isinstance(files, str) else [one["filename"] for one in files]}


def seen(view, wanted):
    """As `expected`; what the parser raised, where it raised."""
    if "error" in view:
        return {field: view["error"] for field in FIELDS}
    said = {"subject": one_line(view["subject"]), "date": view["date"]}
    sender = view["from"]
    said["from"] = sender if isinstance(sender, str) else mailbox(sender[0]) if sender else ["", ""]
    said["to"] = view["to"] if isinstance(view["to"], str) else [mailbox(one) for one in view["to"]]
    said["files"] = view["files"] if isinstance(view["files"], str) else sorted(map(file_name, view["files"]))
    readings = [words(view["text"]), words_of_html(view["html"])]
    if wanted["is_folded"]:
        readings = [reading[:len(wanted["text"])] for reading in readings]
    said["text"] = next((reading for reading in readings if reading == wanted["text"]), readings[0] or readings[1])
    return said


def differences():
    """{letter: {parser: {field: (what we expect, what it says)}}}"""
    answered = subprocess.run([NODE_PROGRAMS / "node", HERE / "letters.mjs"], capture_output=True, text=True, check=True,
                              timeout=300, env={**os.environ, "LETTERS": str(LETTERS)})
    others = {view["name"]: view for view in map(json.loads, answered.stdout.splitlines())}
    found = {}
    for letter in sorted(LETTERS.glob("*.eml")):
        wanted = expected(letter)
        views = {**others[letter.stem], "python": by_python(letter)}
        for parser in PARSERS:
            said = seen(views[parser], wanted)
            for field in FIELDS:
                if said[field] != wanted[field]:
                    found.setdefault(letter.stem, {}).setdefault(parser, {})[field] = (wanted[field], said[field])
    return found


def triples(table):
    return {(letter, parser, field) for letter, parsers in table.items() for parser, fields in parsers.items()
            for field in fields}


def judge():
    letters = sorted(LETTERS.glob("*.eml"))
    with claim("there are enough letters"):
        assert len(letters) >= FEWEST, len(letters)
    found = differences()
    listed, reasons = DIFFERENCES["letters"], DIFFERENCES["reasons"]
    unexplained = triples(found) - triples(listed)
    for letter, parser, field in sorted(unexplained):
        wanted, said = found[letter][parser][field]
        note(f"{letter} {parser} {field}: we expect {str(wanted)[:300]!r}, it says {str(said)[:300]!r}")
    for parser in PARSERS:
        agreeing = sum(parser not in found.get(letter.stem, {}) for letter in letters)
        note(f"{parser} agrees outright on {agreeing} of {len(letters)} letters")
    with claim("each difference is explained in letters_differences.json"):
        same(sorted(unexplained), [])
    with claim("each explained difference is still there, and no reason is left over"):
        same(sorted(triples(listed) - triples(found)), [])
        used = {why for parsers in listed.values() for fields in parsers.values() for why in fields.values()}
        same(used, set(reasons))


judge()
end()
