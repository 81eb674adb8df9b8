#!/usr/bin/env bash
# PostgreSQL 15 (Debian 12, postgresql-15), seen on 2026-11-29.
#
# to_tsvector(), also with the configuration `simple`, reads text with a parser of its own: what stands between < and > is a
# tag and gone, &…; is an entity and gone, and words with a slash between them are one word, as are addresses and links.
# A tsvector keeps no place beyond 16,383, without saying so: words behind that have that place, and no phrase matches there.
# And toast_tuple_target moves nothing out of rows under 2 kB, however small it is.
#
# Output seen:
#     a <b and c> d            'a':1 'd':2
#     R&D; and/or AT&T         'and/or':2 'at':3 'r':1 't':4
#     place 20,000             'late':16383
#     bytes beside the table   0
#
# Exits 1 when one of them differs.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
work=$(mktemp -d)
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
trap 'as "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null || true; rm -rf "$work"' EXIT
[ "$(id -u)" != 0 ] || chown nobody "$work"
cd "$work"
as "$bin/initdb" -D data -U postgres -A trust --locale=C.UTF-8 >/dev/null
as "$bin/pg_ctl" -D data -w -l log -o "-c listen_addresses='' -k $work" start >/dev/null
ask() { as "$bin/psql" -h "$work" -U postgres -AtXc "$1"; }

failed=0
expect() {
  printf '%-24s %s\n' "$1" "$3"
  [ "$2" = "$3" ] || failed=1
}
expect 'a <b and c> d' "'a':1 'd':2" "$(ask "SELECT to_tsvector('simple', 'a <b and c> d')")"
expect 'R&D; and/or AT&T' "'and/or':2 'at':3 'r':1 't':4" "$(ask "SELECT to_tsvector('simple', 'R&D; and/or AT&T')")"
expect 'place 20,000' "'late':16383" "$(ask "SELECT CAST('''late'':20000' AS tsvector)")"
ask "CREATE TABLE t (v text) WITH (toast_tuple_target = 128);
     ALTER TABLE t ALTER v SET STORAGE EXTERNAL;
     INSERT INTO t SELECT repeat('x', 1500) FROM generate_series(1, 100)" >/dev/null
expect 'bytes beside the table' 0 "$(ask "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 't'")"
exit $failed
