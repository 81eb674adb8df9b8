#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/task.h"
#include "store/tries.h"

namespace gmail_mcp::accounts {

/// Counts tries within a time, so that nobody can guess passwords through us, however many
/// processes there are. What is borrowed outlives it.
class Attempts {
 public:
  /// `kind` distinguishes things of the same name.
  Attempts(store::Tries& tries, const Clock& clock, std::string kind, std::int64_t most,
           std::chrono::seconds within)
      : tries_{tries}, clock_{clock}, kind_{std::move(kind)}, most_{most}, within_{within} {}

  /// Counts one try; throws rate_limited, with the time until the next is allowed, when there were
  /// already `most`.
  Task<void> count(std::string thing);
  /// To be called after success: forgets all tries of it, or only the newest.
  Task<void> forgive(std::string thing) { return tries_.forgive(name_of(thing)); }
  Task<void> take_back(std::string thing) { return tries_.take_back(name_of(thing)); }

 private:
  std::string name_of(const std::string& thing) const { return kind_ + '\n' + thing; }

  store::Tries& tries_;
  const Clock& clock_;
  std::string kind_;
  std::int64_t most_;
  std::chrono::seconds within_;
};

}  // namespace gmail_mcp::accounts
