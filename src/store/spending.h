#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/task.h"

namespace gmail_mcp::store {

/// What one process has spent of a limit that holds for all processes together.
struct Spent {
  std::string name;         // whose limit of which kind; kept as a digest
  std::int64_t total = 0;   // since the process knows the limit
  std::int64_t recent = 0;  // of the limit, what is in use as far as it knows
};

struct SpentThere {
  Spent spent;
  std::string process;
};

/// Tells other processes what was spent here: a write and a read for all limits that were used
/// since the last time, so that no call has to ask the database.
class Spending {
 public:
  virtual ~Spending() = default;

  /// Writes what this process has spent, and returns what others have spent of the same in the last
  /// minute.
  virtual Task<std::vector<SpentThere>> exchange(std::vector<Spent> ours) = 0;
  /// Removes what nobody needs any more.
  virtual Task<void> purge() = 0;
};

}  // namespace gmail_mcp::store
