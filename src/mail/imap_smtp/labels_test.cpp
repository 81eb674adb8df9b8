#include "mail/imap_smtp/labels.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

using imap::SpecialUse;
using Labels = std::vector<std::string>;

imap::Fetched message(Labels flags, std::optional<Labels> gmail = std::nullopt) {
  imap::Fetched fetched;
  fetched.flags = std::move(flags);
  fetched.gmail_labels = std::move(gmail);
  return fetched;
}

TEST(LabelsTest, GmailsLabelsGetTheIdsOfItsRestApi) {
  const auto seen = message({"\\Seen"}, Labels{"\\Inbox", "work", "\\Important", "\\Sent"});
  EXPECT_EQ(label_ids(seen, SpecialUse::all, "[Gmail]/Alle Nachrichten"),
            (Labels{"INBOX", "IMPORTANT", "SENT", "work"}));
}

TEST(LabelsTest, WhatIsNotSeenIsUnreadAndWhatIsFlaggedIsStarredOnce) {
  EXPECT_EQ(label_ids(message({"\\Flagged"}, Labels{"\\Starred"}), SpecialUse::all, "All"),
            (Labels{"UNREAD", "STARRED"}));
  imap::Fetched untold;
  EXPECT_EQ(label_ids(untold, SpecialUse::all, "All"), Labels{});
}

TEST(LabelsTest, TheFolderAMessageIsFoundInIsALabelTheServerDoesNotTell) {
  EXPECT_EQ(label_ids(message({"\\Seen"}, Labels{"work"}), SpecialUse::trash, "[Gmail]/Papierkorb"),
            (Labels{"TRASH", "work"}));
  EXPECT_EQ(label_ids(message({"\\Seen"}), SpecialUse::none, "Projekte/Ä"), Labels{"Projekte/Ä"});
  EXPECT_EQ(label_ids(message({"\\Seen"}), SpecialUse::inbox, "INBOX"), Labels{"INBOX"});
}

TEST(LabelsTest, FlagsPlacesAndLabelsAreChangedInDifferentWays) {
  EXPECT_EQ(label_action("UNREAD").name, "\\Seen");
  EXPECT_TRUE(label_action("UNREAD").is_inverse);
  EXPECT_EQ(label_action("STARRED").kind, LabelAction::Kind::flag);
  EXPECT_EQ(label_action("TRASH").place, SpecialUse::trash);
  EXPECT_EQ(label_action("INBOX").name, "\\Inbox");
  EXPECT_EQ(label_action("my label").name, "my label");
  for (const auto* fixed : {"SENT", "DRAFT", "CATEGORY_SOCIAL", "\\Trash"}) {
    EXPECT_EQ(label_action(fixed).kind, LabelAction::Kind::fixed) << fixed;
  }
}

TEST(LabelsTest, FoldersAreLabelsExceptAllMailAndWhatCannotBeOpened) {
  EXPECT_EQ(label_of_folder({.name = "[Gmail]/Gesendet", .use = SpecialUse::sent}), "SENT");
  EXPECT_EQ(label_of_folder({.name = "work/2026"}), "work/2026");
  EXPECT_FALSE(label_of_folder({.name = "[Gmail]/Alle", .use = SpecialUse::all}));
  EXPECT_FALSE(label_of_folder({.name = "[Gmail]", .can_select = false}));
}

TEST(LabelsTest, AGmailIdIsTheHexadecimalNumber) {
  EXPECT_EQ(gmail_id(1278455344230334865U), "11bdfc5cae0c8191");
  EXPECT_EQ(gmail_number("11bdfc5cae0c8191"), 1278455344230334865U);
  for (const auto* wrong : {"", "0011", "xyz", "11BD", "11bdfc5cae0c81911", "-1"}) {
    EXPECT_FALSE(gmail_number(wrong)) << wrong;
  }
}

TEST(LabelsTest, APlainIdIsOneWayToSayOnePlace) {
  const PlainId place{.folder = "Entwürfe/ä", .uid_validity = 4'000'000'000U, .uid = 7};
  const auto id = plain_id(place);
  ASSERT_TRUE(id);
  EXPECT_EQ(
      id->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"),
      std::string::npos);
  EXPECT_EQ(parse_plain_id(*id), place);
  EXPECT_FALSE(parse_plain_id(*id + "="));
  EXPECT_FALSE(parse_plain_id(id->substr(2)));
  EXPECT_FALSE(parse_plain_id("i-"));
  EXPECT_FALSE(parse_plain_id("i-AAAAAAAAAAA"));
  EXPECT_FALSE(plain_id({.folder = std::string(300, 'x'), .uid_validity = 1, .uid = 1}));
}

}  // namespace
}  // namespace gmail_mcp::mail
