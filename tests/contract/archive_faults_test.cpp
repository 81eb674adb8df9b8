// What one message, one folder or one token must not do to an archive.
#include "tests/contract/archived_upstream.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

using ArchiveFaults = ArchivedUpstream;
using OneMessage = ArchiveFaults;

TEST_P(OneMessage, that_is_not_given_keeps_nothing_else_back_and_comes_when_it_is) {
  std::vector<std::string> sandbox::MailSwitches::*const all_moods[] = {
      &sandbox::MailSwitches::refused_texts, &sandbox::MailSwitches::fatal_texts,
      &sandbox::MailSwitches::silent_texts, &sandbox::MailSwitches::left_out};
  int number = 0;
  for (const auto mood : all_moods) {
    SCOPED_TRACE(number);
    std::vector<std::string> damaged;
    for (int i = 0; i < 10; ++i) {
      const auto id = deliver("old " + std::to_string(++number));
      if (i == 3 || i == 4) damaged.push_back(id);
    }
    const auto large = deliver("large", std::string(1'200'000, 'x'));
    damaged.push_back(large);
    moods().*mood = damaged;
    const auto before = archived().size();
    EXPECT_EQ(sync(), std::nullopt);
    EXPECT_EQ(archived().size(), before + 8);
    EXPECT_THAT(stuck(), HasSubstr("UID "));

    deliver("new " + std::to_string(number));
    EXPECT_EQ(sync(), std::nullopt);
    EXPECT_EQ(archived().size(), before + 9);

    moods().*mood = {};
    clock_.advance(61min);
    EXPECT_EQ(sync(), std::nullopt);
    EXPECT_EQ(archived(), freshly_archived());
    EXPECT_THAT(stuck(), IsEmpty());
  }
}

TEST_P(OneMessage, that_a_walk_over_labels_cannot_see_is_not_taken_for_removed) {
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  EXPECT_EQ(sync(), std::nullopt);
  moods().left_out = {ids[2]};
  EXPECT_TRUE(upstream().remove(ids[4]).has_value());
  clock_.advance(20min);
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(archived().size(), 5U) << "what a folder does not list any more is gone, and no other";
  EXPECT_TRUE(archived().contains(ids[2]) || GetParam() == Way::plain_imap);
  moods().left_out = {};
  clock_.advance(61min);
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(archived(), freshly_archived());
}

TEST_P(OneMessage, whose_changed_labels_are_refused_is_asked_for_by_itself_and_then_every_hour) {
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  EXPECT_EQ(sync(), std::nullopt);
  const auto before = archived();
  EXPECT_TRUE(upstream().modify(ids[1], {"STARRED"}, {"UNREAD"}).has_value());
  EXPECT_TRUE(upstream().modify(ids[3], {"STARRED"}, {"UNREAD"}).has_value());
  moods().refused_labels = {ids[3]};
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_THAT(stuck(), HasSubstr("(UID 4)"));
  EXPECT_NE(archived(), before);

  EXPECT_EQ(sync(), std::nullopt);  // asks once more
  sandbox().reset_counters();
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(sandbox().counters().requests["imap.UID FETCH"], 0) << "it is asked for in every round";
  EXPECT_THAT(stuck(), HasSubstr("(UID 4)"));

  moods().refused_labels = {};
  clock_.advance(61min);
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(archived(), freshly_archived());
  EXPECT_THAT(stuck(), IsEmpty());

  // Refused once, among the changes, down to the one: then it comes at once.
  for (const auto& id : ids) EXPECT_TRUE(upstream().modify(id, {"IMPORTANT"}, {}).has_value());
  sandbox::FaultRule refusal;
  refusal.match = "imap.UID FETCH";
  refusal.times = 4;
  refusal.then.reply = "NO Some messages could not be FETCHed (Failure)";
  sandbox().faults().add(refusal);
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(archived(), freshly_archived());
}

INSTANTIATE_TEST_SUITE_P(Ways, OneMessage, ::testing::Values(Way::gmail_imap, Way::plain_imap),
                         [](const auto& way) { return name_of(way.param); });

using OneFolder = ArchiveFaults;

