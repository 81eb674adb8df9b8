#include "mail/imap_smtp/plain_search.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

TEST(PlainSearch, says_what_imap_can) {
  for (const auto* query :
       {"", "invoice", "\"two words\" -spam", "from:ann to:bob cc:x bcc:y subject:\"a b\"",
        "is:unread is:starred -is:read", "after:2026/02/01 before:2026-03-01 older:2026/1/2",
        "larger:5M smaller:100k larger:1000", "rfc822msgid:a@b", "in:sent invoice", "Grüße"}) {
    EXPECT_TRUE(plain_search(query, {})) << query;
  }
}

TEST(PlainSearch, what_imap_cannot_is_unsupported_and_never_half_done) {
  for (const auto* query :
       {"has:attachment", "a OR b", "{a b}", "(a b)", "label:work", "category:social",
        "newer_than:2d", "filename:pdf", "is:important", "after:yesterday", "after:2026/13/01",
        "larger:big", "from:", "in:inbox in:sent", "in:anywhere", "unknown:thing"}) {
    const auto search = plain_search(query, {});
    ASSERT_FALSE(search) << query;
    EXPECT_EQ(search.error().code, Errc::unsupported) << query;
    EXPECT_EQ(search.error().message.find("unknown:"), std::string::npos);
  }
}

TEST(PlainSearch, a_folder_is_named_by_in_or_by_a_label_id) {
  EXPECT_EQ(plain_search("in:sent", {}).value().folder, "sent");
  EXPECT_EQ(plain_search("x", {"Work", "UNREAD"}).value().folder, "Work");
  EXPECT_EQ(plain_search("in:\"My folder\"", {}).value().folder, "My folder");
  EXPECT_FALSE(plain_search("", {"Work", "INBOX"}));
}

}  // namespace
}  // namespace gmail_mcp::mail
