#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace gmail_mcp::mail {

/// When a mailbox is checked next. Pure: the randomness is derived from the account's id, so that
/// many accounts are spread and a single one is predictable.

/// The place of an account within an interval: [0, interval).
std::chrono::milliseconds phase(std::string_view id, std::chrono::milliseconds interval);

/// The time from one poll to the next: the interval, give or take a tenth, which evens out over the
/// rounds.
std::chrono::milliseconds poll_pause(std::string_view id, std::uint64_t round,
                                     std::chrono::milliseconds interval);

/// The pause after so many failures in a row (1, 2, …): 5 seconds, doubled each time, at most half
/// an hour, give or take a quarter.
std::chrono::milliseconds back_off(std::string_view id, int failures);

}  // namespace gmail_mcp::mail
