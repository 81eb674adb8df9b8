#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/frame_memory.h"

namespace gmail_mcp {

/// The one executor type. Concrete, because asio's type-erased default costs a third of the
/// requests per second (docs/decisions).
using Executor = boost::asio::io_context::executor_type;

}  // namespace gmail_mcp

// Asio would keep two frames of at most 1,020 bytes a thread, and allocate all others anew.
namespace boost::asio::detail {
template <>
inline void* awaitable_frame_base<gmail_mcp::Executor>::operator new(std::size_t bytes) {
  return gmail_mcp::take_frame_memory(bytes);
}
template <>
inline void awaitable_frame_base<gmail_mcp::Executor>::operator delete(void* memory,
                                                                       std::size_t bytes) {
  gmail_mcp::give_back_frame_memory(memory, bytes);
}
}  // namespace boost::asio::detail

namespace gmail_mcp {

/// A coroutine that does I/O and returns a T or throws an Error. Runs on the thread it was started
/// on. Rules (g++ 12 miscompiles the alternatives): never a braced aggregate, an initializer list
/// or a capturing lambda inside the awaited call, never `co_await` inside `?:` — name it first.
template <class T>
using Task = boost::asio::awaitable<T, Executor>;

/// Completion token for asio operations inside a Task.
inline constexpr boost::asio::use_awaitable_t<Executor> use_task{};

using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// What to await for the executor of the running Task, also when that is cancelled: it costs no
/// coroutine.
constexpr boost::asio::this_coro::executor_t current_executor() { return {}; }

/// For a coroutine that must neither continue nor unwind before something is over: `co_await
/// group.join();`. In a coroutine that is already cancelled, Asio makes every other await throw
/// before it begins; this one always begins, and a cancellation that comes meanwhile does not end
/// it (the next await throws then). So it may be used after a `catch`.
///
/// `is_over` is called at once, and again each time `changed`, which never expires, is cancelled.
/// Both must live until the await returns, which happens through the loop. One thread.
class [[nodiscard]] UntilOver {
 public:
  UntilOver(Timer& changed, std::function<bool()> is_over)
      : changed_{&changed}, is_over_{std::move(is_over)} {}

  // By which Asio hands over the suspended coroutine (await_transform of a function object).
  boost::asio::detail::awaitable_thread<Executor>* operator()(
      boost::asio::detail::awaitable_frame_base<Executor>* suspended);

 private:
  Timer* changed_;
  std::function<bool()> is_over_;
};

/// Something that happens once; tasks that wait before or after continue. One thread.
class Event {
 public:
  explicit Event(const Executor& executor);

  void set();
  bool is_set() const { return set_; }

  /// Cancellable.
  Task<void> wait();

 private:
  Timer timer_;
  bool set_ = false;
};

/// Owns background tasks, which end by themselves or after `cancel()`. When a task throws, it is
/// reported to `on_error`; the others go on. One thread. Must be joined (or empty) before it is
/// destroyed.
class TaskGroup {
 public:
  using OnError = std::function<void(const std::exception_ptr&)>;

  explicit TaskGroup(const Executor& executor, OnError on_error = {});
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(Task<void> task);
  void cancel();
  std::size_t running() const;

  /// Waits for the last task even when the caller is cancelled, because the tasks may borrow from
  /// it.
  UntilOver join();
  /// Waits until none runs. Cancellable, so only for callers that no task borrows from.
  Task<void> until_idle();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Runs all tasks side by side on this thread and waits for every one of them. If some throw, the
/// first by position is thrown once all have ended. Cancelling the caller cancels all of them.
Task<void> run_all(std::vector<Task<void>> tasks);

/// Runs `task`, cancelling it after `limit` and then throwing Errc::timeout. Cancelling the caller
/// cancels the task.
Task<void> with_deadline(std::chrono::milliseconds limit, Task<void> task);

namespace detail {
template <class T>
Task<void> store_result(Task<T> task, std::optional<T>& out) {
  out = co_await std::move(task);
}
}  // namespace detail

template <class T>
  requires(!std::is_void_v<T>)
Task<std::vector<T>> run_all(std::vector<Task<T>> tasks) {
  std::vector<std::optional<T>> slots(tasks.size());
  std::vector<Task<void>> runs;
  runs.reserve(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    runs.push_back(detail::store_result(std::move(tasks[i]), slots[i]));
  }
  co_await run_all(std::move(runs));
  std::vector<T> results;
  results.reserve(slots.size());
  for (auto& slot : slots) results.push_back(std::move(*slot));
  co_return results;
}

template <class T>
  requires(!std::is_void_v<T>)
Task<T> with_deadline(std::chrono::milliseconds limit, Task<T> task) {
  std::optional<T> result;
  co_await with_deadline(limit, detail::store_result(std::move(task), result));
  co_return std::move(*result);
}

/// Threads for work that blocks (SQLite) or takes much CPU (MIME, base64). Tasks hop there and come
/// back to their own thread. Destroying the pool first finishes the work that was begun.
class WorkPool {
 public:
  explicit WorkPool(std::size_t threads);
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  /// Runs `work` on one of the pool's threads and resumes the caller on its own. What `work` throws
  /// is thrown here. Not cancellable: the caller stays suspended until `work` is done, so `work`
  /// may borrow from it.
  Task<void> run(std::function<void()> work);

  template <class F>
    requires(!std::is_void_v<std::invoke_result_t<F>>)
  auto run(F work) -> Task<std::invoke_result_t<F>> {
    std::optional<std::invoke_result_t<F>> result;
    std::function<void()> step = [&] { result.emplace(work()); };
    co_await run(std::move(step));
    co_return std::move(*result);
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Starts a loop, runs `task` on it to the end and returns its value or throws what it threw: for
/// `main`, command-line verbs and tests. Everything else spawned on the loop is run to its end too.
void run_to_end(boost::asio::io_context& loop, Task<void> task);

template <class T>
  requires(!std::is_void_v<T>)
T run_to_end(boost::asio::io_context& loop, Task<T> task) {
  std::optional<T> result;
  run_to_end(loop, detail::store_result(std::move(task), result));
  return std::move(*result);
}

}  // namespace gmail_mcp
