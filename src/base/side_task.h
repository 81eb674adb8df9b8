#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>

#include "base/task.h"

namespace gmail_mcp {

/// A task beside the one that starts it, and that may borrow from the starter's frame: so the
/// starter stays until it is over (a SideTask destroyed before ends the program). One waits at a
/// time. One thread.
class SideTask {
 public:
  /// `ended` is called when the task is over, from within it.
  explicit SideTask(const Executor& executor, std::function<void()> ended = {});
  SideTask(SideTask&&) = default;
  ~SideTask();

  /// Runs `work` at once, up to its first suspension. Once.
  void start(Task<void> work);
  bool is_over() const;

  /// Harmless when it is over; twice is once.
  void cancel();
  bool is_cancelled() const;

  /// Whether it is over within `limit`. Cancellable, without effect on the task.
  Task<bool> over_within(std::chrono::milliseconds limit);
  /// Waits for its end, whoever is cancelled: `co_await side.join();`.
  UntilOver join();

  /// Throws what the task threw, once it is over.
  void rethrow() const;

 private:
  struct State;
  static Task<void> run(Task<void> work, std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

/// Runs `task` to its end, whoever is cancelled: `co_await uncancelled(executor, task());`. It
/// begins also in a coroutine that is cancelled already, so it may stand after a `catch`; the next
/// await throws the cancellation. What the task throws is lost.
UntilOver uncancelled(const Executor& executor, Task<void> task);

}  // namespace gmail_mcp
