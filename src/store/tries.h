#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"

namespace gmail_mcp::store {

/// Tries within a time, counted for all processes together. A row for each try; what is tried is
/// kept as a digest. The time is that of the processes' clocks.
class Tries {
 public:
  virtual ~Tries() = default;

  /// Counts one try, unless there were already `most` within the time. Then nothing is counted, and
  /// the moment is returned from which on the next is allowed.
  virtual Task<std::optional<Timestamp>> count(std::string thing, std::int64_t most,
                                               std::chrono::seconds within) = 0;
  /// Forgets the newest try, or all.
  virtual Task<void> take_back(std::string thing) = 0;
  virtual Task<void> forgive(std::string thing) = 0;
  /// Removes the tries that are older.
  virtual Task<void> purge(Timestamp before) = 0;
};

}  // namespace gmail_mcp::store
