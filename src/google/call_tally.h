#pragma once

#include <map>
#include <utility>

#include "base/meter.h"
#include "google/scopes.h"

namespace gmail_mcp::google {

/// Counts requests to Gmail's REST API and its answers, for /metrics. One loop.
class CallTally {
 public:
  /// Borrows the meter.
  explicit CallTally(Meter& meter);

  /// `status` is the HTTP status, 0 when there was no answer. Each part of a batch counts.
  void answered(Method method, int status);
  /// A request waited, or was refused, because its mailbox had used up this minute's units.
  void held_back(bool refused);

 private:
  Meter& meter_;
  std::map<std::pair<Method, int>, Counter*> answers_;
  Counter& waits_;
  Counter& refusals_;
};

}  // namespace gmail_mcp::google
