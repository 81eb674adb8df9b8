#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/task.h"

namespace gmail_mcp::accounts {

/// Work that runs once and that any number of callers wait for: they share its outcome, its failure
/// too. The work belongs to the group it was launched in: a caller that gives up stops waiting,
/// never the work. A resource, held by everybody who waits. One thread.
template <class T>
class Flight {
 public:
  explicit Flight(const Executor& executor) : landed_{executor} {}

  static std::shared_ptr<Flight> launch(TaskGroup& group, const Executor& executor, Task<T> work) {
    auto flight = std::make_shared<Flight>(executor);
    group.spawn(fly(flight, std::move(work)));
    return flight;
  }

  bool is_over() const { return landed_.is_set(); }

  /// Cancellable, without effect on the work. The flight must be held until this returns.
  Task<T> outcome() {
    co_await landed_.wait();
    if (error_) throw Error{*error_};  // a copy: whoever catches may change or move it
    if (failure_) std::rethrow_exception(failure_);
    co_return *value_;
  }

 private:
  static Task<void> fly(std::shared_ptr<Flight> flight, Task<T> work) {
    try {
      flight->value_ = co_await std::move(work);
    } catch (const Error& error) {
      flight->error_ = error;
    } catch (...) {
      flight->failure_ = std::current_exception();
    }
    flight->landed_.set();
  }

  Event landed_;
  std::optional<T> value_;
  std::optional<Error> error_;
  std::exception_ptr failure_;
};

/// Whether `flight` still runs, so that others may join it.
template <class T>
bool is_under_way(const std::shared_ptr<Flight<T>>& flight) {
  return flight && !flight->is_over();
}

}  // namespace gmail_mcp::accounts
