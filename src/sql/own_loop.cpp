#include "sql/own_loop.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "sql/job.h"

namespace gmail_mcp::sql {

namespace asio = boost::asio;

OwnLoop::OwnLoop() : guard_{loop_.get_executor()}, thread_{[this] { loop_.run(); }} {}

OwnLoop::~OwnLoop() { end(); }

void OwnLoop::post(std::function<void()> work) { asio::post(loop_, std::move(work)); }

Task<void> OwnLoop::run(Task<void> work) {
  Job job;
  std::function<void()> submit = [&] {
    asio::co_spawn(loop_, std::move(work), [&job](const std::exception_ptr& failure) {
      job.failure = failure;
      job.finish();
    });
  };
  co_await finished(job, std::move(submit));
}

void OwnLoop::end() {
  guard_.reset();
  if (thread_.joinable()) thread_.join();
}

}  // namespace gmail_mcp::sql
