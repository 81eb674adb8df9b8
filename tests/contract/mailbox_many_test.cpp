// Many messages at once, and less than whole messages.
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST_P(OrganisingContract, many_go_to_the_trash_and_back_by_its_label) {
  std::vector<model::MessageId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(deliver(letter("Mail")));
  auto changes = wait_for(mailbox().modify_many(ids, Provenance::given, {"TRASH"}, {"INBOX"}));
  for (const auto& one : changes) EXPECT_FALSE(one.failure);
  EXPECT_THAT(found(""), ::testing::IsEmpty());
  EXPECT_THAT(found("in:trash"), SizeIs(3));
  changes = wait_for(mailbox().modify_many(ids, Provenance::given, {}, {"TRASH"}));
  for (const auto& one : changes) EXPECT_FALSE(one.failure);
  EXPECT_THAT(found(""), SizeIs(3));
  EXPECT_THAT(read(ids[0]).labels, Not(Contains("INBOX")));
}

TEST_P(SearchContract, ids_are_found_without_messages_page_by_page) {
  std::vector<model::MessageId> all;
  for (int i = 0; i < 5; ++i) all.insert(all.begin(), deliver(letter("Mail")));
  deliver(letter("Another"));
  std::vector<model::MessageId> seen;
  std::string token;
  do {
    Query query;
    query.text = "subject:mail";
    query.max_results = 2;
    query.page_token = token;
    auto page = wait_for(mailbox().search_ids(query));
    EXPECT_LE(page.ids.size(), 2U);
    seen.insert(seen.end(), page.ids.begin(), page.ids.end());
    token = page.next_page_token;
  } while (!token.empty());
  EXPECT_EQ(seen, all);
}

TEST_P(OrganisingContract, names_of_labels_are_those_of_the_labels) {
  world_->add_label("Work");
  const auto names = wait_for(mailbox().label_names());
  const auto whole = wait_for(mailbox().labels());
  ASSERT_EQ(names.size(), whole.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(names[i].id, whole[i].id);
    EXPECT_EQ(names[i].name, whole[i].name);
    EXPECT_EQ(names[i].is_system, whole[i].is_system);
  }
}

TEST_P(MailboxContract, the_source_is_the_mail_as_it_came) {
  if (!GetParam().claims.sources) return;
  const auto mail = letter("Source", "Hello.", "X-Odd: yes\r\n");
  // Whoever delivers it puts lines of its own before the sender's.
  EXPECT_THAT(wait_for(mailbox().source(deliver(mail))), ::testing::EndsWith(mail));
  EXPECT_EQ(code_of(mailbox().source(model::MessageId{"18cffffffffffff0"})), Errc::not_found);
}

TEST_P(OrganisingContract, labels_of_given_messages_change_and_each_says_whether_it_did) {
  const auto first = deliver(letter("One"));
  const auto second = deliver(letter("Two"));
  const model::MessageId missing{"18cffffffffffff0"};
  const auto changes = wait_for(
      mailbox().modify_many({first, missing, second}, Provenance::given, {"STARRED"}, {"UNREAD"}));
  ASSERT_THAT(changes, SizeIs(3));
  EXPECT_EQ(changes[0].id, first);
  EXPECT_FALSE(changes[0].failure);
  ASSERT_TRUE(changes[1].failure);
  EXPECT_EQ(changes[1].failure->code, Errc::not_found);
  EXPECT_FALSE(changes[2].failure);
  for (const auto& id : {first, second}) {
    EXPECT_THAT(read(id).labels, Contains("STARRED"));
    EXPECT_THAT(read(id).labels, Not(Contains("UNREAD")));
  }
}

TEST_P(OrganisingContract, nothing_is_said_to_have_changed_when_the_only_message_is_missing) {
  const model::MessageId missing{"18cffffffffffff0"};
  const auto changes =
      wait_for(mailbox().modify_many({missing}, Provenance::given, {"STARRED"}, {}));
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_TRUE(changes[0].failure);
}

TEST_P(OrganisingContract, labels_of_many_listed_messages_change) {
  for (int i = 0; i < 120; ++i) deliver(letter("Mail"));
  Query query;
  query.max_results = 500;
  std::vector<model::MessageId> ids;
  do {
    auto page = wait_for(mailbox().search_ids(query));
    ids.insert(ids.end(), page.ids.begin(), page.ids.end());
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());
  ASSERT_THAT(ids, SizeIs(120));
  const auto changes = wait_for(mailbox().modify_many(ids, Provenance::listed, {"STARRED"}, {}));
  ASSERT_THAT(changes, SizeIs(120));
  for (const auto& one : changes) EXPECT_FALSE(one.failure);
  EXPECT_THAT(read(ids.front()).labels, Contains("STARRED"));
  EXPECT_THAT(read(ids.back()).labels, Contains("STARRED"));
}

TEST_P(OrganisingContract, a_label_that_does_not_exist_fails_the_whole_change) {
  const auto id = deliver(letter("One"));
  for (const auto provenance : {Provenance::given, Provenance::listed}) {
    EXPECT_EQ(code_of(mailbox().modify_many({id}, provenance, {"Label_none"}, {})),
              Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
