#include "google/quota.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/clock.h"

namespace gmail_mcp::google {
namespace {

using namespace std::chrono_literals;
using Moment = UnitWindow::Moment;

constexpr int limit = 6'000;

struct Spending {
  Moment at;
  int units;
};

// A bucket with a minute's units that fills evenly, which this program had until November 2026.
class FullBucket {
 public:
  explicit FullBucket(Moment now) : filled_{now} {}

  int there(Moment now) {
    units_ = std::min<double>(
        limit, units_ + std::chrono::duration<double>(now - filled_).count() * limit / 60);
    filled_ = now;
    return static_cast<int>(units_);
  }
  bool take(int units, Moment now) {
    if (there(now) < units) return false;
    units_ -= units;
    return true;
  }
  std::chrono::milliseconds until(int /*units*/, Moment /*now*/) const { return 50ms; }

 private:
  double units_ = limit;
  Moment filled_;
};

// An hour of a busy mailbox: single calls and batches of all costs; the part of a batch for which
// no units are available waits. With `idle`, it rests now and then.
template <class Quota>
std::vector<Spending> hour_of(Quota& quota, ManualClock& clock, unsigned seed, bool idle) {
  std::mt19937 dice{seed};
  const int costs[] = {1, 2, 5, 10, 20, 40, 50, 100};
  const auto end = clock.steady_now() + 1h;
  std::vector<Spending> log;
  while (clock.steady_now() < end) {
    const int cost = costs[dice() % std::size(costs)];
    int calls = dice() % 2 == 0 ? 1 : 50;
    while (calls > 0) {
      const auto now = clock.steady_now();
      const int some = std::clamp(quota.there(now) / cost, 1, calls);
      if (quota.take(some * cost, now)) {
        log.push_back({now, some * cost});
        calls -= some;
      } else {
        clock.advance(std::max(1ms, quota.until(cost, now)));
      }
    }
    clock.advance(std::chrono::milliseconds{dice() % 150});
    if (idle && dice() % 200 == 0) clock.advance(std::chrono::seconds{dice() % 90});
  }
  return log;
}

// The most that was spent in any 60 seconds, both ends counted.
int most_in_a_minute(const std::vector<Spending>& log) {
  int most = 0;
  int sum = 0;
  std::size_t oldest = 0;
  for (const auto& spending : log) {
    sum += spending.units;
    while (spending.at - log[oldest].at > 60s) sum -= log[oldest++].units;
    most = std::max(most, sum);
  }
  return most;
}

int sum_of(const std::vector<Spending>& log) {
  int sum = 0;
  for (const auto& spending : log) sum += spending.units;
  return sum;
}

TEST(UnitWindow, in_no_minute_of_an_hour_more_is_spent_than_the_limit) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    for (const bool idle : {false, true}) {
      ManualClock clock;
      UnitWindow quota{QuotaLimits{.units_per_minute = limit}};
      EXPECT_LE(most_in_a_minute(hour_of(quota, clock, seed, idle)), limit) << seed;
    }
  }
}

TEST(UnitWindow, nearly_all_of_the_limit_is_used_while_there_is_work) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    ManualClock clock;
    UnitWindow quota{QuotaLimits{.units_per_minute = limit}};
    EXPECT_GE(sum_of(hour_of(quota, clock, seed, false)), 60 * limit / 100 * 95) << seed;
  }
}

// This shows that the replay would notice.
TEST(UnitWindow, a_full_bucket_that_is_refilled_spends_nearly_twice_the_limit) {
  ManualClock clock;
  FullBucket quota{clock.steady_now()};
  const int most = most_in_a_minute(hour_of(quota, clock, 1, false));
  EXPECT_GT(most, limit * 19 / 10);
  EXPECT_LE(most, limit * 2);
}

