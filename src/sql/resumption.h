#pragma once

#include <functional>
#include <memory>

#include "base/task.h"

namespace gmail_mcp::sql {

/// The way back into a suspended Task: called once, from any thread, it lets the Task go on, on the
/// Task's own executor. That executor must still be there.
class Resumption {
 public:
  struct Continuation {
    virtual ~Continuation() = default;
    virtual void resume() = 0;
  };

  Resumption() = default;
  explicit Resumption(std::unique_ptr<Continuation> continuation)
      : continuation_{std::move(continuation)} {}

  void operator()() {
    const auto continuation = std::move(continuation_);
    continuation->resume();
  }

 private:
  std::unique_ptr<Continuation> continuation_;
};

/// Suspends the calling Task and hands the way back to `start`. Not cancellable, so what `start`
/// borrows from the caller stays alive until the Task goes on.
Task<void> suspend(std::function<void(Resumption)> start);

}  // namespace gmail_mcp::sql
