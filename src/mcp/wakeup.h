#pragma once

#include <chrono>
#include <functional>

#include "base/task.h"

namespace gmail_mcp::mcp {

/// Lets one task sleep until somebody has something for it, again and again. One thread.
class Wakeup {
 public:
  explicit Wakeup(const Executor& executor);

  void notify();

  /// True when notified, before the call or during it; false after `limit` or when cancelled.
  Task<bool> wait(std::chrono::milliseconds limit);
  Task<bool> wait() { return wait(std::chrono::milliseconds::max()); }

  /// Until `is_over`, asked again at each notification, whoever is cancelled. Nobody else waits.
  UntilOver until(std::function<bool()> is_over);

 private:
  Timer timer_;
  bool notified_ = false;
};

/// Where messages about one request or subscription go before its answer: progress, log lines,
/// news. Waits while the client is slow; after the client is gone it swallows. One thread.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual Task<void> send(std::string message) = 0;
  /// Is it known by now that nobody will read the answer? May cost a system call.
  virtual bool is_gone() = 0;
};

}  // namespace gmail_mcp::mcp