TEST(UnitWindow, a_call_that_took_a_second_longer_than_the_next_does_no_harm) {
  const Moment start{};
  UnitWindow quota{QuotaLimits{.units_per_minute = limit}};
  ASSERT_TRUE(quota.take(limit, start));
  EXPECT_FALSE(quota.take(1, start + 60s));
  EXPECT_TRUE(quota.take(limit, start + 61s));
}

TEST(UnitWindow, says_when_units_will_be_there) {
  const Moment start{};
  UnitWindow quota{QuotaLimits{.units_per_minute = 100}};
  ASSERT_TRUE(quota.take(60, start));
  ASSERT_TRUE(quota.take(40, start + 10s));
  const auto now = start + 20s;
  EXPECT_EQ(quota.until(1, now), 41s);
  EXPECT_EQ(quota.until(60, now), 41s);
  EXPECT_EQ(quota.until(61, now), 51s);
  EXPECT_EQ(quota.until(100, start + 1h), 0s);
  EXPECT_EQ(quota.at_most(5'000), 100);
}

TEST(UnitBook, all_who_ask_for_one_mailbox_share_its_minute) {
  UnitBook book{QuotaLimits{.units_per_minute = 100}};
  const Moment start{};
  ASSERT_TRUE(book.of("ann@example.com", start)->take(100, start));
  EXPECT_FALSE(book.of("Ann@Example.com", start + 1s)->take(1, start + 1s)) << "closed meanwhile";
  EXPECT_TRUE(book.of("bob@example.com", start + 1s)->take(100, start + 1s));
}

TEST(UnitBook, forgets_mailboxes_of_which_nothing_is_left_to_remember) {
  UnitBook book{QuotaLimits{.units_per_minute = 100}};
  const Moment start{};
  const auto kept = book.of("kept@example.com", start);
  for (int i = 0; i < 10'000; ++i) {
    const auto now = start + std::chrono::seconds{i};
    ASSERT_TRUE(book.of(std::to_string(i), now)->take(1, now));
  }
  EXPECT_LT(book.size(), 1'000U);
  EXPECT_EQ(book.of("kept@example.com", start + 10'000s), kept);
  book.of("late", start + 9'999s)->take(100, start + 9'999s);
  for (int i = 0; i < 10'000; ++i) book.of("x" + std::to_string(i), start + 10'000s);
  EXPECT_FALSE(book.of("late", start + 10'000s)->take(1, start + 10'000s));
}

TEST(UnitWindow, a_minutes_budget_is_three_hundred_gets) {
  UnitWindow quota{QuotaLimits{}};
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(quota.take(units(Method::messages_get), {}));
  EXPECT_FALSE(quota.take(1, {}));
}

TEST(UnitBook, two_processes_spend_no_more_than_one_may) {
  UnitWindow::Moment now{};
  UnitBook one{{.units_per_minute = 100}};
  UnitBook other{{.units_per_minute = 100}};
  const auto ours = one.of("Ann@gmail.com", now);
  const auto theirs = other.of("ann@gmail.com", now);
  const auto exchange = [&] {
    const auto told = other.take_news(10, now);
    for (const auto& news : one.take_news(10, now)) {
      other.take_elsewhere(news.address, "one", news.total, news.in_use, now);
    }
    for (const auto& news : told) {
      one.take_elsewhere(news.address, "other", news.total, news.in_use, now);
    }
  };
  EXPECT_TRUE(ours->take(40, now));
  exchange();
  EXPECT_EQ(theirs->there(now), 60);
  EXPECT_TRUE(theirs->take(30, now));
  exchange();
  EXPECT_EQ(ours->there(now), 30);
  EXPECT_EQ(theirs->there(now), 30) << "ours are not counted twice";
  EXPECT_TRUE(one.take_news(10, now).empty());
  now += std::chrono::seconds{62};
  EXPECT_EQ(ours->there(now), 100);
  one.take_elsewhere("nobody@gmail.com", "other", 5, 5, now);
  EXPECT_EQ(one.size(), 1U);
}

}  // namespace
}  // namespace gmail_mcp::google
