#pragma once

#include <map>
#include <utility>

#include "base/meter.h"
#include "google/scopes.h"

namespace gmail_mcp::google {

/// Counts what Gmail's REST API was asked and how it answered, for /metrics. One loop.
class CallTally {
 public:
  /// Borrows the meter.
  explicit CallTally(Meter& meter);

  /// `status` is the HTTP status, 0 when there was no answer. The parts of a batch count one by
  /// one.
  void answered(Method method, int status);
  /// A request waited, or was refused, because its mailbox had used up its units of this minute.
  void held_back(bool refused);

 private:
  Meter& meter_;
  std::map<std::pair<Method, int>, Counter*> answers_;
  Counter& waits_;
  Counter& refusals_;
};

}  // namespace gmail_mcp::google
