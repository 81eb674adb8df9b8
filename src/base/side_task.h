#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>

#include "base/task.h"

namespace gmail_mcp {

/// A task beside the coroutine that starts it. It may borrow from the starter's frame, so the
/// starter must stay until the task is over (destroying the SideTask earlier ends the program).
/// Only one coroutine may wait at a time. One thread.
class SideTask {
 public:
  /// `ended` is called when the task is over, from within it.
  explicit SideTask(const Executor& executor, std::function<void()> ended = {});
  SideTask(SideTask&&) = default;
  ~SideTask();

  /// Runs `work` at once, up to its first suspension. To be called once.
  void start(Task<void> work);
  bool is_over() const;

  /// Does nothing when the task is over or was cancelled before.
  void cancel();
  bool is_cancelled() const;

  /// Waits, and returns whether the task was over within `limit`. Cancellable, without effect on
  /// the task.
  Task<bool> over_within(std::chrono::milliseconds limit);
  /// Waits for its end, even in a cancelled coroutine: `co_await side.join();`.
  UntilOver join();

  /// Throws what the task threw, once it is over.
  void rethrow() const;

 private:
  struct State;
  static Task<void> run(Task<void> work, std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

/// Runs `task` to its end, even in a cancelled coroutine: `co_await uncancelled(executor,
/// task());`. So it may be used after a `catch`; the next await throws the cancellation. An
/// exception of the task is lost.
UntilOver uncancelled(const Executor& executor, Task<void> task);

}  // namespace gmail_mcp
