#include "base/side_task.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <utility>

namespace gmail_mcp {

namespace asio = boost::asio;

// Shared with the task's own frame, which may end after the starter's.
struct SideTask::State {
  State(const Executor& executor, std::function<void()> ended)
      : changed{executor, Timer::time_point::max()}, ended{std::move(ended)} {}

  Timer changed;
  std::function<void()> ended;
  asio::cancellation_signal signal;
  std::exception_ptr failure;
  bool is_started = false;
  bool is_over = false;
  bool is_cancelled = false;
};

SideTask::SideTask(const Executor& executor, std::function<void()> ended)
    : state_{std::make_shared<State>(executor, std::move(ended))} {}

SideTask::~SideTask() {
  if (state_ && state_->is_started && !state_->is_over) std::terminate();
}

void SideTask::start(Task<void> work) {
  state_->is_started = true;
  auto keep = [state = state_](const std::exception_ptr&) {};
  asio::co_spawn(state_->changed.get_executor(), run(std::move(work), state_),
                 asio::bind_cancellation_slot(state_->signal.slot(), std::move(keep)));
}

// The work itself reports its end, because Asio would report it only from the loop, and most work
// ends without ever waiting.
Task<void> SideTask::run(Task<void> work, std::shared_ptr<State> state) {
  try {
    co_await std::move(work);
  } catch (...) {
    state->failure = std::current_exception();
  }
  state->is_over = true;
  state->changed.cancel();
  if (state->ended) state->ended();
}

bool SideTask::is_over() const { return state_->is_over; }
bool SideTask::is_cancelled() const { return state_->is_cancelled; }

void SideTask::cancel() {
  // The task may end, and its starter with it, inside emit.
  const auto state = state_;
  if (state->is_over || std::exchange(state->is_cancelled, true)) return;
  state->signal.emit(asio::cancellation_type::terminal);
}

Task<bool> SideTask::over_within(std::chrono::milliseconds limit) {
  const auto state = state_;
  state->changed.expires_after(limit);
  while (!state->is_over) {
    boost::system::error_code early;
    co_await state->changed.async_wait(asio::redirect_error(use_task, early));
    if (!early) break;
  }
  co_return state->is_over;
}

UntilOver SideTask::join() {
  state_->changed.expires_at(Timer::time_point::max());
  return UntilOver{state_->changed, [state = state_] { return state->is_over; }};
}

void SideTask::rethrow() const {
  if (state_->failure) std::rethrow_exception(state_->failure);
}

UntilOver uncancelled(const Executor& executor, Task<void> task) {
  struct Run {
    explicit Run(const Executor& on) : over{on, Timer::time_point::max()} {}
    Timer over;
    bool is_over = false;
  };
  const auto run = std::make_shared<Run>(executor);
  asio::co_spawn(executor, std::move(task), [run](const std::exception_ptr&) {
    run->is_over = true;
    run->over.cancel();
  });
  return UntilOver{run->over, [run] { return run->is_over; }};
}

}  // namespace gmail_mcp
