#include "mail/imap_smtp/label_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

using imap::SpecialUse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

imap::Folder folder(std::string name, SpecialUse use = SpecialUse::none, bool can_select = true) {
  imap::Folder made;
  made.name = std::move(name);
  made.use = use;
  made.can_select = can_select;
  return made;
}

// As Gmail shows them in German.
const Places gmail{
    {folder("INBOX", SpecialUse::inbox), folder("[Google Mail]", SpecialUse::none, false),
     folder("[Google Mail]/Alle Nachrichten", SpecialUse::all),
     folder("[Google Mail]/Spam", SpecialUse::junk),
     folder("[Google Mail]/Papierkorb", SpecialUse::trash),
     folder("[Google Mail]/Markiert", SpecialUse::flagged), folder("Work")},
    true};
const Places plain{{folder("INBOX", SpecialUse::inbox), folder("Trash", SpecialUse::trash),
                    folder("Archive", SpecialUse::archive), folder("Work")},
                   false};

TEST(LabelChange, labels_become_labels_flags_and_moves) {
  const auto change = plan_change({"Work", "STARRED", "UNREAD"}, {"INBOX"}, gmail, true).value();
  EXPECT_THAT(change.add_labels, ElementsAre("Work"));
  EXPECT_THAT(change.remove_labels, ElementsAre("\\Inbox"));
  EXPECT_THAT(change.add_flags, ElementsAre("\\Flagged"));
  EXPECT_THAT(change.remove_flags, ElementsAre("\\Seen"));
  EXPECT_FALSE(change.target(SpecialUse::all));
  EXPECT_EQ(plan_change({"TRASH"}, {}, gmail, true).value().target(SpecialUse::all),
            SpecialUse::trash);
}

TEST(LabelChange, a_message_comes_out_of_spam_and_trash) {
  EXPECT_EQ(plan_change({}, {"SPAM"}, gmail, true).value().target(SpecialUse::junk),
            SpecialUse::all);
  EXPECT_EQ(plan_change({"INBOX"}, {"SPAM"}, gmail, true).value().target(SpecialUse::junk),
            SpecialUse::inbox);
  EXPECT_FALSE(plan_change({}, {"SPAM"}, gmail, true).value().target(SpecialUse::all));
}

TEST(LabelChange, what_does_not_exist_or_is_gmails_own_is_refused) {
  for (const auto* id : {"Label_4711", "SENT", "DRAFT", "CATEGORY_SOCIAL", "\\Inbox", "work",
                         "[Google Mail]", "[Google Mail]/Spam"}) {
    const auto planned = plan_change({id}, {}, gmail, true);
    ASSERT_FALSE(planned) << id;
    EXPECT_EQ(planned.error().code, Errc::invalid_argument) << id;
  }
}

TEST(LabelChange, elsewhere_there_are_flags_and_folders_but_no_labels) {
  EXPECT_EQ(plan_change({}, {"INBOX"}, plain, false).value().target(SpecialUse::inbox),
            SpecialUse::archive);
  EXPECT_TRUE(plan_change({"STARRED"}, {"UNREAD"}, plain, false));
  const auto labelled = plan_change({"Work"}, {}, plain, false);
  ASSERT_FALSE(labelled);
  EXPECT_EQ(labelled.error().code, Errc::unsupported);
}

TEST(Places, are_found_by_their_use) {
  EXPECT_EQ(gmail.named("spam")->folder, "[Google Mail]/Spam");
  EXPECT_EQ(gmail.find(SpecialUse::all)->folder, "[Google Mail]/Alle Nachrichten");
  EXPECT_EQ(gmail.everywhere().size(), 3U);
  EXPECT_FALSE(gmail.find(SpecialUse::sent));
}

TEST(Places, without_all_mail_every_folder_is_looked_into) {
  const Places hidden{{folder("Work"), folder("INBOX", SpecialUse::inbox),
                       folder("Starred", SpecialUse::flagged), folder("Spam", SpecialUse::junk)},
                      true};
  std::vector<std::string> names;
  for (const auto& place : hidden.everywhere()) names.push_back(place.folder);
  EXPECT_THAT(names, ElementsAre("INBOX", "Work", "Spam"));
  const SearchReach usual;
  EXPECT_EQ(hidden.reached(usual).size(), 2U);
}

TEST(Places, labels_have_the_rest_apis_ids_or_their_names) {
  std::vector<std::string> ids;
  for (const auto& label : labels_of(gmail.folders())) ids.push_back(label.id.str());
  EXPECT_THAT(ids, ElementsAre("INBOX", "SPAM", "TRASH", "STARRED", "Work", "UNREAD"));
}

}  // namespace
}  // namespace gmail_mcp::mail
