#include "accounts/attempts.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/error.h"

namespace gmail_mcp::accounts {
namespace {

using namespace std::chrono_literals;

class AttemptsTest : public ::testing::Test {
 protected:
  std::optional<Error> refusal(const std::string& thing) {
    try {
      attempts.count(thing);
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }

  ManualClock clock;
  Attempts attempts{clock, 3, 10min};
};

TEST_F(AttemptsTest, beyond_the_bound_are_refused_and_say_how_long) {
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(refusal("ann"));
  clock.advance(4min);
  const auto refused = refusal("ann");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Errc::rate_limited);
  EXPECT_EQ(refused->retry_after, std::chrono::seconds{6min});
}

TEST_F(AttemptsTest, are_counted_for_each_thing_alone) {
  for (int i = 0; i < 3; ++i) attempts.count("ann");
  EXPECT_FALSE(refusal("bob"));
  EXPECT_TRUE(refusal("ann"));
}

TEST_F(AttemptsTest, are_forgotten_one_by_one_as_they_grow_old) {
  attempts.count("ann");
  clock.advance(5min);
  attempts.count("ann");
  attempts.count("ann");
  EXPECT_TRUE(refusal("ann"));
  clock.advance(5min);
  EXPECT_FALSE(refusal("ann")) << "the first is ten minutes old";
  EXPECT_TRUE(refusal("ann"));
}

TEST_F(AttemptsTest, a_refused_one_does_not_prolong_the_wait) {
  for (int i = 0; i < 3; ++i) attempts.count("ann");
  clock.advance(9min);
  EXPECT_TRUE(refusal("ann"));
  clock.advance(1min);
  EXPECT_FALSE(refusal("ann"));
}

TEST_F(AttemptsTest, are_forgiven_when_one_comes_out_well) {
  for (int i = 0; i < 3; ++i) attempts.count("ann");
  attempts.forgive("ann");
  EXPECT_FALSE(refusal("ann"));
}

TEST_F(AttemptsTest, are_taken_back_one_at_a_time) {
  for (int i = 0; i < 3; ++i) attempts.count("ann");
  attempts.take_back("ann");
  EXPECT_FALSE(refusal("ann"));
  EXPECT_TRUE(refusal("ann"));
  for (int i = 0; i < 4; ++i) attempts.take_back("ann");
  EXPECT_EQ(attempts.size(), 0U);
}

TEST_F(AttemptsTest, a_flood_of_things_does_not_fill_the_memory) {
  for (int i = 0; i < 70'000; ++i) attempts.count("guess-" + std::to_string(i));
  EXPECT_LE(attempts.size(), 65'536U);
  clock.advance(10min);
  for (int i = 0; i < 65'536; ++i) attempts.count("later-" + std::to_string(i));
  EXPECT_LE(attempts.size(), 65'536U);
}

}  // namespace
}  // namespace gmail_mcp::accounts
