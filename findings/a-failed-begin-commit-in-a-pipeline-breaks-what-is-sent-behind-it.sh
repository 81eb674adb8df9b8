#!/usr/bin/env bash
# libpq 15.20 and PostgreSQL 15.20 (Debian 12, libpq5 and postgresql-15 15.20-0+deb12u1), seen on 2026-11-29.
#
# "BEGIN; …; COMMIT" and a Sync, sent in pipeline mode: when a statement fails, all up to the Sync is skipped, also the
# COMMIT. The transaction stays open and failed behind the Sync, so everything that was sent behind it, of other
# callers, fails with 25P02 until somebody sends ROLLBACK. Without BEGIN and COMMIT the statements up to the Sync are one
# transaction all the same, and it is over at the Sync.
#
# Output seen:
#     with BEGIN and COMMIT: the next statement ends with 25P02
#     without: the next statement ends with 00000, and 0 rows were left by the failed one
#
# Exits 1 when that has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'kill -QUIT "$(head -1 "$work/data/postmaster.pid")"; sleep 1; rm -rf "$work"' EXIT
chmod 755 "$work"
bin=/usr/lib/postgresql/15/bin
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
mkdir "$work/data" && if [ "$(id -u)" = 0 ]; then chown nobody "$work" "$work/data"; fi
as_nobody $bin/initdb --pgdata="$work/data" --no-sync --auth=trust --username=postgres >"$work/log"
as_nobody $bin/pg_ctl -D "$work/data" -l "$work/data/log" -w -o "-c listen_addresses= -c fsync=off -k $work" start >>"$work/log"

cat >"$work/pipeline.c" <<'C'
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

static void send(PGconn* connection, const char* text) {
  PQsendQueryParams(connection, text, 0, NULL, NULL, NULL, NULL, 0);
}

/* The state of the only statement behind a failed list, and the first column of its first row. */
static void run(PGconn* connection, int with_begin, char* state, char* value) {
  PQenterPipelineMode(connection);
  if (with_begin) send(connection, "BEGIN");
  send(connection, "INSERT INTO t VALUES (1)");
  send(connection, "INSERT INTO t VALUES (1 / 0)");
  if (with_begin) send(connection, "COMMIT");
  PQpipelineSync(connection);
  send(connection, "SELECT count(*) FROM t");
  PQpipelineSync(connection);
  strcpy(state, "00000");
  for (int syncs = 0; syncs < 2;) {
    PGresult* result = PQgetResult(connection);
    if (result == NULL) continue;
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) ++syncs;
    if (syncs == 1 && PQresultStatus(result) == PGRES_FATAL_ERROR) {
      strcpy(state, PQresultErrorField(result, PG_DIAG_SQLSTATE));
    }
    if (syncs == 1 && PQresultStatus(result) == PGRES_TUPLES_OK) strcpy(value, PQgetvalue(result, 0, 0));
    PQclear(result);
  }
  PQexitPipelineMode(connection);
  PQclear(PQexec(connection, "ROLLBACK"));
}

static void ignore(void* nothing, const PGresult* notice) {}

int main(int count, char** words) {
  PGconn* connection = PQconnectdb(words[count - 1]);
  PQsetNoticeReceiver(connection, ignore, NULL);
  PQclear(PQexec(connection, "CREATE TABLE t (n int)"));
  char state[2][6], value[2][32] = {"", ""};
  run(connection, 1, state[0], value[0]);
  run(connection, 0, state[1], value[1]);
  printf("with BEGIN and COMMIT: the next statement ends with %s\n", state[0]);
  printf("without: the next statement ends with %s, and %s rows were left by the failed one\n", state[1], value[1]);
  return strcmp(state[0], "25P02") || strcmp(state[1], "00000") || strcmp(value[1], "0");
}
C
gcc -O1 -I/usr/include/postgresql "$work/pipeline.c" -o "$work/pipeline" -lpq
"$work/pipeline" "host=$work user=postgres dbname=postgres"