TEST_P(OneFolder, that_nobody_opens_is_left_out_and_the_rest_goes_on) {
  const auto closed = GetParam() == Way::gmail_imap ? "[Gmail]/Trash" : "Receipts";
  sandbox::Label label;
  label.name = "Receipts";
  const auto receipts = upstream().create_label(std::move(label)).value()->id;
  const auto there = GetParam() == Way::gmail_imap ? std::string{"TRASH"} : receipts;
  const auto hidden = deliver("hidden", "Hello.", {there});
  moods().closed_folders = {closed};
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_THAT(archived(), SizeIs(4));
  EXPECT_THAT(stuck(), HasSubstr(closed));
  moods().closed_folders = {};
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_THAT(archived(), SizeIs(5));
  EXPECT_THAT(stuck(), IsEmpty());

  // Closed while a walk has to say what is still there.
  moods().closed_folders = {closed};
  EXPECT_TRUE(upstream().remove(ids[1]).has_value());
  clock_.advance(20min);
  deliver("new");
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_THAT(subjects(), ::testing::IsSupersetOf({"hidden", "new"}));
  moods().closed_folders = {};
  clock_.advance(61min);
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(archived(), freshly_archived());
  EXPECT_THAT(subjects(),
              UnorderedElementsAre("hidden", "new", "letter 0", "letter 2", "letter 3"));
}

TEST_P(OneFolder, that_costs_the_connection_is_left_out_and_the_rest_goes_on) {
  const auto deadly = GetParam() == Way::gmail_imap ? "[Gmail]/Spam" : "Receipts";
  sandbox::Label label;
  label.name = "Receipts";
  const auto receipts = upstream().create_label(std::move(label)).value()->id;
  const auto there = GetParam() == Way::gmail_imap ? std::string{"SPAM"} : receipts;
  sandbox::Fault bye;
  bye.reason = "bye";
  sandbox::Fault silence;
  silence.cut = sandbox::Cut::hang;
  int number = 0;
  for (const auto* command : {"imap.EXAMINE", "imap.UID SEARCH"}) {
    for (const auto& fault : {bye, silence}) {
      SCOPED_TRACE(std::string{command} + " " + fault.reason);
      const auto n = std::to_string(++number);
      const auto gone = deliver("gone " + n);
      EXPECT_EQ(sync(), std::nullopt);
      EXPECT_EQ(archived(), freshly_archived());
      const auto before = archived().size();

      sandbox::FaultRule rule;
      rule.match = command;
      rule.folder = deadly;
      rule.then = fault;
      sandbox().faults().add(rule);
      deliver("hidden " + n, "Hello.", {there});
      deliver("shown " + n);
      EXPECT_TRUE(upstream().remove(gone).has_value());
      clock_.advance(20min);
      EXPECT_EQ(sync(), std::nullopt);
      EXPECT_THAT(subjects(), ::testing::Contains("shown " + n));
      EXPECT_EQ(archived().size(), before) << "gone is what a folder that is seen has no more";
      EXPECT_THAT(stuck(), HasSubstr(deadly));

      // It is found out once, and then left alone.
      sandbox().reset_counters();
      deliver("later " + n);
      EXPECT_EQ(sync(), std::nullopt);
      EXPECT_EQ(archived().size(), before + 1);
      EXPECT_EQ(sandbox().counters().faults, 0U);
      EXPECT_THAT(stuck(), HasSubstr(deadly));

      clear_faults();
      clock_.advance(61min);
      EXPECT_EQ(sync(), std::nullopt);
      EXPECT_THAT(stuck(), IsEmpty());
      clock_.advance(61min);
      EXPECT_EQ(sync(), std::nullopt);
      EXPECT_EQ(archived(), freshly_archived());
    }
  }
}

TEST_P(OneFolder, whose_numbers_cost_the_connection_is_opened_instead) {
  sandbox::Label label;
  label.name = "Receipts";
  const auto receipts = upstream().create_label(std::move(label)).value()->id;
  const auto deadly = GetParam() == Way::gmail_imap ? "[Gmail]/Spam" : "Receipts";
  const auto there = GetParam() == Way::gmail_imap ? std::string{"SPAM"} : receipts;
  for (const bool is_silent : {false, true}) {
    sandbox::FaultRule rule;
    rule.match = "imap.STATUS";
    rule.folder = deadly;
    rule.then.reason = is_silent ? "" : "bye";
    if (is_silent) rule.then.cut = sandbox::Cut::hang;
    sandbox().faults().add(rule);
    clock_.advance(61min);
    for (int i = 0; i < 2; ++i) {
      deliver("there", "Hello.", {there});
      deliver("shown");
      EXPECT_EQ(sync(), std::nullopt);
      EXPECT_EQ(archived(), freshly_archived());
      EXPECT_THAT(stuck(), IsEmpty());
    }
    sandbox().reset_counters();
    EXPECT_EQ(sync(), std::nullopt);
    EXPECT_EQ(sandbox().counters().faults, 0U) << "it is asked for again every hour";
    clear_faults();
  }
}

