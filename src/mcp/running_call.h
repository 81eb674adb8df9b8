#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/side_task.h"
#include "mcp/core.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

/// A call, its task and, in the end, its answer. Stays where it is while the task runs.
class RunningCall {
 public:
  /// `attending` is notified when it has ended.
  RunningCall(const Executor& executor, Wakeup& attending, Call call);

  Call& call() { return call_; }
  const std::string& id() const { return id_; }
  SideTask& task() { return task_; }
  const SideTask& task() const { return task_; }

  void start(Core& core);
  /// How long it has waited for its client.
  std::chrono::steady_clock::duration waited(ClientTime::Moment now) const {
    return client_time_.until(now);
  }
  /// Cancels it and tells its caller why.
  void expire();
  /// To be called once it is done. nullopt: cancelled, so its caller wants no answer.
  std::optional<Answer> outcome(Log& log);

 private:
  SideTask task_;
  Call call_;
  std::string id_;
  ClientTime client_time_;
  Answer answer_;
  bool expired_ = false;
};

/// How long calls that began at `started` may still run: 0 or less when their time is over.
std::chrono::milliseconds time_left(const std::vector<RunningCall>& running,
                                    ClientTime::Moment started, const Limits& limits,
                                    ClientTime::Moment now);

}  // namespace gmail_mcp::mcp
