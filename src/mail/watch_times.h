#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace gmail_mcp::mail {

/// When a mailbox is looked at next. Pure: what is random about it follows from the account's id,
/// so that many accounts are spread and one account is predictable.

/// Where in an interval an account has its place: [0, interval).
std::chrono::milliseconds phase(std::string_view id, std::chrono::milliseconds interval);

/// From one poll to the next: the interval, give or take a tenth, which evens out over the rounds.
std::chrono::milliseconds poll_pause(std::string_view id, std::uint64_t round,
                                     std::chrono::milliseconds interval);

/// After so many failures in a row (1, 2, …): 5 seconds, doubled each time, half an hour at most,
/// give or take a quarter.
std::chrono::milliseconds back_off(std::string_view id, int failures);

}  // namespace gmail_mcp::mail
