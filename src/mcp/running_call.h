#pragma once

#include <optional>
#include <string>

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
  /// Cancels it and tells its caller why.
  void expire();
  /// To be called once it is done. nullopt: cancelled, so its caller wants no answer.
  std::optional<Answer> outcome(Log& log);

 private:
  SideTask task_;
  Call call_;
  std::string id_;
  Answer answer_;
  bool expired_ = false;
};

}  // namespace gmail_mcp::mcp
