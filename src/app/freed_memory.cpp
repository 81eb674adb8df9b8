#include "app/freed_memory.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>

namespace gmail_mcp::app {

namespace {

// That much is left, so that the next requests need not ask for it.
constexpr std::size_t most_held = std::size_t{1} << 20U;
constexpr std::chrono::seconds pause{5};

// Of this process alone, in memory: what no file is behind (proc_pid_statm(5)).
std::size_t anonymous_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::size_t all = 0;
  std::size_t resident = 0;
  std::size_t shared = 0;
  file >> all >> resident >> shared;
  return (resident - shared) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t held_but_not_used() {
  const auto heap = ::mallinfo2();
  const auto held = anonymous_bytes();
  const auto used = heap.uordblks + heap.hblkhd;
  return held > used ? held - used : 0;
}

}  // namespace

bool FreedMemory::give_back() {
  const auto held = held_but_not_used();
  stays_ = std::min(stays_, held);
  if (held < stays_ + most_held) return false;
  ::malloc_trim(most_held / 4);
  stays_ = held_but_not_used();
  return true;
}

Task<void> keep_giving_back_freed_memory(Clock& clock, http::Client& client) {
  FreedMemory memory;
  while (true) {
    co_await clock.sleep(pause);
    client.rest();
    memory.give_back();
  }
}

}  // namespace gmail_mcp::app
