#include "mcp/event_log.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mcp {
namespace {

class EventLogTest : public testing::Test {
 protected:
  std::string rest(std::string_view id) {
    const auto found = log.find(id);
    if (!found) return "unknown";
    if (!log.is_whole_since(*found)) return "incomplete";
    std::string texts;
    auto place = *found;
    while (const auto* event = log.next(place)) {
      texts += event->text + ' ';
      place.seen = event->number;
    }
    return texts;
  }

  boost::asio::io_context loop;
  FairShare share{{std::size_t{1} << 20, std::size_t{1} << 20}};
  EventLog log{share.hold("ann")};
};

TEST_F(EventLogTest, TellsWhatCameAfterAnEventOfThatStreamOnly) {
  const auto call = log.begin_call();
  const auto opening = log.opening_id(call);
  const auto first = log.add(call, "a");
  const auto news = log.add(0, "n");
  log.add(call, "b");
  EXPECT_EQ(rest(opening), "a b ");
  EXPECT_EQ(rest(first), "b ");
  EXPECT_EQ(rest(news), "");
  log.add(0, "m");
  EXPECT_EQ(rest(news), "m ");
}

TEST_F(EventLogTest, KnowsItsOwnIdsOnly) {
  const auto call = log.begin_call();
  const auto id = log.add(call, "a");
  EventLog other{share.hold("ann")};
  other.add(other.begin_call(), "x");
  EXPECT_FALSE(other.find(id));
  for (const auto* strange : {"", "_", ".", "._", "x.1_1", "1_1", "18446744073709551616"}) {
    EXPECT_FALSE(log.find(strange)) << strange;
  }
  EXPECT_FALSE(log.find(id + "0")) << "an event that is yet to come";
  EXPECT_TRUE(EventLog::is_of_own_stream(other.opening_id(0)));
  EXPECT_FALSE(EventLog::is_of_own_stream(id));
}

TEST_F(EventLogTest, TheOldestMakeRoomAndAGapIsNoticed) {
  const auto start = log.opening_id(0);
  std::string last;
  for (std::size_t i = 0; i < EventLog::most_events; ++i) last = log.add(0, "x");
  EXPECT_NE(rest(start), "incomplete");
  log.add(0, "y");
  EXPECT_EQ(rest(start), "incomplete");
  EXPECT_EQ(rest(last), "y ");
  for (int i = 0; i < 10; ++i) log.add(0, std::string(EventLog::most_bytes / 4, 'z'));
  EXPECT_LE(share.counts().used, EventLog::most_bytes);
  const auto before = log.add(0, "y");
  log.add(0, std::string(EventLog::most_bytes + 1, 'z'));
  EXPECT_EQ(rest(before), "incomplete") << "one that is too long is not kept";
}

TEST_F(EventLogTest, NobodyKeepsMoreThanTheirShare) {
  FairShare small{{1000, 500}};
  EventLog anns{small.hold("ann")};
  const auto start = anns.opening_id(0);
  for (int i = 0; i < 20; ++i) anns.add(0, std::string(100, 'x'));
  EXPECT_LE(small.counts().largest, 500U);
  EXPECT_FALSE(anns.is_whole_since(*anns.find(start)));
  EventLog bobs{small.hold("bob")};
  const auto opening = bobs.opening_id(0);
  bobs.add(0, std::string(100, 'x'));
  EXPECT_TRUE(bobs.is_whole_since(*bobs.find(opening)));
}

TEST_F(EventLogTest, TheNewestSenderOfAStreamReplacesThoseBefore) {
  const auto call = log.begin_call();
  Wakeup first_wakeup{loop.get_executor()};
  Wakeup second_wakeup{loop.get_executor()};
  const EventLog::Sender first{log, call, first_wakeup};
  EXPECT_FALSE(first.is_replaced());
  {
    const EventLog::Sender second{log, call, second_wakeup};
    EXPECT_TRUE(first.is_replaced());
    EXPECT_FALSE(second.is_at_end());
    log.end(call);
    EXPECT_TRUE(second.is_at_end());
  }
  EXPECT_FALSE(log.find(log.opening_id(call))) << "it is over and nothing of it is kept";
}

TEST_F(EventLogTest, AnAnswerThatIsDroppedIsLost) {
  int lost = 0;
  const auto call = log.begin_call();
  log.add(call, "answer");
  log.expect_delivery(call, Receipt{[&lost] { ++lost; }});
  EXPECT_EQ(lost, 0);
  for (std::size_t i = 0; i < EventLog::most_events; ++i) log.add(0, "x");
  EXPECT_EQ(lost, 1);
}

}  // namespace
}  // namespace gmail_mcp::mcp
