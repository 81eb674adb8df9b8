#include "mcp/flight.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <utility>

namespace gmail_mcp::mcp {

Flight::~Flight() {
  // What it runs borrows from whoever started it, and that is about to be gone.
  if (state_ && state_->started && !state_->done) std::terminate();
}

// Done is said from within: asio reports the end of a task only from the loop, and most work ends
// without ever having waited.
Task<void> Flight::land(Task<void> work, std::shared_ptr<State> state) {
  try {
    co_await std::move(work);
  } catch (...) {
    state->failure = std::current_exception();
  }
  state->done = true;
  state->starter.notify();
}

void Flight::start(const Executor& executor, Task<void> work) {
  state_->started = true;
  auto keep = [state = state_](const std::exception_ptr&) {};
  boost::asio::co_spawn(
      executor, land(std::move(work), state_),
      boost::asio::bind_cancellation_slot(state_->signal.slot(), std::move(keep)));
}

void Flight::cancel() {
  if (state_->done || state_->cancelled) return;
  state_->cancelled = true;
  // The work may end, and its starter with it, inside emit.
  auto state = state_;
  state->signal.emit(boost::asio::cancellation_type::terminal);
}

void Flight::rethrow() const {
  if (state_->failure) std::rethrow_exception(state_->failure);
}

void FlightList::add(const std::string& request_id, Flight& flight) {
  entries_.push_back({request_id, &flight});
}

void FlightList::remove(const Flight& flight) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.flight == &flight; });
}

void FlightList::cancel(const std::string& request_id) {
  // A cancelled flight's task may run on, and leave the list, before cancel returns.
  while (true) {
    const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) {
      return entry.request_id == request_id && !entry.flight->cancelled() && !entry.flight->done();
    });
    if (found == entries_.end()) return;
    found->flight->cancel();
  }
}

void FlightList::cancel_all() {
  while (true) {
    const auto found = std::ranges::find_if(entries_, [](const Entry& entry) {
      return !entry.flight->cancelled() && !entry.flight->done();
    });
    if (found == entries_.end()) return;
    found->flight->cancel();
  }
}

}  // namespace gmail_mcp::mcp
