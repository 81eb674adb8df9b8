#include "accounts/attempts.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/error.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::accounts {
namespace {

using namespace std::chrono_literals;

class AttemptsTest : public ::testing::Test {
 protected:
  std::optional<Error> refusal(const std::string& thing) {
    try {
      count(thing);
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }
  void count(const std::string& thing) { run_to_end(loop, attempts.count(thing)); }

  boost::asio::io_context loop;
  ManualClock clock;
  std::unique_ptr<Log> log = Log::silent();
  store::testing::TestStore store{clock, *log};
  Attempts attempts{store->tries(), clock, "address", 3, 10min};
};

TEST_F(AttemptsTest, beyond_the_bound_are_refused_and_say_how_long) {
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(refusal("ann"));
  clock.advance(4min);
  const auto refused = refusal("ann");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Errc::rate_limited);
  EXPECT_EQ(refused->retry_after, std::chrono::seconds{6min});
}

TEST_F(AttemptsTest, are_counted_for_each_thing_alone_and_for_each_kind) {
  for (int i = 0; i < 3; ++i) count("ann");
  EXPECT_FALSE(refusal("bob"));
  EXPECT_TRUE(refusal("ann"));
  Attempts others{store->tries(), clock, "peer", 3, 10min};
  run_to_end(loop, others.count("ann"));
}

TEST_F(AttemptsTest, are_forgotten_one_by_one_as_they_grow_old) {
  count("ann");
  clock.advance(5min);
  count("ann");
  count("ann");
  EXPECT_TRUE(refusal("ann"));
  clock.advance(5min);
  EXPECT_FALSE(refusal("ann")) << "the first is ten minutes old";
  EXPECT_TRUE(refusal("ann"));
}

TEST_F(AttemptsTest, a_refused_one_does_not_prolong_the_wait) {
  for (int i = 0; i < 3; ++i) count("ann");
  clock.advance(9min);
  EXPECT_TRUE(refusal("ann"));
  clock.advance(1min);
  EXPECT_FALSE(refusal("ann"));
}

TEST_F(AttemptsTest, are_forgiven_when_one_comes_out_well) {
  for (int i = 0; i < 3; ++i) count("ann");
  run_to_end(loop, attempts.forgive("ann"));
  EXPECT_FALSE(refusal("ann"));
}

TEST_F(AttemptsTest, are_taken_back_one_at_a_time) {
  for (int i = 0; i < 3; ++i) count("ann");
  run_to_end(loop, attempts.take_back("ann"));
  EXPECT_FALSE(refusal("ann"));
  EXPECT_TRUE(refusal("ann"));
  for (int i = 0; i < 4; ++i) run_to_end(loop, attempts.take_back("ann"));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(refusal("ann"));
}

}  // namespace
}  // namespace gmail_mcp::accounts
