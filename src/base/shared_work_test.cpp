#include "base/shared_work.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/cancel_points_test.h"

namespace gmail_mcp {
namespace {

// Work of several turns, for which two wait; one of them is interfered with.
class SharedPlay : public Play {
 public:
  explicit SharedPlay(boost::asio::io_context& on) : Play{on}, group_{on.get_executor()} {}

  Task<void> act() override {
    work_ = SharedWork<std::string>{group_, loop.get_executor(), toil()};
    others_.spawn(listen());
    said_ = co_await work_.outcome();
  }

  void judge() override {
    run(end());
    EXPECT_EQ(times_, 1);
    EXPECT_EQ(heard_, "done") << "whoever leaves takes nothing from the others";
    EXPECT_TRUE(said_.empty() || said_ == "done") << said_;
  }

 protected:
  Task<std::string> toil() {
    ++times_;
    for (int i = 0; i < 4; ++i) co_await yield();
    co_return std::string{"done"};
  }
  Task<void> listen() { heard_ = co_await work_.outcome(); }
  Task<void> end() {
    // Interfered with before it began.
    if (!work_) co_await act();
    co_await group_.join();
    co_await others_.join();
  }

  TaskGroup group_;
  TaskGroup others_{loop.get_executor()};
  SharedWork<std::string> work_;
  std::string said_;
  std::string heard_;
  int times_ = 0;
};

TEST(SharedWork, at_every_point_one_who_waits_may_leave) {
  EXPECT_GT(interfere_at_every_point<SharedPlay>("shared work"), 4U);
}

class SharedWorkTest : public ::testing::Test {
 protected:
  boost::asio::io_context loop_;
  TaskGroup group_{loop_.get_executor()};
};

TEST_F(SharedWorkTest, each_who_waits_gets_a_copy_of_the_failure) {
  const auto fail = [](boost::asio::io_context& loop) -> Task<int> {
    co_await boost::asio::post(loop, use_task);
    throw Error{Errc::unavailable, "It rains."};
  };
  const SharedWork<int> work{group_, loop_.get_executor(), fail(loop_)};
  EXPECT_TRUE(work.is_under_way());
  for (int i = 0; i < 2; ++i) {
    try {
      run_to_end(loop_, work.outcome());
      ADD_FAILURE() << "nothing was thrown";
    } catch (Error& error) {
      EXPECT_EQ(std::exchange(error.message, "mine"), "It rains.");
    }
  }
  EXPECT_TRUE(work.has_failed());
  EXPECT_FALSE(work.is_under_way());
}

TEST_F(SharedWorkTest, may_be_waited_for_before_it_begins) {
  SharedWork<void> work{loop_.get_executor()};
  std::vector<std::string> order;
  const auto wait = [&]() -> Task<void> {
    co_await work.outcome();
    order.emplace_back("heard");
  };
  const auto begin = [&]() -> Task<void> {
    const auto toil = [&]() -> Task<void> {
      order.emplace_back("done");
      co_return;
    };
    work.begin(group_, toil());
    co_return;
  };
  std::vector<Task<void>> both;
  both.push_back(wait());
  both.push_back(begin());
  run_to_end(loop_, run_all(std::move(both)));
  EXPECT_EQ(order, (std::vector<std::string>{"done", "heard"}));
  EXPECT_FALSE(SharedWork<void>{});
}

TEST_F(SharedWorkTest, ends_with_its_group) {
  Event never{loop_.get_executor()};
  const SharedWork<void> work{group_, loop_.get_executor(), never.wait()};
  const auto cancel = [&]() -> Task<void> {
    group_.cancel();
    co_await work.over();
  };
  run_to_end(loop_, cancel());
  EXPECT_TRUE(work.has_failed());
  EXPECT_THROW(work.result(), boost::system::system_error);
}

}  // namespace
}  // namespace gmail_mcp
