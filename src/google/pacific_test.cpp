#include "google/pacific.h"

#include <gtest/gtest.h>

namespace gmail_mcp::google {
namespace {

std::string next_after(std::string_view now) {
  return to_iso8601(next_pacific_midnight(parse_iso8601(now).value()));
}

TEST(PacificMidnight, is_eight_hours_after_utcs_in_winter_and_seven_in_summer) {
  EXPECT_EQ(next_after("2026-11-29T09:00:00Z"), "2026-11-30T08:00:00Z");
  EXPECT_EQ(next_after("2026-07-01T12:00:00Z"), "2026-07-02T07:00:00Z");
  EXPECT_EQ(next_after("2026-12-31T23:59:59Z"), "2027-01-01T08:00:00Z");
  EXPECT_EQ(next_after("2028-02-29T07:59:59Z"), "2028-02-29T08:00:00Z");
}

TEST(PacificMidnight, a_midnight_is_not_its_own_next) {
  EXPECT_EQ(next_after("2026-11-30T07:59:59.999Z"), "2026-11-30T08:00:00Z");
  EXPECT_EQ(next_after("2026-11-30T08:00:00Z"), "2026-12-01T08:00:00Z");
  EXPECT_EQ(next_after("2026-07-02T07:00:00Z"), "2026-07-03T07:00:00Z");
}

// 8 March and 1 November 2026 are the Sundays of change: days of 23 and of 25 hours.
TEST(PacificMidnight, is_right_on_the_days_the_clocks_change) {
  EXPECT_EQ(next_after("2026-03-07T12:00:00Z"), "2026-03-08T08:00:00Z");
  EXPECT_EQ(next_after("2026-03-08T08:00:00Z"), "2026-03-09T07:00:00Z");
  EXPECT_EQ(next_after("2026-10-31T12:00:00Z"), "2026-11-01T07:00:00Z");
  EXPECT_EQ(next_after("2026-11-01T07:00:00Z"), "2026-11-02T08:00:00Z");
  EXPECT_EQ(next_after("2026-11-02T07:30:00Z"), "2026-11-02T08:00:00Z");
}

}  // namespace
}  // namespace gmail_mcp::google
