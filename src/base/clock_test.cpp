#include "base/clock.h"

#include <gtest/gtest.h>

namespace gmail_mcp {
namespace {

using std::chrono::milliseconds;

Timestamp at(std::int64_t millis) { return Timestamp{milliseconds{millis}}; }

TEST(Iso8601, times_are_written_in_utc_with_milliseconds_only_when_there_are_any) {
  EXPECT_EQ(to_iso8601(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_iso8601(at(1'767'225'600'000)), "2026-01-01T00:00:00Z");
  EXPECT_EQ(to_iso8601(at(1'767'225'600'007)), "2026-01-01T00:00:00.007Z");
  EXPECT_EQ(to_iso8601(at(951'868'799'999)), "2000-02-29T23:59:59.999Z");
}

TEST(Iso8601, every_form_that_databases_and_google_write_is_read) {
  const auto noon = at(1'767'268'800'000);
  for (const auto* text : {"2026-01-01T12:00:00Z", "2026-01-01 12:00:00", "2026-01-01T12:00:00",
                           "2026-01-01T12:00:00.000000+00:00", "2026-01-01T14:00:00+02:00",
                           "2026-01-01T04:30:00-0730", "2026-01-01T12:00Z"}) {
    const auto time = parse_iso8601(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(*time, noon) << text;
  }
  EXPECT_EQ(*parse_iso8601("2026-01-01T12:00:00.123456Z"), noon + milliseconds{123});
}

TEST(Iso8601, what_is_written_is_read_back) {
  for (std::int64_t millis : {0LL, 1LL, 999LL, 86'399'999LL, 1'767'225'600'123LL}) {
    EXPECT_EQ(*parse_iso8601(to_iso8601(at(millis))), at(millis));
  }
}

TEST(Iso8601, anything_else_is_refused) {
  for (const auto* text :
       {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:00X", "2026-1-1", "2026-01-01T00:00:00+1"}) {
    EXPECT_FALSE(parse_iso8601(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace gmail_mcp
