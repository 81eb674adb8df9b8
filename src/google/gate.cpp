#include "google/gate.h"

#include <algorithm>
#include <utility>

namespace gmail_mcp::google {

// Lives in the frame of the waiting task, and leaves the queue with it.
struct Gate::Waiter {
  Waiter(Gate& gate, const Executor& executor, std::size_t wanted)
      : gate{gate}, event{executor}, wanted{wanted} {
    gate.waiters_.push_back(this);
  }
  ~Waiter() {
    gate.waiters_.remove(this);
    // Cancelled between being let in and continuing.
    if (let_in > 0) gate.leave(let_in);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Gate& gate;
  Event event;
  std::size_t wanted;
  std::size_t let_in = 0;
};

Gate::Permit::Permit(Permit&& other) noexcept
    : gate_{std::exchange(other.gate_, nullptr)}, count_{other.count_}, epoch_{other.epoch_} {}

Gate::Permit::~Permit() {
  if (gate_ != nullptr) gate_->leave(count_);
}

Gate::Gate(GateLimits limits) : limits_{limits}, limit_{limits.ceiling} {}

Task<Gate::Permit> Gate::enter(std::size_t wanted) {
  if (waiters_.empty() && has_room_for(wanted)) {
    const std::size_t count = std::min(wanted, limit_);
    under_way_ += count;
    co_return Permit{*this, count};
  }
  const auto executor = co_await current_executor();
  Waiter waiter{*this, executor, wanted};
  co_await waiter.event.wait();
  co_return Permit{*this, std::exchange(waiter.let_in, 0)};
}

void Gate::complained(const Permit& permit) {
  if (permit.epoch_ != epoch_) return;
  ++epoch_;
  credit_ = 0;
  limit_ = std::max(limits_.floor, limit_ / 2);
}

void Gate::went_well(const Permit& permit) {
  credit_ += permit.count_;
  if (credit_ < limit_) return;
  credit_ = 0;
  limit_ = std::min(limits_.ceiling, limit_ + limits_.step);
  let_in();
}

bool Gate::has_room_for(std::size_t wanted) const {
  return under_way_ + std::min(wanted, limit_) <= limit_;
}

void Gate::let_in() {
  while (!waiters_.empty() && has_room_for(waiters_.front()->wanted)) {
    auto& waiter = *waiters_.front();
    waiters_.pop_front();
    waiter.let_in = std::min(waiter.wanted, limit_);
    under_way_ += waiter.let_in;
    waiter.event.set();
  }
}

void Gate::leave(std::size_t count) {
  under_way_ -= count;
  let_in();
}

}  // namespace gmail_mcp::google
