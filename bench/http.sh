#!/bin/sh
# Requests per CPU second of our HTTP server and of nginx giving the same answer, in interleaved
# rounds (medians). Needs wrk and nginx; takes the built bench_http_bench as its argument.
#
#   bench/http.sh build/release/bench_http_bench [rounds] [seconds] [connections]
set -eu

program=$1
rounds=${2:-3}
seconds=${3:-4}
connections=${4:-64}
work=$(mktemp -d)
ours=
nginx=
finish() {
  [ -z "$ours" ] || kill "$ours" 2>/dev/null || true
  [ -z "$nginx" ] || kill "$nginx" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

"$program" >"$work/port" &
ours=$!
nginx_port=18377
cat >"$work/nginx.conf" <<CONF
worker_processes 1;
daemon off;
master_process off;
pid $work/nginx.pid;
error_log /dev/null crit;
events { worker_connections 1024; }
http {
  access_log off;
  server_tokens off;
  keepalive_requests 100000000;
  client_body_temp_path $work; proxy_temp_path $work; fastcgi_temp_path $work;
  uwsgi_temp_path $work; scgi_temp_path $work;
  server {
    listen 127.0.0.1:$nginx_port;
    location / { default_type application/json; return 200 '{"jsonrpc":"2.0","id":1,"result":{}}'; }
  }
}
CONF
nginx -c "$work/nginx.conf" &
nginx=$!
until [ -s "$work/port" ] && curl -s -o /dev/null "http://127.0.0.1:$nginx_port/"; do :; done
port=$(cat "$work/port")

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

# name pid url: one round; prints requests, requests per second, requests per CPU second
round() {
  before=$(ticks "$2")
  wrk -t1 -c"$connections" -d"${seconds}s" "$3" >"$work/wrk"
  after=$(ticks "$2")
  awk -v name="$1" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" \
    '/requests in/ { requests = $1 } /Requests\/sec/ { rate = $2 } /Non-2xx/ { bad = $NF }
     END { printf "%s %d %d %d\n", name, rate, requests * hz / ticks, bad }' "$work/wrk"
}

i=0
while [ "$i" -lt "$rounds" ]; do
  round nginx "$nginx" "http://127.0.0.1:$nginx_port/" >>"$work/results"
  round ours "$ours" "http://127.0.0.1:$port/" >>"$work/results"
  i=$((i + 1))
done

median() { awk -v name="$1" '$1 == name { print $3 }' "$work/results" | sort -n | awk '
  { v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
awk '{ printf "%-6s %8d req/s %8d req/CPU-s%s\n", $1, $2, $3, $4 ? " (" $4 " failed)" : "" }' \
  "$work/results"
theirs=$(median nginx)
mine=$(median ours)
awk -v a="$mine" -v b="$theirs" \
  'BEGIN { printf "median req/CPU-s: ours %d, nginx %d, ratio %.2f\n", a, b, a / b }'
grep -E '^Rss(Anon|File)' "/proc/$ours/status"
