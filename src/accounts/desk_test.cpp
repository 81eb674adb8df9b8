#include "accounts/desk.h"

#include <gtest/gtest.h>

namespace gmail_mcp::accounts {
namespace {

using namespace std::chrono_literals;

TEST(Desk, neither_a_crowd_nor_somebody_who_tries_ids_fills_the_memory) {
  ManualClock clock;
  Desks desks{clock, 5s};
  const auto busy = desks.at(model::ConnectionId{"busy"});
  const auto known = std::make_shared<Known>();
  desks.at(model::ConnectionId{"idle"})->learn(known, clock.steady_now());
  clock.advance(11min);
  desks.at(model::ConnectionId{"fresh"})->learn(known, clock.steady_now());
  for (int i = 0; i < 5'000; ++i) desks.at(model::ConnectionId{"guess-" + std::to_string(i)});
  EXPECT_LT(desks.size(), 1'100U);
  EXPECT_EQ(desks.at(model::ConnectionId{"busy"}), busy);
  EXPECT_EQ(desks.at(model::ConnectionId{"fresh"})->known, known);
  EXPECT_EQ(desks.at(model::ConnectionId{"idle"})->known, nullptr);
}

}  // namespace
}  // namespace gmail_mcp::accounts
