#pragma once

#include <chrono>
#include <functional>

#include "base/task.h"

namespace gmail_mcp::mcp {

/// Lets one task sleep until it is notified, any number of times. One thread.
class Wakeup {
 public:
  explicit Wakeup(const Executor& executor);

  void notify();

  /// True when notified, before the call or during it; false after `limit` or when cancelled.
  Task<bool> wait(std::chrono::milliseconds limit);
  Task<bool> wait() { return wait(std::chrono::milliseconds::max()); }

  /// Waits until `is_over`, which is asked again at each notification, even when the caller is
  /// cancelled. No other task may wait.
  UntilOver until(std::function<bool()> is_over);

 private:
  Timer timer_;
  bool notified_ = false;
};

/// Takes the messages about one request or subscription that come before its answer: progress, log
/// lines, news. Waits while the client is slow; drops them once the client is gone. One thread.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual Task<void> send(std::string message) = 0;
  /// The same without waiting, for the few messages that are said though their call was cancelled.
  virtual void say(std::string message) = 0;
  /// Ends the connection that carries the messages, where the client can come back for the rest;
  /// it is told to wait for `retry` first. Elsewhere it does nothing.
  virtual void close_stream(std::chrono::milliseconds retry) { static_cast<void>(retry); }
  /// True when it is known that nobody will read the answer. May cost a system call.
  virtual bool is_gone() = 0;
};

}  // namespace gmail_mcp::mcp
