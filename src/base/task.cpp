#include "base/task.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <list>

#include "base/error.h"
#include "base/side_task.h"

namespace gmail_mcp {

namespace asio = boost::asio;

namespace {

using Suspended = asio::detail::awaitable_thread<Executor>;

void resume_when(Timer& changed, std::function<bool()> is_over, Suspended suspended) {
  auto look = [&changed, is_over = std::move(is_over),
               suspended = std::move(suspended)](const boost::system::error_code&) mutable {
    if (is_over()) {
      // What this lambda holds may be destroyed with the coroutine's frame.
      Suspended resumed{std::move(suspended)};
      resumed.launch();
    } else {
      resume_when(changed, std::move(is_over), std::move(suspended));
    }
  };
  changed.async_wait(std::move(look));
}

}  // namespace

Suspended* UntilOver::operator()(asio::detail::awaitable_frame_base<Executor>* suspended) {
  // This object is in the frame that may be resumed, and destroyed, before we return.
  auto& changed = *changed_;
  auto is_over = std::move(is_over_);
  Suspended handed_over{std::move(*suspended->detach_thread())};
  if (is_over()) {
    asio::post(changed.get_executor(),
               [resumed = std::move(handed_over)]() mutable { resumed.launch(); });
  } else {
    resume_when(changed, std::move(is_over), std::move(handed_over));
  }
  return nullptr;
}

Event::Event(const Executor& executor) : timer_{executor, Timer::time_point::max()} {}

void Event::set() {
  if (set_) return;
  set_ = true;
  timer_.cancel();
}

Task<void> Event::wait() {
  if (set_) co_return;
  boost::system::error_code ignored;
  co_await timer_.async_wait(asio::redirect_error(use_task, ignored));
  if (!set_) throw boost::system::system_error{asio::error::operation_aborted};
}

// Kept alive by every running task, so that the completion of its last task may destroy the group.
struct TaskGroup::State {
  State(const Executor& executor, OnError on_error)
      : executor{executor},
        on_error{std::move(on_error)},
        idle{executor, Timer::time_point::max()} {}

  using Signals = std::list<asio::cancellation_signal>;

  void forget(Signals::iterator signal) {
    if (cancelling) {
      ended.push_back(signal);
      return;
    }
    signals.erase(signal);
    if (signals.empty()) idle.cancel();
  }

  Executor executor;
  OnError on_error;
  Signals signals;
  bool cancelling = false;
  std::vector<Signals::iterator> ended;  // while cancelling: to be erased afterwards
  Timer idle;
};

TaskGroup::TaskGroup(const Executor& executor, OnError on_error)
    : state_{std::make_shared<State>(executor, std::move(on_error))} {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(Task<void> task) {
  auto& signals = state_->signals;
  auto signal = signals.emplace(signals.end());
  auto done = [state = state_, signal](const std::exception_ptr& failure) {
    if (failure && state->on_error) state->on_error(failure);
    state->forget(signal);
  };
  asio::co_spawn(state_->executor, std::move(task),
                 asio::bind_cancellation_slot(signal->slot(), std::move(done)));
}

void TaskGroup::cancel() {
  // A cancelled task may end at once, or spawn another, which must not be cancelled.
  const auto state = state_;
  if (state->cancelling) return;
  state->cancelling = true;
  auto signal = state->signals.begin();
  for (auto left = state->signals.size(); left > 0; --left) {
    (signal++)->emit(asio::cancellation_type::terminal);
  }
  state->cancelling = false;
  for (const auto over : std::exchange(state->ended, {})) state->forget(over);
}

std::size_t TaskGroup::running() const { return state_->signals.size(); }

UntilOver TaskGroup::join() {
  return UntilOver{state_->idle, [state = state_] { return state->signals.empty(); }};
}

Task<void> TaskGroup::until_idle() {
  const auto state = state_;
  while (!state->signals.empty()) {
    boost::system::error_code ignored;
    co_await state->idle.async_wait(asio::redirect_error(use_task, ignored));
  }
}

namespace {

Task<void> keep_failure(Task<void> task, std::exception_ptr& failure) {
  try {
    co_await std::move(task);
  } catch (...) {
    failure = std::current_exception();
  }
}

}  // namespace

// What runs beside the caller borrows from its frame, so that it is always waited for.
Task<void> run_all(std::vector<Task<void>> tasks) {
  if (tasks.empty()) co_return;
  const auto executor = co_await current_executor();
  TaskGroup group{executor};
  std::vector<std::exception_ptr> failures(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    group.spawn(keep_failure(std::move(tasks[i]), failures[i]));
  }
  try {
    co_await group.until_idle();
  } catch (const std::exception&) {
    group.cancel();
  }
  co_await group.join();
  for (auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

Task<void> with_deadline(std::chrono::milliseconds limit, Task<void> task) {
  const auto executor = co_await current_executor();
  SideTask side{executor};
  side.start(std::move(task));
  if (side.is_over()) {
    side.rethrow();
    co_return;
  }
  bool in_time = true;
  try {
    in_time = co_await side.over_within(limit);
  } catch (const std::exception&) {
    // The caller is cancelled.
  }
  side.cancel();
  co_await side.join();
  try {
    side.rethrow();
  } catch (...) {
    if (in_time) throw;
    throw Error{Errc::timeout, "The operation took too long and was stopped."};
  }
}

struct WorkPool::State {
  explicit State(std::size_t threads) : pool{threads} {}
  asio::thread_pool pool;
};

WorkPool::WorkPool(std::size_t threads) : state_{std::make_unique<State>(threads)} {}

WorkPool::~WorkPool() { state_->pool.join(); }

Task<void> WorkPool::run(std::function<void()> work) {
  auto home = co_await asio::this_coro::executor;
  std::exception_ptr failure;
  // The initiation runs with the coroutine suspended; the handler is the only way back, so what
  // the lambda borrows from this frame stays alive. Cancellation is deliberately not connected.
  auto token = asio::bind_cancellation_slot(asio::cancellation_slot{}, use_task);
  co_await asio::async_initiate<decltype(token), void()>(
      [&](auto handler) {
        auto guard = asio::make_work_guard(home);
        asio::post(state_->pool, [&work, &failure, home, handler = std::move(handler),
                                  guard = std::move(guard)]() mutable {
          try {
            work();
          } catch (...) {
            failure = std::current_exception();
          }
          asio::post(home, std::move(handler));
        });
      },
      token);
  if (failure) std::rethrow_exception(failure);
}

void run_to_end(asio::io_context& loop, Task<void> task) {
  std::exception_ptr failure;
  asio::co_spawn(loop.get_executor(), std::move(task),
                 [&](std::exception_ptr thrown) { failure = std::move(thrown); });
  loop.restart();
  loop.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace gmail_mcp
