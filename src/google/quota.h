#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

#include "google/methods.h"

namespace gmail_mcp::google {

/// What a call of `method` takes from the budget of its user and project.
constexpr int units(Method method) { return facts(method).units; }

/// What Google grants one user of one project. Projects older than May 2026 have 15,000.
struct QuotaLimits {
  int units_per_minute = 6'000;
};

/// Google's budget as a bucket that fills evenly and holds one minute's worth. A value; one thread.
class TokenBucket {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  TokenBucket(QuotaLimits limits, Moment now)
      : capacity_{static_cast<double>(limits.units_per_minute)}, units_{capacity_}, filled_{now} {}

  /// What one call of many parts asks for can be no more than a minute's worth.
  int at_most(int units) const { return std::min(units, static_cast<int>(capacity_)); }

  /// Takes `units` if they are there.
  bool take(int units, Moment now) {
    fill(now);
    if (units_ < units) return false;
    units_ -= units;
    return true;
  }

  /// How long until `units` will be there.
  std::chrono::milliseconds until(int units, Moment now) {
    fill(now);
    const double missing = std::max(0.0, units - units_);
    return std::chrono::milliseconds{static_cast<long>(std::ceil(missing * 60'000 / capacity_))};
  }

 private:
  void fill(Moment now) {
    const std::chrono::duration<double> passed = now - filled_;
    units_ = std::min(capacity_, units_ + passed.count() * capacity_ / 60);
    filled_ = now;
  }

  double capacity_;
  double units_;
  Moment filled_;
};

}  // namespace gmail_mcp::google
