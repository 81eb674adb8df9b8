#include "base/side_task.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/cancel_points_test.h"

namespace gmail_mcp {
namespace {

// Lends a local to the task beside it, and records at its end what came of it.
class LendingPlay final : public Play {
 public:
  using Play::Play;

  Task<void> act() override {
    has_begun_ = true;
    int count = 0;
    SideTask side{loop.get_executor(), [this] { ++ends_; }};
    side.start(count_up(count));
    try {
      const bool in_time = co_await side.over_within(std::chrono::hours{1});
      EXPECT_TRUE(in_time);
    } catch (const std::exception&) {
      side.cancel();
    }
    co_await side.join();
    EXPECT_TRUE(side.is_over());
    co_await uncancelled(loop.get_executor(), record(count));
    side.rethrow();
  }

  void judge() override {
    if (!has_begun_) return;
    EXPECT_EQ(ends_, 1);
    EXPECT_EQ(recorded_, 3) << "what may not be cancelled was whole";
  }

 private:
  Task<void> count_up(int& count) {
    for (int i = 0; i < 5; ++i) {
      co_await yield();
      ++count;
    }
  }
  Task<void> record(int count) {
    EXPECT_LE(count, 5);
    for (int i = 0; i < 3; ++i) {
      co_await yield();
      ++recorded_;
    }
  }

  bool has_begun_ = false;
  int ends_ = 0;
  int recorded_ = 0;
};

TEST(SideTask, at_every_point_it_ends_before_what_it_borrows_and_the_rest_is_done) {
  EXPECT_GT(interfere_at_every_point<LendingPlay>("a task beside"), 8U);
}

TEST(SideTask, is_over_at_once_when_it_never_had_to_wait) {
  boost::asio::io_context loop;
  const auto act = [](boost::asio::io_context& on) -> Task<void> {
    const auto fail = []() -> Task<void> {
      throw std::runtime_error{"no"};
      co_return;
    };
    SideTask side{on.get_executor()};
    side.start(fail());
    EXPECT_TRUE(side.is_over());
    side.cancel();
    EXPECT_FALSE(side.is_cancelled());
    EXPECT_THROW(side.rethrow(), std::runtime_error);
    co_await side.join();
  };
  run_to_end(loop, act(loop));
}

TEST(SideTask, says_that_the_time_is_over_and_goes_on) {
  boost::asio::io_context loop;
  const auto act = [](boost::asio::io_context& on) -> Task<void> {
    Event never{on.get_executor()};
    SideTask side{on.get_executor()};
    side.start(never.wait());
    const bool in_time = co_await side.over_within(std::chrono::milliseconds{1});
    EXPECT_FALSE(in_time);
    EXPECT_FALSE(side.is_over());
    never.set();
    co_await side.join();
    side.rethrow();
  };
  run_to_end(loop, act(loop));
}

}  // namespace
}  // namespace gmail_mcp
