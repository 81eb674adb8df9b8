#include "mail/testing/query.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mail::memory {
namespace {

class MemoryQueryTest : public testing::Test {
 protected:
  MemoryQueryTest() {
    message_.subject = "Quarterly report";
    message_.from = {"Ann Lee", "ann@example.org"};
    message_.to = {{"", "bob@example.org"}};
    message_.body_plain = "The numbers are in.";
    message_.labels = {"INBOX", "UNREAD", "Label_1"};
    message_.attachments = {{"1", "numbers.xlsx", "application/x", 1}};
    message_.has_attachments = true;
    message_.message_id_header = "<1@Example.org>";
    message_.date = parse_iso8601("2026-01-10T12:00:00Z").value();
    model::Label work;
    work.id = model::LabelId{"Label_1"};
    work.name = "Work/Big Projects";
    labels_ = {work};
  }

  bool matches(std::string_view text) const {
    return Query::parse(text).value().matches({message_, labels_}, now_);
  }

  model::Message message_;
  std::vector<model::Label> labels_;
  Timestamp now_ = parse_iso8601("2026-01-12T00:00:00Z").value();
};

TEST_F(MemoryQueryTest, WhatMatches) {
  for (const auto* text : {"",
                           "  ",
                           "numbers",
                           "REPORT",
                           "\"numbers are\"",
                           "from:ann",
                           "from:\"Ann Lee\"",
                           "to:bob",
                           "subject:quarterly",
                           "is:unread",
                           "in:inbox",
                           "label:work-big-projects",
                           "has:attachment",
                           "filename:xlsx",
                           "rfc822msgid:1@example.org",
                           "after:2026/01/10",
                           "before:2026-01-11",
                           "newer_than:3d",
                           "-older_than:3d",
                           "-from:bob",
                           "-is:starred",
                           "from:ann -nowhere is:unread",
                           "after:1767225600"}) {
    EXPECT_TRUE(matches(text)) << text;
  }
}

TEST_F(MemoryQueryTest, WhatDoesNot) {
  for (const auto* text : {"nowhere", "from:bob", "-report", "is:read", "is:starred", "in:sent",
                           "label:home", "before:2026/01/10", "older_than:1m", "newer_than:x",
                           "after:yesterday", "report nowhere"}) {
    EXPECT_FALSE(matches(text)) << text;
  }
}

TEST_F(MemoryQueryTest, AnUnknownOperatorSaysSo) {
  EXPECT_EQ(Query::parse("around:corner").error().code, Errc::unsupported);
}

TEST_F(MemoryQueryTest, TrashIsReachedByNameOnly) {
  EXPECT_FALSE(Query::parse("report").value().reaches("TRASH"));
  EXPECT_TRUE(Query::parse("in:trash").value().reaches("TRASH"));
  EXPECT_TRUE(Query::parse("in:anywhere").value().reaches("SPAM"));
  EXPECT_FALSE(Query::parse("-in:trash").value().reaches("TRASH"));
}

}  // namespace
}  // namespace gmail_mcp::mail::memory
