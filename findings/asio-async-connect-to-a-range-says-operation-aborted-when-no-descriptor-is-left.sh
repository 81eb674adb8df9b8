#!/usr/bin/env bash
# Boost.Asio of Boost 1.81 (Debian 12, libboost1.81-dev 1.81.0-5+deb12u1), seen on 2026-11-29.
#
# boost::asio::async_connect(socket, endpoints, …) opens the socket for each endpoint by itself. When the process has
# no descriptor left, it reports operation_aborted, the error of an operation that was cancelled, and not "Too many
# open files", which socket.open() says and the blocking connect() of the same range, too. Who takes operation_aborted
# for a cancellation of their own is misled.
#
# Output seen:
#     open: Too many open files
#     async_connect of a range: Operation canceled, operation_aborted: yes
#     connect of a range: Too many open files, operation_aborted: no
#
# Exits 1 when either says something else.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq download libboost1.81-dev=1.81.0-5+deb12u1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat >range.cpp <<'CPP'
#include <sys/resource.h>
#include <boost/asio.hpp>
#include <cstdio>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;

int main() {
  asio::io_context loop;
  tcp::acceptor acceptor{loop, {asio::ip::make_address("127.0.0.1"), 0}};
  const std::vector<tcp::endpoint> endpoints{acceptor.local_endpoint()};
  const int next = ::dup(0);
  ::close(next);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = next;
  ::setrlimit(RLIMIT_NOFILE, &files);

  boost::system::error_code failed;
  tcp::socket socket{loop};
  socket.open(tcp::v4(), failed);
  std::printf("open: %s\n", failed.message().c_str());

  const auto tell = [](const char* name, const boost::system::error_code& error) {
    const bool aborted = error == asio::error::operation_aborted;
    std::printf("%s: %s, operation_aborted: %s\n", name, error.message().c_str(), aborted ? "yes" : "no");
    return aborted;
  };
  bool async_aborted = false;
  asio::async_connect(socket, endpoints,
                      [&](const boost::system::error_code& error, const tcp::endpoint&) {
                        async_aborted = tell("async_connect of a range", error);
                      });
  loop.run();
  asio::connect(socket, endpoints, failed);
  const bool blocking_aborted = tell("connect of a range", failed);
  return async_aborted && !blocking_aborted ? 0 : 1;
}
CPP
g++ -std=c++20 -O0 -w -Iroot/usr/include range.cpp -o range -pthread
./range
