#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

// The key of an archived message: the account, the second of its date, a place within the second.
// The keys of one account are one range in the order of time, so that the index of words, which
// returns rows in the order of keys, can return one account's newest first without sorting.
namespace gmail_mcp::store::archive_key {

inline constexpr int place_bits = 10;
inline constexpr int second_bits = 33;  // until the year 2242
inline constexpr std::int64_t places = std::int64_t{1} << place_bits;
inline constexpr std::int64_t within_account = std::int64_t{1} << (place_bits + second_bits);

/// Moves a date into the range that keys can express.
inline Timestamp within_reach(Timestamp date) {
  constexpr std::chrono::seconds last{(std::int64_t{1} << second_bits) - 2};
  return std::clamp(date, Timestamp{}, Timestamp{last});
}

/// The wished place is the millisecond, so that most keys are in the exact order of time.
inline std::int64_t wished(Timestamp date) {
  const auto ms = within_reach(date).time_since_epoch().count();
  return ms / 1000 * places + ms % 1000;
}

/// The place after every millisecond of the second: for messages we sent ourselves the time is from
/// our clock, while many servers date the messages they answer by whole seconds.
inline std::int64_t behind_its_second(Timestamp date) {
  const auto ms = within_reach(date).time_since_epoch().count();
  return ms / 1000 * places + 1000;
}

inline std::int64_t first_of(std::int64_t account) { return account * within_account; }
/// The key without its account, as used in cursors.
inline std::int64_t position(std::int64_t key) { return key % within_account; }
/// The first key of the same second.
inline std::int64_t block_of(std::int64_t key) { return key - key % places; }

}  // namespace gmail_mcp::store::archive_key
