#include "base/steps.h"

#include <boost/asio/redirect_error.hpp>

#include "base/caught.h"
#include "base/side_task.h"

namespace gmail_mcp {

Steps::Steps(const Executor& executor) : grown_{executor, Timer::time_point::max()} {}

void Steps::add(std::int64_t more) {
  done_ += more;
  grown_.cancel();
}

Task<void> Steps::beyond(std::int64_t known) {
  while (done_ <= known) {
    boost::system::error_code ignored;
    co_await grown_.async_wait(boost::asio::redirect_error(use_task, ignored));
  }
}

namespace {

Task<void> tell_each(const std::shared_ptr<Steps>& steps, const TellSteps& tell,
                     std::int64_t& told) {
  while (true) {
    co_await steps->beyond(told);
    const auto done = steps->done();
    co_await tell(done);
    told = done;
  }
}

}  // namespace

Task<void> while_telling(std::shared_ptr<Steps> steps, TellSteps tell, Task<void> work) {
  if (!tell) {
    co_await std::move(work);
    co_return;
  }
  const auto executor = co_await current_executor();
  SideTask telling{executor};
  std::int64_t told = 0;
  telling.start(tell_each(steps, tell, told));
  std::exception_ptr failure;
  try {
    co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  telling.cancel();
  co_await telling.join();
  if (failure) std::rethrow_exception(failure);
  // Work that never paused, and the last step.
  if (steps->done() > told) co_await caught(tell(steps->done()));
}

}  // namespace gmail_mcp
