#include "google/gate.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <string>
#include <utility>
#include <vector>

namespace gmail_mcp::google {
namespace {

class GateTest : public testing::Test {
 protected:
  // Runs tasks side by side to their end.
  void run(std::vector<Task<void>> tasks) { run_to_end(loop_, run_all(std::move(tasks))); }

  boost::asio::io_context loop_;
};

Task<void> yield() {
  auto executor = co_await current_executor();
  co_await boost::asio::post(executor, use_task);
}

// Enters, notes how many were under way, stays for some turns of the loop.
Task<void> visit(Gate& gate, std::size_t wanted, int turns, std::vector<std::size_t>& counts,
                 std::size_t& most) {
  const auto permit = co_await gate.enter(wanted);
  counts.push_back(permit.count());
  most = std::max(most, gate.under_way());
  for (int i = 0; i < turns; ++i) co_await yield();
}

TEST_F(GateTest, TwoBatchesOfFiftyGoTogetherAndAThirdWaits) {
  Gate gate;
  std::vector<std::size_t> counts;
  std::size_t most = 0;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(visit(gate, 50, 5, counts, most));
  run(std::move(tasks));
  EXPECT_EQ(counts, (std::vector<std::size_t>{50, 50, 50}));
  EXPECT_EQ(most, 100U);
  EXPECT_EQ(gate.under_way(), 0U);
}

TEST_F(GateTest, WhoWantsMoreThanTheLimitGetsTheLimit) {
  Gate gate{GateLimits{.ceiling = 20, .floor = 10, .step = 5}};
  std::vector<std::size_t> counts;
  std::size_t most = 0;
  std::vector<Task<void>> tasks;
  tasks.push_back(visit(gate, 50, 1, counts, most));
  run(std::move(tasks));
  EXPECT_EQ(counts, (std::vector<std::size_t>{20}));
}

TEST_F(GateTest, ASmallRequestDoesNotOvertakeABigOneThatWaits) {
  Gate gate{GateLimits{.ceiling = 10, .floor = 10, .step = 5}};
  std::vector<std::size_t> counts;
  std::size_t most = 0;
  std::vector<Task<void>> tasks;
  tasks.push_back(visit(gate, 9, 5, counts, most));
  tasks.push_back(visit(gate, 10, 5, counts, most));
  tasks.push_back(visit(gate, 1, 5, counts, most));
  run(std::move(tasks));
  EXPECT_EQ(counts, (std::vector<std::size_t>{9, 10, 1}));
}

Task<void> complain_together(Gate& gate) {
  const auto a = co_await gate.enter(50);
  const auto b = co_await gate.enter(50);
  gate.complained(a);
  gate.complained(b);
}

TEST_F(GateTest, ComplaintsOfOneMomentHalveTheLimitOnce) {
  Gate gate;
  run_to_end(loop_, complain_together(gate));
  EXPECT_EQ(gate.limit(), 50U);
}

Task<void> complain_again_and_again(Gate& gate, int times) {
  for (int i = 0; i < times; ++i) {
    const auto permit = co_await gate.enter(100);
    gate.complained(permit);
  }
}

TEST_F(GateTest, TheLimitNeverFallsBelowItsFloor) {
  Gate gate;
  run_to_end(loop_, complain_again_and_again(gate, 9));
  EXPECT_EQ(gate.limit(), 10U);
}

Task<void> go_well(Gate& gate, int times) {
  for (int i = 0; i < times; ++i) {
    const auto permit = co_await gate.enter(gate.limit());
    gate.went_well(permit);
  }
}

TEST_F(GateTest, GoodAnswersLetItGrowStepByStepUpToItsCeiling) {
  Gate gate;
  run_to_end(loop_, complain_again_and_again(gate, 9));
  run_to_end(loop_, go_well(gate, 1));
  EXPECT_EQ(gate.limit(), 15U);
  run_to_end(loop_, go_well(gate, 100));
  EXPECT_EQ(gate.limit(), 100U);
}

Task<void> cancel_while_waiting(Gate& gate) {
  const auto all = co_await gate.enter(100);
  auto executor = co_await current_executor();
  TaskGroup group{executor};
  std::vector<std::size_t> counts;
  std::size_t most = 0;
  group.spawn(visit(gate, 10, 0, counts, most));
  co_await yield();
  group.cancel();
  co_await group.join();
  EXPECT_TRUE(counts.empty());
}

TEST_F(GateTest, AWaiterThatIsCancelledLeavesNothingBehind) {
  Gate gate;
  run_to_end(loop_, cancel_while_waiting(gate));
  EXPECT_EQ(gate.under_way(), 0U);
  run_to_end(loop_, go_well(gate, 1));
}

}  // namespace
}  // namespace gmail_mcp::google
