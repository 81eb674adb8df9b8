// Labels themselves: made, changed and deleted.
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

LabelWish named(std::string name) {
  LabelWish wish;
  wish.name = std::move(name);
  return wish;
}

class LabelContract : public MailboxContract {
 protected:
  /// The names of the labels people made.
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (auto& label : wait_for(mailbox().label_names())) {
      if (!label.is_system) names.push_back(std::move(label.name));
    }
    return names;
  }

  model::Label made(std::string name) {
    return wait_for(mailbox().create_label(named(std::move(name))));
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, LabelContract,
                         backends_with(&Capabilities::labels, &Capabilities::changes),
                         backend_name);

TEST_P(LabelContract, a_label_that_was_made_can_be_used_at_once) {
  const auto work = made("Work");
  EXPECT_EQ(work.name, "Work");
  EXPECT_FALSE(work.is_system);
  const auto within = made("Work/Große Projekte");
  EXPECT_THAT(names(), UnorderedElementsAre("Work", "Work/Große Projekte"));
  const auto id = deliver(letter("One"), {"INBOX"});
  EXPECT_THAT(wait_for(mailbox().modify_labels(id, {within.id.str(), work.id.str()}, {})),
              UnorderedElementsAre("INBOX", within.id.str(), work.id.str()));
}

TEST_P(LabelContract, a_name_that_is_taken_or_impossible_is_refused_and_nothing_is_made) {
  made("Work");
  made("Home");
  for (const auto* name : {"Work", "work"}) {
    EXPECT_EQ(code_of(mailbox().create_label(named(name))), Errc::conflict) << name;
  }
  const auto home = made("Away").id;
  EXPECT_EQ(code_of(mailbox().update_label(home, named("WORK"))), Errc::conflict);
  for (const std::string name : {"", " Work", "Work/", "/Work", "a//b", "INBOX", "Inbox", "sent",
                                 "a\r\nb", "\xff", "trash"}) {
    EXPECT_EQ(code_of(mailbox().create_label(named(name))), Errc::invalid_argument) << name;
    EXPECT_EQ(code_of(mailbox().update_label(home, named(name))), Errc::invalid_argument) << name;
  }
  EXPECT_EQ(code_of(mailbox().create_label(named(std::string(226, 'a')))), Errc::invalid_argument);
  EXPECT_EQ(code_of(mailbox().create_label({})), Errc::invalid_argument);
  EXPECT_THAT(names(), UnorderedElementsAre("Work", "Home", "Away"));
}

TEST_P(LabelContract, a_label_is_renamed_with_those_within_it_and_keeps_its_messages) {
  auto work = made("Work");
  const auto clients = made("Work/Clients");
  made("Workshop");
  const auto id = deliver(letter("One"), {"INBOX", work.id.str(), clients.id.str()});
  const auto job = wait_for(mailbox().update_label(work.id, named("Job/2026")));
  EXPECT_EQ(job.name, "Job/2026");
  EXPECT_THAT(names(), UnorderedElementsAre("Job/2026", "Job/2026/Clients", "Workshop"));
  EXPECT_THAT(read(id).labels, Contains(job.id.str()));
  Query query;
  query.label_ids = {job.id.str()};
  EXPECT_EQ(wait_for(mailbox().search(query)).messages.size(), 1U);
}

TEST_P(LabelContract, a_label_whose_inner_one_would_meet_another_is_not_renamed_at_all) {
  const auto work = made("Work");
  made("Work/Plans");
  made("home/plans");
  const auto before = names();
  EXPECT_EQ(code_of(mailbox().update_label(work.id, named("Home"))), Errc::conflict);
  EXPECT_EQ(names(), before);
}

TEST_P(LabelContract, a_label_may_be_moved_into_itself_and_change_its_case) {
  auto work = made("Work");
  made("Work/A");
  work = wait_for(mailbox().update_label(work.id, named("Work/B")));
  EXPECT_EQ(work.name, "Work/B");
  EXPECT_THAT(names(), Contains("Work/B/A"));
}

TEST_P(LabelContract, a_deleted_label_is_taken_off_messages_that_stay) {
  const auto work = made("Work");
  made("Work/Clients");
  const auto id = deliver(letter("One"), {"INBOX", work.id.str()});
  deliver(letter("Two"), {work.id.str()});
  deliver(letter("Three"), {"INBOX"});
  const auto gone = wait_for(mailbox().delete_label(work.id));
  EXPECT_EQ(gone.name, "Work");
  EXPECT_EQ(gone.messages_total, 2);
  EXPECT_THAT(names(), UnorderedElementsAre("Work/Clients"));
  EXPECT_THAT(read(id).labels, UnorderedElementsAre("INBOX"));
  EXPECT_EQ(found("").size(), 3U);
  EXPECT_EQ(code_of(mailbox().delete_label(work.id)), Errc::not_found);
  EXPECT_EQ(code_of(mailbox().update_label(work.id, named("Home"))), Errc::not_found);
}

TEST_P(LabelContract, gmails_own_labels_are_neither_changed_nor_deleted) {
  for (const auto* id : {"INBOX", "SENT", "TRASH", "STARRED", "UNREAD"}) {
    const model::LabelId own{id};
    EXPECT_EQ(code_of(mailbox().update_label(own, named("Mine"))), Errc::invalid_argument) << id;
    EXPECT_EQ(code_of(mailbox().delete_label(own)), Errc::invalid_argument) << id;
  }
  EXPECT_THAT(names(), Not(Contains("Mine")));
}

TEST_P(LabelContract, looks_are_set_where_labels_are_more_than_folders) {
  auto wish = named("Work");
  wish.background_color = "#ff4422";
  wish.in_label_list = LabelVisibility::show_if_unread;
  wish.in_message_list = false;
  if (GetParam().name == "imap_smtp") {
    EXPECT_EQ(code_of(mailbox().create_label(wish)), Errc::unsupported);
    EXPECT_THAT(names(), Not(Contains("Work")));
    const auto work = made("Work");
    wish.name.reset();
    EXPECT_EQ(code_of(mailbox().update_label(work.id, wish)), Errc::unsupported);
    return;
  }
  const auto work = wait_for(mailbox().create_label(wish));
  LabelWish only_text;
  only_text.text_color = "#000000";
  const auto changed = wait_for(mailbox().update_label(work.id, only_text));
  EXPECT_EQ(changed.background_color, work.background_color);
  EXPECT_EQ(changed.text_color, "#000000");
  EXPECT_EQ(changed.name, "Work");
}

}  // namespace
}  // namespace gmail_mcp::mail
