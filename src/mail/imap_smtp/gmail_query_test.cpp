#include "mail/imap_smtp/gmail_query.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

constexpr SearchReach usual{};
constexpr SearchReach spam{.all_mail = false, .spam = true};
constexpr SearchReach trash{.all_mail = false, .trash = true};
constexpr SearchReach everything{.all_mail = true, .spam = true, .trash = true};

TEST(GmailQuery, looks_into_spam_and_trash_only_when_they_are_named) {
  EXPECT_EQ(reach_of("", {}), usual);
  EXPECT_EQ(reach_of("invoice from:ann", {}), usual);
  EXPECT_EQ(reach_of("in:spam invoice", {}), spam);
  EXPECT_EQ(reach_of("invoice IN:Trash", {}), trash);
  EXPECT_EQ(reach_of("label:spam", {}), spam);
  EXPECT_EQ(reach_of("in:bin", {}), trash);
  EXPECT_EQ(reach_of("in:anywhere invoice", {}), everything);
  EXPECT_EQ(reach_of("", {"TRASH"}), trash);
  EXPECT_EQ(reach_of("", {"INBOX", "UNREAD"}), usual);
}

TEST(GmailQuery, what_is_quoted_or_excluded_names_no_place) {
  EXPECT_EQ(reach_of("\"in:spam\"", {}), usual);
  EXPECT_EQ(reach_of("-in:spam", {}), usual);
  EXPECT_EQ(reach_of("begin:spam", {}), usual);
  EXPECT_EQ(reach_of("in:spammers", {}), usual);
}

TEST(GmailQuery, a_choice_looks_into_both) {
  EXPECT_EQ(reach_of("in:spam OR in:inbox", {}), (SearchReach{.all_mail = true, .spam = true}));
  EXPECT_EQ(reach_of("{in:trash in:inbox}", {}), (SearchReach{.all_mail = true, .trash = true}));
  EXPECT_EQ(reach_of("(in:trash invoice)", {}), trash);
}

}  // namespace
}  // namespace gmail_mcp::mail
