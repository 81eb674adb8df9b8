#include "mail/imap_smtp/feed_cursor.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

TEST(FeedCursorTest, ComesBackAsItWasWritten) {
  const FeedCursor cursor{.is_gmail = true,
                          .has_gone = true,
                          .checked = Timestamp{std::chrono::milliseconds{1'767'225'600'123}},
                          .folders = {{.name = "[Gmail]/Alle \"Nachrichten\" \xc3\xbc",
                                       .uid_validity = 4'000'000'000U,
                                       .next = 4'294'967'295U,
                                       .modseq = 18'446'744'073'709'551'615U,
                                       .known = 5,
                                       .below = 6,
                                       .check = 7}}};
  EXPECT_EQ(FeedCursor::parse(cursor.to_text()), cursor);
  EXPECT_EQ(FeedCursor::parse(FeedCursor{}.to_text()), FeedCursor{});
}

TEST(FeedCursorTest, WhatIsNotOursIsNoCursor) {
  for (const auto* wrong :
       {"", "12345", "{}", "[]", R"({"imap":2,"gmail":true,"gone":false,"checked":0,"folders":[]})",
        R"({"imap":1,"gmail":true,"gone":false,"checked":0,"folders":[["a",1,0,0,0,0,0]]})",
        R"({"imap":1,"gmail":true,"gone":false,"checked":0,"folders":[["a",1,-1,0,0,0,0]]})",
        R"({"imap":1,"gmail":true,"gone":false,"checked":0,"folders":[["a",1]]})"}) {
    EXPECT_FALSE(FeedCursor::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