TEST_P(OneFolder, whose_changes_cost_the_connection_is_walked_through_instead) {
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  EXPECT_EQ(sync(), std::nullopt);
  sandbox::FaultRule rule;
  rule.match = "imap.UID FETCH";
  rule.folder = GetParam() == Way::gmail_imap ? "[Gmail]/All Mail" : "INBOX";
  rule.times = 1;
  rule.then.reason = "bye";
  sandbox().faults().add(rule);
  EXPECT_TRUE(upstream().modify(ids[1], {}, {"UNREAD"}).has_value());
  clock_.advance(20min);
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(archived(), freshly_archived());
}

TEST_P(OneFolder, is_not_to_blame_for_a_server_that_hangs_up_on_everybody) {
  for (int i = 0; i < 3; ++i) {
    sandbox::Label label;
    label.name = "Folder " + std::to_string(i);
    const auto id = upstream().create_label(std::move(label)).value()->id;
    deliver("in " + label.name, "Hello.", {id});
  }
  deliver("letter");
  EXPECT_EQ(sync(), std::nullopt);
  const auto before = archived();
  for (const auto* command : {"imap.EXAMINE", "imap.UID SEARCH", "imap.*"}) {
    SCOPED_TRACE(command);
    deliver("new");
    deliver("new", "Hello.", {"SPAM"});
    deliver("new", "Hello.", {"TRASH"});
    sandbox::FaultRule rule;
    rule.match = command;
    rule.then.reason = "bye";
    sandbox().faults().add(rule);
    clock_.advance(20min);
    for (int i = 0; i < 10; ++i) {
      static_cast<void>(sync());
      EXPECT_THAT(stuck(), IsEmpty());
    }
    EXPECT_NE(sync(), std::nullopt);
    clear_faults();
    EXPECT_EQ(sync(), std::nullopt);
    EXPECT_EQ(archived(), freshly_archived());
    EXPECT_THAT(stuck(), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, OneFolder, ::testing::Values(Way::gmail_imap, Way::plain_imap),
                         [](const auto& way) { return name_of(way.param); });

using Storm = ArchiveFaults;

TEST_P(Storm, of_removals_during_the_walks_leaves_nothing_behind_that_is_gone) {
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  EXPECT_EQ(sync(), std::nullopt);
  ASSERT_THAT(archived(), SizeIs(60));
  sandbox::FaultRule halt;
  halt.match = "imap.EXAMINE";
  halt.times = 30;
  halt.then.hold = sandbox::Hold::before;
  sandbox().faults().add(halt);
  EXPECT_TRUE(upstream().remove(ids.back()).has_value());
  ids.pop_back();
  clock_.advance(20min);
  const auto remove_one = [&] {
    if (ids.empty()) return;
    EXPECT_TRUE(upstream().remove(ids.back()).has_value());
    ids.pop_back();
  };
  EXPECT_EQ(sync_amid(remove_one), std::nullopt);
  EXPECT_LT(ids.size(), 57U) << "the storm did not blow";
  clear_faults();
  clock_.advance(61min);
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(archived(), freshly_archived());
}

INSTANTIATE_TEST_SUITE_P(Ways, Storm, ::testing::Values(Way::gmail_imap, Way::plain_imap),
                         [](const auto& way) { return name_of(way.param); });

using OneToken = ArchiveFaults;

TEST_P(OneToken, that_google_refuses_is_dropped_and_the_archive_goes_on) {
  for (int i = 0; i < 60; ++i) deliver("letter " + std::to_string(i));
  EXPECT_EQ(sync(), std::nullopt);
  const auto at_the_end = cursor();
  const auto history = at_the_end.substr(9, at_the_end.find('"', 9) - 9);
  // As earlier versions wrote it.
  for (const auto* place : {"since", "walk"}) {
    deliver(std::string{"while in "} + place);
    set_cursor(std::string{"[\""} + place + R"(",")" + history + R"(","an old token"])");
    EXPECT_EQ(sync(), std::nullopt) << place;
    EXPECT_EQ(archived(), freshly_archived()) << place;
  }
  set_cursor(R"(["since","no history id",""])");
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(archived(), freshly_archived());
}

TEST_P(OneToken, or_message_that_gmail_fails_to_give_keeps_nothing_else_back) {
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  sandbox::FaultRule broken;
  broken.match = "/gmail/v1/users/me/messages/" + ids[4];
  broken.then.status = 500;
  sandbox().faults().add(broken);
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_THAT(archived(), SizeIs(9));
  EXPECT_THAT(stuck(), HasSubstr(ids[4]));
  deliver("new");
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_THAT(archived(), SizeIs(10));
  sandbox().faults().clear();
  clock_.advance(61min);
  EXPECT_EQ(sync(), std::nullopt);
  EXPECT_EQ(archived(), freshly_archived());
  EXPECT_THAT(stuck(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Ways, OneToken, ::testing::Values(Way::rest),
                         [](const auto& way) { return name_of(way.param); });

}  // namespace
}  // namespace gmail_mcp::mail
