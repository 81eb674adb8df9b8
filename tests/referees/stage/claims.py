"""What a referee says: one PASS or FAIL line per claim. tests/referees/judge.py reads them."""

import contextlib
import sys
import traceback

_failed = []


@contextlib.contextmanager
def claim(title):
    """The block holds, or the claim fails; what comes after is judged all the same."""
    try:
        yield
    except Exception as error:  # pylint: disable=broad-except
        frame = traceback.extract_tb(error.__traceback__)[-1]
        why = " ".join(str(error).split())[:600]
        where = f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} `{frame.line}`"
        _say("FAIL", f"{title} -- {type(error).__name__} {where} {why}")
        _failed.append(title)
    else:
        _say("PASS", title)


def same(found, wanted, what=""):
    """Like assert found == wanted, and says what was found."""
    assert found == wanted, f"{what or 'found'}: {found!r}, wanted {wanted!r}"


def holds(container, *items):
    """Like assert item in container, and says what was there."""
    for item in items:
        assert item in container, f"no {item!r} in {container!r}"


def note(text):
    _say("note", text)


def end():
    """The exit status says whether every claim held."""
    sys.exit(1 if _failed else 0)


def _say(word, text):
    print(f"{word} {text}", flush=True)
