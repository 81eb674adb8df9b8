#include "mcp/wakeup.h"

#include <boost/asio/redirect_error.hpp>

namespace gmail_mcp::mcp {

Wakeup::Wakeup(const Executor& executor) : timer_{executor} {}

void Wakeup::notify() {
  notified_ = true;
  timer_.cancel();
}

Task<bool> Wakeup::wait(std::chrono::milliseconds limit) {
  if (!notified_) {
    if (limit == std::chrono::milliseconds::max()) {
      timer_.expires_at(Timer::time_point::max());
    } else {
      timer_.expires_after(limit);
    }
    boost::system::error_code ignored;
    co_await timer_.async_wait(boost::asio::redirect_error(use_task, ignored));
  }
  co_return std::exchange(notified_, false);
}

UntilOver Wakeup::until(std::function<bool()> is_over) {
  timer_.expires_at(Timer::time_point::max());
  return UntilOver{timer_, std::move(is_over)};
}

}  // namespace gmail_mcp::mcp
