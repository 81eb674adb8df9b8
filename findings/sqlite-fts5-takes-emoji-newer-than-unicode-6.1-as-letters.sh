#!/usr/bin/env bash
# SQLite 3.40.1 (Debian 12) through Python's sqlite3, seen on 2026-11-29.
#
# The tokenizer unicode61 has the tables of Unicode 6.1. To it, everything that Unicode has gained since is a letter: also
# emoji, signs of currencies (₺, ₽) and the marks around text that runs the other way. "ok🤔" is one word, and a search for the
# word "ok" does not find it, while "ok😀" (of 2010) is found. Accents are taken from Latin letters alone: й stays, й as и with a
# mark (U+0306) becomes и.
#
# Output seen:
#     ok😀 found 1
#     ok🤔 found 0
#     й as и: composed 0, decomposed 1
#
# Exits 1 when one of them differs.
set -euo pipefail

python3 - <<'PYTHON'
import sqlite3, sys, unicodedata

def found(text, query):
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 2')")
    db.execute("INSERT INTO t VALUES (?)", (text,))
    return db.execute("SELECT count(*) FROM t WHERE t MATCH ?", (f'"{query}"',)).fetchone()[0]

old, new = found("ok😀", "ok"), found("ok🤔", "ok")
composed, decomposed = found("й", "и"), found(unicodedata.normalize("NFD", "й"), "и")
print(f"ok😀 found {old}\nok🤔 found {new}\nй as и: composed {composed}, decomposed {decomposed}")
sys.exit(0 if (old, new, composed, decomposed) == (1, 0, 0, 1) else 1)
PYTHON
