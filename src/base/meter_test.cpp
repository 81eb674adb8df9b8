#include "base/meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Meter, ShowsCountersWithTheirLabelsInTheTextFormatOfPrometheus) {
  Meter meter;
  meter.counter("calls_total", "Calls.", {{"tool", "search"}, {"outcome", "ok"}}).add();
  meter.counter("calls_total", "Calls.", {{"tool", "search"}, {"outcome", "ok"}}).add(2);
  meter.counter("calls_total", "Calls.", {{"tool", "send"}, {"outcome", "ok"}}).add();
  const auto text = meter.text();
  EXPECT_THAT(text, HasSubstr("# HELP calls_total Calls.\n# TYPE calls_total counter\n"));
  EXPECT_THAT(text, HasSubstr("calls_total{outcome=\"ok\",tool=\"search\"} 3"));
  EXPECT_THAT(text, HasSubstr("calls_total{outcome=\"ok\",tool=\"send\"} 1"));
}

TEST(Meter, SortsDurationsIntoBuckets) {
  Meter meter;
  auto& histogram = meter.histogram("took_seconds", "How long.", {});
  histogram.observe(0.004);
  histogram.observe(0.2);
  const auto text = meter.text();
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{le=\"0.005\"} 1"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{le=\"0.25\"} 2"));
  EXPECT_THAT(text, HasSubstr("took_seconds_count 2"));
}

TEST(Meter, AsksForNumbersThatSomebodyElseKeepsWhenTheTextIsMade) {
  Meter meter;
  double open = 1;
  meter.ask(Meter::Kind::gauge, "open_streams", "Streams.", {}, [&] { return open; });
  EXPECT_THAT(meter.text(), HasSubstr("open_streams 1"));
  open = 7;
  EXPECT_THAT(meter.text(), HasSubstr("open_streams 7"));
  EXPECT_THAT(meter.text(), Not(HasSubstr("open_streams 1")));
}

TEST(Meter, EscapesWhatALabelMayHold) {
  Meter meter;
  meter.counter("odd_total", "Odd.", {{"text", "a\"b\\c\nd"}}).add();
  EXPECT_THAT(meter.text(), HasSubstr(R"(odd_total{text="a\"b\\c\nd"} 1)"));
}

}  // namespace
}  // namespace gmail_mcp
