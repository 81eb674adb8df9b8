#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gmail_mcp::store {

/// Where a server keeps a message. Shows which of two messages of the same second came first, and
/// which messages have left a folder. A value.
struct Spot {
  std::string folder;    // with its UIDVALIDITY; "": there are no folders
  std::int64_t uid = 0;  // grows with every arrival in the folder; 0: not known

  bool operator==(const Spot&) const = default;
};

/// Everything in a folder below the number `below`: archived messages of the folder that are in
/// none of the ranges have left it.
struct Present {
  std::string folder;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;  // first and last of each, ascending
  std::int64_t below = 0;
};

}  // namespace gmail_mcp::store
