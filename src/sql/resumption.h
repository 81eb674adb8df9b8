#pragma once

#include <functional>
#include <memory>

#include "base/task.h"

namespace gmail_mcp::sql {

/// Resumes a suspended Task: to be called once, from any thread; the Task continues on its own
/// executor, which must still exist.
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

/// Suspends the calling Task and gives `start` the means to resume it. Not cancellable, so what
/// `start` borrows from the caller stays alive until the Task continues.
Task<void> suspend(std::function<void(Resumption)> start);

}  // namespace gmail_mcp::sql
