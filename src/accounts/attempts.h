#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>

#include "base/clock.h"

namespace gmail_mcp::accounts {

/// Counts tries within a time, so that nobody can guess passwords through us. Kept in this process;
/// bounded: under a flood the oldest are forgotten. One loop.
class Attempts {
 public:
  Attempts(const Clock& clock, std::size_t most, std::chrono::seconds within)
      : clock_{clock}, most_{most}, within_{within} {}

  /// Counts one try; throws rate_limited, with the time until the next is allowed, when there were
  /// already `most`.
  void count(const std::string& thing);
  /// To be called after success: forgets all tries of it.
  void forgive(const std::string& thing) { tries_.erase(thing); }

  /// To be called after success: forgets only the newest try.
  void take_back(const std::string& thing);

  std::size_t size() const { return tries_.size(); }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void make_room(SteadyTime now);

  const Clock& clock_;
  std::size_t most_;
  std::chrono::seconds within_;
  std::unordered_map<std::string, std::deque<SteadyTime>> tries_;
  std::size_t clear_at_ = few;

  static constexpr std::size_t few = 1'024;
  static constexpr std::size_t many = 65'536;
};

}  // namespace gmail_mcp::accounts
