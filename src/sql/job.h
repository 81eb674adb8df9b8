#pragma once

#include <algorithm>
#include <deque>
#include <exception>
#include <functional>
#include <span>
#include <vector>

#include "base/task.h"
#include "sql/database.h"
#include "sql/resumption.h"

namespace gmail_mcp::sql {

/// The work that a suspended Task waits for, done by its engine on a thread or over a connection.
/// Lives in the Task's frame.
struct Job {
  std::span<const Statement> statements;
  std::vector<Rows> results;  // one for each statement, unless there is a failure
  std::exception_ptr failure;

  Resumption resume;

  /// Lets the Task continue. The Task, and the job with it, may be gone before this returns.
  void finish() {
    Resumption resumption = std::move(resume);
    resumption();
  }
};

/// Suspends the calling Task, lets `submit` pass the job to its engine, and continues when the job
/// is finished; throws the job's failure. Not cancellable, so what the job borrows from the caller
/// stays alive until then.
Task<void> finished(Job& job, std::function<void()> submit);

/// Jobs that wait for their turn, J being Job or derived from it: interactive ones go before bulk
/// ones, but under constant load bulk work still gets its turn, or audit rows would pile up. For
/// one thread at a time.
template <class J>
class JobQueue {
 public:
  void push(J& job, Urgency urgency) {
    (urgency == Urgency::interactive ? interactive_ : bulk_).push_back(&job);
  }
  bool empty() const { return interactive_.empty() && bulk_.empty(); }

  /// The jobs whose turn it is: a limited number of interactive ones, or one bulk job.
  std::vector<J*> take(std::size_t most) {
    constexpr int most_interactive_turns = 8;  // in a row, while bulk work waits
    const bool is_bulk_turn = interactive_turns_ >= most_interactive_turns;
    const bool takes_bulk = !bulk_.empty() && (interactive_.empty() || is_bulk_turn);
    interactive_turns_ = takes_bulk ? 0 : interactive_turns_ + 1;
    auto& from = takes_bulk ? bulk_ : interactive_;
    const auto count = std::min(from.size(), takes_bulk ? 1 : most);
    const auto end = from.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<J*> batch{from.begin(), end};
    from.erase(from.begin(), end);
    return batch;
  }

 private:
  std::deque<J*> interactive_, bulk_;
  int interactive_turns_ = 0;
};

}  // namespace gmail_mcp::sql
