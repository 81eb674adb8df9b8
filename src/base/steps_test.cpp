#include "base/steps.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/cancel_points_test.h"

namespace gmail_mcp {
namespace {

class Telling : public Play {
 public:
  using Play::Play;
  Task<void> act() override {
    steps_ = std::make_shared<Steps>(loop.get_executor());
    TellSteps tell = [this](std::int64_t done) { return write(done); };
    auto end = co_await while_telling(steps_, tell, work());
    EXPECT_EQ(end, 4);
    EXPECT_EQ(told_, (std::vector<std::int64_t>{1, 3, 4}));
  }

 private:
  Task<int> work() {
    steps_->add(1);
    co_await yield();
    co_await yield();
    // Two steps at once are told as one.
    steps_->add(1);
    steps_->add(1);
    co_await yield();
    co_await yield();
    steps_->add(1);
    co_return 4;
  }
  Task<void> write(std::int64_t done) {
    told_.push_back(done);
    co_return;
  }

  std::shared_ptr<Steps> steps_;
  std::vector<std::int64_t> told_;
};

TEST(Steps, are_told_while_the_work_goes_on) {
  EXPECT_GT(interfere_at_every_point<Telling>("telling steps"), 3U);
}

class Deaf final : public Play {
 public:
  using Play::Play;
  Task<void> act() override {
    auto steps = std::make_shared<Steps>(loop.get_executor());
    steps->add(1);
    TellSteps tell = [](std::int64_t) -> Task<void> {
      throw Error{Errc::unavailable, "Nobody hears it."};
      co_return;
    };
    co_await while_telling(steps, tell, yield());
    const TellSteps nobody;
    co_await while_telling(steps, nobody, yield());
  }
};

TEST(Steps, whoever_cannot_hear_them_does_not_disturb) {
  EXPECT_GT(interfere_at_every_point<Deaf>("telling nobody"), 1U);
}

}  // namespace
}  // namespace gmail_mcp
