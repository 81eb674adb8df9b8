#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/meter.h"

namespace gmail_mcp::operation {

/// Counts calls by operation and outcome, for /metrics. One loop.
class Tally {
 public:
  /// Borrows the meter.
  explicit Tally(Meter& meter) : meter_{meter} {}

  /// `operation` and `outcome` ("ok", "cancelled" or an error code) are our own constants.
  void count(std::string_view operation, std::string_view outcome, std::chrono::microseconds took);

 private:
  struct Operation {
    DurationHistogram* duration = nullptr;
    std::unordered_map<std::string_view, Counter*> outcomes;
  };
  Operation& at(std::string_view operation);

  Meter& meter_;
  std::unordered_map<std::string_view, Operation> operations_;
};

}  // namespace gmail_mcp::operation
