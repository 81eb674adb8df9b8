#!/usr/bin/env bash
# libpq 15.20 (Debian 12, libpq5 15.20-0+deb12u1), seen on 2026-11-29.
#
# PQcancel() opens a connection of its own, sends its message and then waits until the server closes it, without any
# limit: connect_timeout and tcp_user_timeout do not end that wait. Up to version 16 libpq has no other way to cancel, and
# does not tell the secret key that one of our own would need. A program that cancels because the server is silent
# may only do so on a thread that nobody waits for.
#
# Here a server lets a client in by hand (AuthenticationOk, BackendKeyData, ReadyForQuery), and then says nothing more.
#
# Output seen:
#     PQcancel() has not returned after 5 seconds
#
# Exits 1 when it returns.
set -euo pipefail

work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

cat >"$work/silent.py" <<'PY'
import socket, struct, sys, threading
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
kept = []
def serve(one):
    one.recv(1000)
    one.sendall(b"R" + struct.pack("!ii", 8, 0) + b"K" + struct.pack("!iii", 12, 1, 2) + b"Z" + struct.pack("!ic", 5, b"I"))
while True:
    one, _ = listener.accept()
    kept.append(one)
    if len(kept) == 1:
        threading.Thread(target=serve, args=(one,)).start()
PY
python3 "$work/silent.py" >"$work/port" &
server=$!
until [ -s "$work/port" ]; do sleep 0.1; done

cat >"$work/cancel.c" <<'C'
#include <libpq-fe.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char** words) {
  PGconn* connection = PQconnectdb(words[count - 1]);
  if (PQstatus(connection) != CONNECTION_OK) return 2;
  char reason[256];
  PGcancel* cancel = PQgetCancel(connection);
  PQcancel(cancel, reason, sizeof reason);
  return 0;
}
C
gcc -O1 -I/usr/include/postgresql "$work/cancel.c" -o "$work/cancel" -lpq
status=0
timeout 5 "$work/cancel" "host=127.0.0.1 port=$(cat "$work/port") user=x dbname=x sslmode=disable gssencmode=disable \
connect_timeout=2 tcp_user_timeout=1000" || status=$?
[ "$status" = 124 ] || { echo "PQcancel() returned, or the client was not let in (status $status)"; exit 1; }
echo "PQcancel() has not returned after 5 seconds"
