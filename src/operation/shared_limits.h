#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "store/spending.h"

namespace gmail_mcp::operation {

/// Keeps limits that are counted in each process valid for all processes together: once a second
/// each tells what it has spent, and charges what the others have. So together they may exceed a
/// limit by what they let in within about a second. One loop.
class SharedLimits {
 public:
  /// One kind of limit. The names need only be unique within it.
  struct Kind {
    std::string name;
    /// What was spent since the last call; the rest, if it is too much, the next time.
    std::function<std::vector<store::Spent>(std::size_t most)> spent;
    std::function<void(const store::SpentThere& there)> charge;
  };

  SharedLimits(Clock& clock, Log& log) : clock_{clock}, log_{log} {}

  void add(Kind kind) { kinds_.push_back(std::move(kind)); }

  /// Until it is cancelled.
  Task<void> keep(store::Spending& spending);
  Task<void> exchange(store::Spending& spending);

 private:
  Clock& clock_;
  Log& log_;
  std::vector<Kind> kinds_;
  bool is_failing_ = false;
};

}  // namespace gmail_mcp::operation
