#include "mail/watch_times.h"

#include <algorithm>

namespace gmail_mcp::mail {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_back_off{5'000};
constexpr milliseconds longest_back_off{1'800'000};

// FNV-1a, finished by a multiplication that spreads it into the high bits. Returns [0, 1000).
std::int64_t permille(std::string_view id, std::uint64_t salt) {
  std::uint64_t hash = 0xcbf29ce484222325U ^ salt;
  for (const char c : id) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  hash ^= hash >> 32U;
  hash *= 0x9e3779b97f4a7c15U;
  return static_cast<std::int64_t>((hash >> 40U) % 1000U);
}

// `time`, less or more by at most `share` permille of it.
milliseconds shaken(milliseconds time, std::int64_t share, std::int64_t dice) {
  return time + time * (dice - 500) * 2 * share / 1'000'000;
}

}  // namespace

milliseconds phase(std::string_view id, milliseconds interval) {
  return interval * permille(id, 0) / 1000;
}

milliseconds poll_pause(std::string_view id, std::uint64_t round, milliseconds interval) {
  // Every second pause takes back what the one before it added.
  const auto dice = permille(id, 1 + round / 2);
  return shaken(interval, 100, round % 2 == 0 ? dice : 1000 - dice);
}

milliseconds back_off(std::string_view id, int failures) {
  auto pause = first_back_off;
  for (int i = 1; i < failures && pause < longest_back_off; ++i) pause *= 2;
  const auto salt = static_cast<std::uint64_t>(failures) << 32U;
  return shaken(std::min(pause, longest_back_off), 250, permille(id, salt));
}

}  // namespace gmail_mcp::mail
