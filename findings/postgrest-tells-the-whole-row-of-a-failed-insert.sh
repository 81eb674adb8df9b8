#!/usr/bin/env bash
# PostgreSQL 15 (Debian 12, postgresql-15 15.20), seen on 2026-11-29.
#
# The detail of a broken NOT NULL or CHECK holds all values of the row, and that of a broken UNIQUE the key's. PostgREST
# passes details on as they are (docs/references/errors.rst, "Errors from PostgreSQL"), so whoever logs the `details` of
# such an answer logs the data: of an error of PostgREST only `code` is safe.
#
# Output seen:
#     DETAIL:  Failing row contains (secret, null).
#     DETAIL:  Key (a)=(secret) already exists.
#
# Needs a server: PGHOST, PGPORT, PGUSER. Exits 1 when it says something else.
set -euo pipefail

found=$(psql -X -q -d postgres 2>&1 <<'SQL' | grep DETAIL || true
CREATE TEMPORARY TABLE t (a TEXT UNIQUE, b TEXT NOT NULL);
INSERT INTO t VALUES ('secret', NULL);
INSERT INTO t VALUES ('secret', 'b');
INSERT INTO t VALUES ('secret', 'c');
SQL
)
echo "$found"
[ "$found" = "DETAIL:  Failing row contains (secret, null).
DETAIL:  Key (a)=(secret) already exists." ]
