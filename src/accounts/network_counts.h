#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace gmail_mcp::accounts {

/// The networks of an address, the narrowest first: of IPv6 the /64, /56 and /48 that one customer
/// may have, of IPv4 the address alone.
std::vector<std::string> networks_of(const std::string& address);

/// Counts what strangers do without a credential, by the networks from which they do it. In memory,
/// of this process: what is counted costs less than a row in the database. One loop.
class NetworkCounts {
 public:
  /// `most` of one address of IPv4 or one /64 within the time; a /56 has twice and a /48 four times
  /// as many. All together have a thousand times as many, which a few networks do not reach.
  /// `clock` is borrowed.
  NetworkCounts(const Clock& clock, std::int64_t most, std::chrono::seconds within)
      : clock_{clock}, most_{most}, within_{within} {}

  /// Counts one, unless there were too many already: then nothing is counted, and it is how long to
  /// wait, at least a second.
  std::optional<std::chrono::seconds> count(const std::string& address);

 private:
  struct Counted {
    std::int64_t tries = 0;
    std::chrono::steady_clock::time_point until;
  };
  void make_place();

  const Clock& clock_;
  std::int64_t most_;
  std::chrono::seconds within_;
  std::unordered_map<std::string, Counted> by_network_;  // "": all together
};

}  // namespace gmail_mcp::accounts
