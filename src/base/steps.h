#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/task.h"

namespace gmail_mcp {

/// How far some work is, for others who wait for its end. Shared by both; one loop.
class Steps {
 public:
  explicit Steps(const Executor& executor);

  void add(std::int64_t more);
  std::int64_t done() const { return done_; }
  /// Waits until more than that is done. Cancellable.
  Task<void> beyond(std::int64_t known);

 private:
  Timer grown_;
  std::int64_t done_ = 0;
};

/// Tells somebody how much is done. Empty: nobody wants to hear it.
using TellSteps = std::function<Task<void>(std::int64_t done)>;

/// Runs `work` and meanwhile tells each growth of `steps`. A failure to tell does not matter.
Task<void> while_telling(std::shared_ptr<Steps> steps, TellSteps tell, Task<void> work);

template <class T>
  requires(!std::is_void_v<T>)
Task<T> while_telling(std::shared_ptr<Steps> steps, TellSteps tell, Task<T> work) {
  std::optional<T> result;
  co_await while_telling(std::move(steps), std::move(tell),
                         detail::store_result(std::move(work), result));
  co_return std::move(*result);
}

}  // namespace gmail_mcp
