#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/task.h"

namespace gmail_mcp {

/// Work that runs once while any number of callers wait for it; they share its outcome, also a
/// failure. It belongs to the group in which it was begun, which joins it: a caller who leaves does
/// not end it. A handle; copies refer to the same work. One thread.
template <class T>
class SharedWork {
 public:
  /// No work: the only use is to see whether there is any.
  SharedWork() = default;
  /// Work that is to begin; others may wait for it already.
  explicit SharedWork(const Executor& executor) : state_{std::make_shared<State>(executor)} {}
  SharedWork(TaskGroup& group, const Executor& executor, Task<T> work) : SharedWork{executor} {
    begin(group, std::move(work));
  }

  /// Runs `work` at once, up to its first suspension. To be called once.
  void begin(TaskGroup& group, Task<T> work) { group.spawn(run(state_, std::move(work))); }

  explicit operator bool() const { return state_ != nullptr; }
  /// Whether others may still join it.
  bool is_under_way() const { return state_ && !state_->over.is_set(); }
  bool has_failed() const { return state_->error || state_->failure; }

  /// Waits for its end, however it ends. Cancellable, without effect on the work.
  Task<void> over() const { return wait(state_); }
  /// The outcome, after its end: a copy for each caller.
  T result() const {
    if (state_->error) throw Error{*state_->error};  // a copy: a catch may change or move it
    if (state_->failure) std::rethrow_exception(state_->failure);
    if constexpr (!std::is_void_v<T>) return *state_->value;
  }
  /// Waits, then returns the outcome.
  Task<T> outcome() const { return wait_for_result(*this); }

 private:
  struct State {
    explicit State(const Executor& executor) : over{executor} {}
    Event over;
    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
    std::optional<Error> error;
    std::exception_ptr failure;  // any exception other than Error
  };

  static Task<void> run(std::shared_ptr<State> state, Task<T> work) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
      } else {
        state->value = co_await std::move(work);
      }
    } catch (const Error& error) {
      state->error = error;
    } catch (...) {
      state->failure = std::current_exception();
    }
    state->over.set();
  }
  static Task<void> wait(std::shared_ptr<State> state) { co_await state->over.wait(); }
  static Task<T> wait_for_result(SharedWork work) {
    co_await work.state_->over.wait();
    co_return work.result();
  }

  std::shared_ptr<State> state_;
};

}  // namespace gmail_mcp
