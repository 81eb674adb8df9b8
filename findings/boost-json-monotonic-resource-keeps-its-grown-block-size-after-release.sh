#!/usr/bin/env bash
# Boost.JSON 1.81 (Debian 12, libboost1.81-dev 1.81.0-5+deb12u1), seen on 2026-11-29.
#
# boost::json::monotonic_resource doubles the size of its next block each time it takes one from upstream. release()
# gives the blocks back, but keeps the doubled size for the next: a resource that is reused for one document after
# another asks for twice as much each time, and for 4 GiB at the twentieth document of 6 kB.
# std::pmr::monotonic_buffer_resource of libstdc++ 12 begins again with its first size.
#
# Output seen, bytes asked from upstream for the 1st, 5th, 10th, 15th and 20th document of 6,000 bytes:
#     boost::json::monotonic_resource: 8224 131104 4194336 134217760 4294967328
#     std::pmr::monotonic_buffer_resource: 6016 6016 6016 6016 6016
#
# Exits 1 when Boost.JSON no longer grows, or the standard one does.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq download libboost1.81-dev=1.81.0-5+deb12u1
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat >sizes.cpp <<'CPP'
#include <boost/json/src.hpp>
#include <cstdio>
#include <memory_resource>

constexpr std::size_t document = 6000;

// What one resource asks for, without giving it: nobody needs gigabytes to see it.
struct CountingJson : boost::json::memory_resource {
  std::size_t last = 0;
  alignas(64) char room[16384];
  void* do_allocate(std::size_t size, std::size_t) override { last = size; return room; }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};
struct CountingStd : std::pmr::memory_resource {
  std::size_t last = 0;
  alignas(64) char room[16384];
  void* do_allocate(std::size_t size, std::size_t) override { last = size; return room; }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

template <class Resource, class Upstream>
bool grows(const char* name, Resource& resource, Upstream& upstream) {
  std::size_t first = 0;
  std::printf("%s:", name);
  for (int i = 1; i <= 20; ++i) {
    static_cast<void>(resource.allocate(document, 8));
    if (i == 1) first = upstream.last;
    if (i == 1 || i % 5 == 0) std::printf(" %zu", upstream.last);
    resource.release();
  }
  std::printf("\n");
  return upstream.last > 1000 * first;
}

int main() {
  CountingJson upstream_json;
  boost::json::monotonic_resource json{1024, boost::json::storage_ptr{&upstream_json}};
  CountingStd upstream_std;
  std::pmr::monotonic_buffer_resource standard{1024, &upstream_std};
  const bool json_grows = grows("boost::json::monotonic_resource", json, upstream_json);
  const bool std_grows = grows("std::pmr::monotonic_buffer_resource", standard, upstream_std);
  return json_grows && !std_grows ? 0 : 1;
}
CPP
g++ -std=c++20 -O0 -w -Iroot/usr/include sizes.cpp -o sizes
./sizes
