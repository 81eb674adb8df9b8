#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "mcp/core.h"
#include "mcp/flight.h"

namespace gmail_mcp::mcp {

/// A call, its flight and, in the end, its answer. Stays where it is while the flight lasts.
class RunningCall {
 public:
  /// `attending` is notified when it has ended.
  RunningCall(Wakeup& attending, Call call);

  Call& call() { return call_; }
  const std::string& id() const { return id_; }
  Flight& flight() { return flight_; }
  const Flight& flight() const { return flight_; }

  void start(Core& core, const Executor& executor);
  /// Cancels it; its caller is told why.
  void expire();
  /// Once done. nullopt: cancelled, so its caller wants none.
  std::optional<Answer> outcome(Log& log);

 private:
  Flight flight_;
  Call call_;
  std::string id_;
  Answer answer_;
  bool expired_ = false;
};

}  // namespace gmail_mcp::mcp
