#include "mail/imap_smtp/feed_cursor.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

TEST(FeedCursorTest, ComesBackAsItWasWritten) {
  const FeedCursor cursor{.is_gmail = true,
                          .has_gone = true,
                          .checked = Timestamp{std::chrono::milliseconds{1'767'225'600'123}},
                          .is_walking = true,
                          .was_spared = true,
                          .retried = Timestamp{std::chrono::milliseconds{1'767'225'600'124}},
                          .one_by_one = Timestamp{std::chrono::milliseconds{14}},
                          .folders = {{.name = "[Gmail]/Alle \"Nachrichten\" \xc3\xbc",
                                       .uid_validity = 4'000'000'000U,
                                       .next = 4'294'967'295U,
                                       .modseq = 18'446'744'073'709'551'615U,
                                       .known = 5,
                                       .below = 6,
                                       .check = 7,
                                       .at_once = 8,
                                       .missing = {9, 10, 12},
                                       .again = 13,
                                       .losses = 15,
                                       .shut = Timestamp{std::chrono::milliseconds{16}},
                                       .mute = Timestamp{std::chrono::milliseconds{17}}}}};
  EXPECT_EQ(FeedCursor::parse(cursor.to_text()), cursor);
  EXPECT_EQ(FeedCursor::parse(FeedCursor{}.to_text()), FeedCursor{});
}

TEST(FeedCursorTest, WhatAnEarlierVersionWroteGoesOnWithAWalkThatIsDue) {
  const auto old = FeedCursor::parse(
      R"({"imap":1,"gmail":true,"gone":false,"checked":9,"folders":[["INBOX",1,5,7,3,2,0]]})");
  ASSERT_TRUE(old.has_value());
  EXPECT_TRUE(old->has_gone);
  EXPECT_EQ(old->checked, Timestamp{});
  const FolderPlace place{
      .name = "INBOX", .uid_validity = 1, .next = 5, .modseq = 7, .known = 3, .below = 2};
  EXPECT_EQ(old->folders, std::vector{place});
}

TEST(FeedCursorTest, WhatKnewOfNoFolderThatCostsTheConnectionIsReadAsItIs) {
  const auto before = FeedCursor::parse(
      R"({"imap":2,"gmail":true,"gone":false,"checked":9,"walking":false,"spared":true,"retried":8,)"
      R"("folders":[["INBOX",1,5,7,3,2,0,4,"1:2",3]]})");
  ASSERT_TRUE(before.has_value());
  const FeedCursor cursor{.is_gmail = true,
                          .checked = Timestamp{std::chrono::milliseconds{9}},
                          .was_spared = true,
                          .retried = Timestamp{std::chrono::milliseconds{8}},
                          .folders = {{.name = "INBOX",
                                       .uid_validity = 1,
                                       .next = 5,
                                       .modseq = 7,
                                       .known = 3,
                                       .below = 2,
                                       .at_once = 4,
                                       .missing = {1, 2},
                                       .again = 3}}};
  EXPECT_EQ(*before, cursor);
}

TEST(FeedCursorTest, WhatIsNotOursIsNoCursor) {
  for (const auto* wrong :
       {"", "12345", "{}", "[]", R"({"imap":3,"gmail":true,"gone":false,"checked":0,"folders":[]})",
        R"({"imap":2,"gmail":true,"gone":false,"checked":0,"folders":[]})",
        R"({"imap":1,"gmail":true,"gone":false,"checked":0,"folders":[["a",1,0,0,0,0,0]]})",
        R"({"imap":1,"gmail":true,"gone":false,"checked":0,"folders":[["a",1,-1,0,0,0,0]]})",
        R"({"imap":1,"gmail":true,"gone":false,"checked":0,"folders":[["a",1]]})"}) {
    EXPECT_FALSE(FeedCursor::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
