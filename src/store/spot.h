#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gmail_mcp::store {

/// Where a server keeps a message. It says which of two messages of one second came first, and what
/// is gone from a folder. A value.
struct Spot {
  std::string folder;    // with what renews its numbers (UIDVALIDITY); "": there are no folders
  std::int64_t uid = 0;  // grows with every arrival in the folder; 0: not known

  bool operator==(const Spot&) const = default;
};

/// All that is in a folder below the number `below`: what an archive knows to be there and is in
/// none of the ranges is gone from it.
struct Present {
  std::string folder;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;  // first and last of each, ascending
  std::int64_t below = 0;
};

}  // namespace gmail_mcp::store
