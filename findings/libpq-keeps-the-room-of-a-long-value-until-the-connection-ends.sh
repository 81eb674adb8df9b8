#!/usr/bin/env bash
# libpq 15.20 and PostgreSQL 15.20 (Debian 12, libpq5 and postgresql-15 15.20-0+deb12u1), seen on 2026-11-29.
#
# A connection's two buffers grow by doubling for a long parameter or row and never shrink: after one value of 30 MB
# was sent and one came, and all results are cleared, an idle connection holds on to 67 MB until PQfinish().
# A pool of eight such connections is half a gigabyte.
#
# Output seen:
#     after a value of 30 MB each way: 67 MB more than before
#     after PQfinish(): 0 MB more than before
#
# Exits 1 when less than 30 MB are kept.
set -euo pipefail

work=$(mktemp -d)
trap 'kill -QUIT "$(head -1 "$work/data/postmaster.pid")"; sleep 1; rm -rf "$work"' EXIT
chmod 755 "$work"
bin=/usr/lib/postgresql/15/bin
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
mkdir "$work/data" && if [ "$(id -u)" = 0 ]; then chown nobody "$work" "$work/data"; fi
as_nobody $bin/initdb --pgdata="$work/data" --no-sync --auth=trust --username=postgres >"$work/log"
as_nobody $bin/pg_ctl -D "$work/data" -l "$work/data/log" -w -o "-c listen_addresses= -c fsync=off -k $work" start >>"$work/log"

cat >"$work/long.c" <<'C'
#include <libpq-fe.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long held(void) {
  malloc_trim(0);
  struct mallinfo2 now = mallinfo2();
  return (long)((now.uordblks + now.hblkhd) / 1000000);
}

int main(int count, char** words) {
  const size_t size = 30000000;
  PGconn* connection = PQconnectdb(words[count - 1]);
  PQclear(PQexec(connection, "SELECT 1"));
  char* text = malloc(size + 1);
  memset(text, 'x', size);
  text[size] = 0;
  const long before = held();
  const char* values[] = {text};
  PGresult* result = PQexecParams(connection, "SELECT $1::text", 1, NULL, values, NULL, NULL, 0);
  if (PQgetlength(result, 0, 0) != (int)size) return 2;
  PQclear(result);
  const long kept = held() - before;
  printf("after a value of 30 MB each way: %ld MB more than before\n", kept);
  PQfinish(connection);
  printf("after PQfinish(): %ld MB more than before\n", held() - before);
  return kept >= 30 ? 0 : 1;
}
C
gcc -O1 -I/usr/include/postgresql "$work/long.c" -o "$work/long" -lpq
"$work/long" "host=$work user=postgres dbname=postgres"
