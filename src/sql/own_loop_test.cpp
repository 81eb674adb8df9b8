#include "sql/own_loop.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::sql {
namespace {

Task<std::thread::id> where_it_runs() {
  const Executor executor = co_await current_executor();
  co_await boost::asio::post(executor, use_task);
  co_return std::this_thread::get_id();
}

Task<int> fails() {
  throw Error{Errc::conflict, "It was said there."};
  co_return 0;
}

Task<void> asks(OwnLoop& loop, std::thread::id& there, std::thread::id& back) {
  there = co_await loop.run(where_it_runs());
  back = std::this_thread::get_id();
}

TEST(OwnLoop, runs_work_on_its_thread_and_the_caller_continues_on_their_own) {
  OwnLoop loop;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&loop] {
      boost::asio::io_context own;
      std::thread::id there, back;
      run_to_end(own, asks(loop, there, back));
      EXPECT_NE(there, std::this_thread::get_id());
      EXPECT_EQ(back, std::this_thread::get_id());
    });
  }
  for (auto& caller : callers) caller.join();
}

TEST(OwnLoop, hands_over_what_the_work_threw) {
  OwnLoop loop;
  boost::asio::io_context own;
  try {
    run_to_end(own, loop.run(fails()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message, "It was said there.");
  }
}

TEST(OwnLoop, ends_after_what_was_under_way_and_what_lived_on_it_may_go_then) {
  OwnLoop loop;
  auto event = std::make_shared<Event>(loop.executor());
  bool waited = false;
  loop.post([&] {
    boost::asio::co_spawn(loop.executor(), event->wait(),
                          [&](const std::exception_ptr&) { waited = true; });
    loop.post([&] { event->set(); });
  });
  loop.end();
  EXPECT_TRUE(waited);
  event.reset();
}

}  // namespace
}  // namespace gmail_mcp::sql
