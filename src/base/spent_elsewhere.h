#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace gmail_mcp {

/// What other processes have spent of one limit that holds for all of them together. Each says its
/// own count, which grows, and how much of the limit it knows to be in use. A value.
class SpentElsewhere {
 public:
  /// How much of that has to be charged here now. `recent_here`: what is in use as far as we know.
  std::int64_t more(const std::string& process, std::int64_t total, std::int64_t recent,
                    std::int64_t recent_here) {
    const auto [known, is_new] = totals_.try_emplace(process, total);
    // What it knows to be in use may contain what we have spent.
    if (is_new) return std::max<std::int64_t>(recent - recent_here, 0);
    const auto before = std::exchange(known->second, total);
    const auto spent = total >= before ? total - before : total;
    // What was spent long ago, while nothing was spent here, is free again.
    return std::min(spent, recent);
  }

 private:
  std::map<std::string, std::int64_t> totals_;
};

}  // namespace gmail_mcp
