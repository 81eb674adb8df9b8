#include "sql/resumption.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace gmail_mcp::sql {

namespace asio = boost::asio;

namespace {

template <class Handler>
class PostedHandler final : public Resumption::Continuation {
 public:
  PostedHandler(const Executor& home, Handler handler)
      : home_{home}, guard_{home}, handler_{std::move(handler)} {}

  void resume() override { asio::post(home_, std::move(handler_)); }

 private:
  Executor home_;
  asio::executor_work_guard<Executor> guard_;  // the loop must not end while a Task waits
  Handler handler_;
};

}  // namespace

Task<void> suspend(std::function<void(Resumption)> start) {
  const auto home = co_await asio::this_coro::executor;
  auto token = asio::bind_cancellation_slot(asio::cancellation_slot{}, use_task);
  auto initiate = [&start, &home](auto handler) {
    using Handler = decltype(handler);
    start(Resumption{std::make_unique<PostedHandler<Handler>>(home, std::move(handler))});
  };
  co_await asio::async_initiate<decltype(token), void()>(std::move(initiate), token);
}

}  // namespace gmail_mcp::sql
