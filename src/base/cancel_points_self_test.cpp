#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "base/cancel_points_test.h"

namespace gmail_mcp {
namespace {

class FourTurns : public Play {
 public:
  using Play::Play;
  Task<void> act() override {
    for (int i = 0; i < 4; ++i) co_await yield();
  }
};

class FailsByItself final : public FourTurns {
 public:
  using FourTurns::FourTurns;
  Task<void> act() override {
    co_await yield();
    throw std::runtime_error{"no such mailbox"};
  }
};

class NeverEnds final : public FourTurns {
 public:
  using FourTurns::FourTurns;
  Task<void> act() override { co_await forever_.wait(); }
  void interfere(boost::asio::cancellation_signal&) override {}

 private:
  Event forever_{loop.get_executor()};
};

TEST(CancelPoints, every_handler_of_the_loop_is_a_point) {
  const auto points = interfere_at_every_point<FourTurns>("four turns");
  EXPECT_GE(points, 5U);
  EXPECT_EQ(interfere_at_every_point<FourTurns>("four turns"), points);
}

TEST(CancelPoints, a_play_that_fails_by_itself_is_found) {
  EXPECT_NONFATAL_FAILURE(interfere_at_every_point<FailsByItself>("fails"), "no such mailbox");
}

TEST(CancelPoints, a_play_that_never_ends_is_found) {
  constexpr std::chrono::milliseconds patience{20};
  EXPECT_NONFATAL_FAILURE(interfere_at_every_point<NeverEnds>("never ends", patience),
                          "it never ends");
}

}  // namespace
}  // namespace gmail_mcp
