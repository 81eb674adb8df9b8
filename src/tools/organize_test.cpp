#include "tools/tool_bench_test.h"

namespace gmail_mcp::tools {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class Organize : public ToolTest {
 protected:
  std::string letter(std::string_view subject = "Hello", std::string_view more = {}) {
    return deliver(subject, "Content-Type: text/plain\r\n" + std::string{more}, "Text.");
  }
};

TEST_F(Organize, archive_trash_and_back) {
  const auto id = letter();
  const auto only = R"({"message_id":")" + id + R"("})";
  ask("gmail_archive", only);
  EXPECT_THAT(labels_of(id), Not(Contains("INBOX")));
  ask("gmail_trash", only);
  EXPECT_THAT(labels_of(id), Contains("TRASH"));
  ask("gmail_untrash", only);
  EXPECT_THAT(labels_of(id), Not(Contains("TRASH")));
  EXPECT_EQ(refusal("gmail_archive", R"({"message_id":"18cffffffffffff0"})"), Errc::not_found);
}

TEST_F(Organize, changes_of_many_messages_tell_how_far_they_are) {
  boost::json::array ids;
  for (int i = 0; i < 450; ++i) ids.emplace_back(letter());
  const auto given = boost::json::serialize(boost::json::object{{"message_ids", ids}});
  std::vector<std::string> told;
  tell_progress_ = [&told](std::int64_t done, std::optional<std::int64_t> total,
                           std::string sentence) -> Task<void> {
    EXPECT_EQ(total, 450);
    EXPECT_THAT(sentence, ::testing::EndsWith(std::to_string(done) + " messages changed."));
    told.push_back(std::move(sentence));
    co_return;
  };
  EXPECT_EQ(ask("gmail_trash", given).at("changed"), 450);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), "450 messages changed.");
  told.clear();
  auto labels = boost::json::object{{"message_ids", ids}, {"add_labels", "STARRED"}};
  const auto answer = ask("gmail_batch_modify_labels", boost::json::serialize(labels));
  EXPECT_EQ(answer.at("results").as_array().size(), 450U);
  EXPECT_FALSE(told.empty());
}

TEST_F(Organize, labels_come_with_their_counts) {
  const auto work = mailbox().add_label("Work");
  const auto id = letter();
  ask("gmail_modify_labels", R"({"message_id":")" + id + R"(","add_labels":"Work"})");
  const auto answer = ask("gmail_list_labels");
  for (const auto& one : answer.at("labels").as_array()) {
    if (text(one.as_object(), "id") != work.str()) continue;
    EXPECT_EQ(text(one.as_object(), "name"), "Work");
    EXPECT_EQ(text(one.as_object(), "type"), "user");
    EXPECT_EQ(one.at("message_count").as_int64(), 1);
    EXPECT_EQ(one.at("unread_count").as_int64(), 1);
    return;
  }
  ADD_FAILURE() << "the label is not listed";
}

TEST_F(Organize, labels_may_be_called_by_name_in_any_case) {
  const auto work = mailbox().add_label("Work/Big Projects");
  const auto id = letter();
  const auto answer =
      ask("gmail_modify_labels",
          R"({"message_id":")" + id +
              R"(","add_labels":["work/big projects","starred"],"remove_labels":"Unread"})");
  EXPECT_THAT(labels_of(id), ::testing::UnorderedElementsAre("INBOX", "STARRED", work.str()));
}

TEST_F(Organize, an_id_wins_over_a_name_and_exact_case_over_any_case) {
  const auto lower = mailbox().add_label("work");
  const auto upper = mailbox().add_label("WORK");
  mailbox().add_label(lower.str());
  const auto id = letter();
  ask("gmail_modify_labels",
      R"({"message_id":")" + id + R"(","add_labels":["WORK",")" + lower.str() + R"("]})");
  EXPECT_THAT(labels_of(id), ::testing::IsSupersetOf({lower.str(), upper.str()}));
}

TEST_F(Organize, an_unknown_and_an_ambiguous_label_say_which_and_change_nothing) {
  mailbox().add_label("work");
  mailbox().add_label("WORK");
  const auto id = letter();
  const auto before = labels_of(id);
  EXPECT_EQ(refusal("gmail_modify_labels",
                    R"({"message_id":")" + id + R"(","add_labels":["STARRED","Holidays"]})"),
            Errc::invalid_argument);
  EXPECT_THAT(last_error_, HasSubstr("add_labels[1]"));
  EXPECT_THAT(last_error_, Not(HasSubstr("Holidays")));
  EXPECT_EQ(
      refusal("gmail_modify_labels", R"({"message_id":")" + id + R"(","remove_labels":"Work"})"),
      Errc::invalid_argument);
  EXPECT_THAT(last_error_, HasSubstr("several"));
  EXPECT_EQ(labels_of(id), before);
}

TEST_F(Organize, many_by_id_and_what_fails_for_one_does_not_stop_the_others) {
  const auto first = letter();
  const auto second = letter();
  const auto answer = ask("gmail_batch_modify_labels",
                          R"({"add_labels":"STARRED","message_ids":[")" + first +
                              R"(","18cffffffffffff0",")" + second + R"(",")" + first + R"("]})");
  EXPECT_FALSE(answer.at("success").as_bool());
  EXPECT_EQ(answer.at("changed").as_int64(), 2);
  EXPECT_EQ(answer.at("failed").as_int64(), 1);
  const auto& results = answer.at("results").as_array();
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_EQ(text(results[1].as_object(), "code"), "not_found");
  EXPECT_TRUE(results[2].at("success").as_bool());
  EXPECT_THAT(labels_of(first), Contains("STARRED"));
  EXPECT_THAT(labels_of(second), Contains("STARRED"));
}

TEST_F(Organize, many_by_conversation) {
  const auto first = letter("Lunch", "Message-ID: <l1@elsewhere.example>\r\n");
  const auto second = letter("Re: Lunch", "References: <l1@elsewhere.example>\r\n");
  const auto other = letter();
  const auto answer = ask("gmail_batch_modify_labels",
                          R"({"remove_labels":"INBOX","thread_id":")" + first + R"("})");
  EXPECT_EQ(answer.at("changed").as_int64(), 2);
  EXPECT_THAT(labels_of(second), Not(Contains("INBOX")));
  EXPECT_THAT(labels_of(other), Contains("INBOX"));
}

TEST_F(Organize, many_by_query_over_all_pages_and_more_than_a_thousand_says_so) {
  for (int i = 0; i < 1'003; ++i) letter(i < 3 ? "Old" : "New");
  auto answer =
      ask("gmail_batch_modify_labels", R"({"add_labels":"STARRED","query":"subject:old"})");
  EXPECT_EQ(answer.at("changed").as_int64(), 3);
  EXPECT_TRUE(answer.at("complete").as_bool());
  answer = ask("gmail_batch_modify_labels", R"({"remove_labels":"UNREAD","query":"is:unread"})");
  EXPECT_EQ(answer.at("changed").as_int64(), 1'000);
  EXPECT_FALSE(answer.at("complete").as_bool());
  answer = ask("gmail_batch_modify_labels", R"({"remove_labels":"UNREAD","query":"is:unread"})");
  EXPECT_EQ(answer.at("changed").as_int64(), 3);
  EXPECT_TRUE(answer.at("complete").as_bool());
}

TEST_F(Organize, which_messages_are_meant_is_said_in_exactly_one_way) {
  for (const auto* arguments :
       {R"({"add_labels":"STARRED"})", R"({"add_labels":"STARRED","query":"","thread_id":""})",
        R"({"add_labels":"STARRED","query":"x","thread_id":"t1"})",
        R"({"add_labels":"STARRED","query":"x","message_ids":["1"]})", R"({"query":"x"})"}) {
    EXPECT_EQ(refusal("gmail_batch_modify_labels", arguments), Errc::invalid_argument) << arguments;
  }
}

TEST_F(Organize, a_label_that_cannot_be_set_fails_the_call_not_each_message) {
  const auto id = letter();
  EXPECT_EQ(refusal("gmail_batch_modify_labels",
                    R"({"add_labels":"SENT","message_ids":")" + id + R"("})"),
            Errc::invalid_argument);
}

TEST_F(Organize, several_go_to_the_trash_and_back_and_each_has_its_result) {
  const auto first = letter();
  const auto second = letter();
  const auto ids = R"({"message_ids":[")" + first + R"(","18cffffffffffff0",")" + second + R"("]})";
  const auto trashed = ask("gmail_trash", ids);
  EXPECT_FALSE(trashed.at("success").as_bool());
  EXPECT_EQ(trashed.at("changed").as_int64(), 2);
  EXPECT_EQ(text(trashed.at("results").as_array()[1].as_object(), "code"), "not_found");
  for (const auto& id : {first, second}) {
    EXPECT_THAT(labels_of(id), Contains("TRASH"));
    EXPECT_THAT(labels_of(id), Not(Contains("INBOX")));
  }
  const auto back =
      ask("gmail_untrash", R"({"message_ids":[")" + first + R"(",")" + second + R"("]})");
  EXPECT_TRUE(back.at("success").as_bool());
  EXPECT_THAT(back.at("results").as_array(), SizeIs(2));
  EXPECT_THAT(labels_of(second), Not(Contains("TRASH")));
}

TEST_F(Organize, one_that_cannot_be_trashed_fails_the_call) {
  EXPECT_EQ(refusal("gmail_trash", R"({"message_ids":["18cffffffffffff0"]})"), Errc::not_found);
  EXPECT_EQ(refusal("gmail_trash", R"({"message_ids":[]})"), Errc::invalid_argument);
  EXPECT_EQ(refusal("gmail_trash", R"({"message_ids":["../x"]})"), Errc::invalid_argument);
}

TEST_F(Organize, counts_say_when_they_were_taken) {
  EXPECT_EQ(text(ask("gmail_list_labels"), "as_of"), to_iso8601(clock_.now()));
}

TEST_F(Organize, a_label_is_made_changed_and_deleted_and_messages_stay) {
  const auto made = ask("gmail_create_label", R"({"name":"Work","color":"#16a766"})");
  EXPECT_EQ(text(made, "name"), "Work");
  EXPECT_EQ(text(made, "color"), "#16a766");
  ask("gmail_create_label", R"({"name":"Work/Clients"})");
  const auto id = letter();
  ask("gmail_modify_labels", R"({"message_id":")" + id + R"(","add_labels":"work"})");
  const auto renamed = ask("gmail_update_label", R"({"label":"WORK","name":"Job"})");
  EXPECT_EQ(text(renamed, "name"), "Job");
  const auto gone = ask("gmail_delete_label", R"({"label":"job"})");
  EXPECT_EQ(text(gone, "name"), "Job");
  EXPECT_EQ(gone.at("messages_unlabelled").as_int64(), 1);
  EXPECT_EQ(gone.at("labels_within").as_array().at(0).as_string(), "Job/Clients");
  EXPECT_THAT(labels_of(id), ::testing::UnorderedElementsAre("INBOX", "UNREAD"));
  EXPECT_EQ(refusal("gmail_delete_label", R"({"label":"Job"})"), Errc::invalid_argument);
  EXPECT_EQ(last_error_, "The label named in label is not in this mailbox.");
}

TEST_F(Organize, labels_that_clash_or_are_gmails_are_refused) {
  ask("gmail_create_label", R"({"name":"Work"})");
  EXPECT_EQ(refusal("gmail_create_label", R"({"name":"work"})"), Errc::conflict);
  EXPECT_THAT(last_error_, HasSubstr("exists already"));
  EXPECT_EQ(refusal("gmail_create_label", R"({"name":"Inbox"})"), Errc::invalid_argument);
  EXPECT_EQ(refusal("gmail_delete_label", R"({"label":"inbox"})"), Errc::invalid_argument);
  EXPECT_EQ(refusal("gmail_update_label", R"({"label":"STARRED","name":"x"})"),
            Errc::invalid_argument);
  EXPECT_EQ(refusal("gmail_update_label", R"({"label":"Work"})"), Errc::invalid_argument);
  EXPECT_EQ(refusal("gmail_create_label", R"({"name":"x","in_label_list":"sometimes"})"),
            Errc::invalid_argument);
}

TEST_F(Organize, read_only_makes_and_deletes_no_label) {
  ask("gmail_create_label", R"({"name":"Work"})");
  house_->services.policy.read_only = true;
  EXPECT_EQ(refusal("gmail_create_label", R"({"name":"Home"})"), Errc::forbidden);
  EXPECT_EQ(refusal("gmail_update_label", R"({"label":"Work","name":"Home"})"), Errc::forbidden);
  EXPECT_EQ(refusal("gmail_delete_label", R"({"label":"Work"})"), Errc::forbidden);
}

TEST_F(Organize, read_only_changes_nothing) {
  const auto id = letter();
  house_->services.policy.read_only = true;
  for (const auto* tool : {"gmail_archive", "gmail_trash", "gmail_untrash"}) {
    EXPECT_EQ(refusal(tool, R"({"message_id":")" + id + R"("})"), Errc::forbidden) << tool;
  }
  EXPECT_EQ(refusal("gmail_batch_modify_labels", R"({"add_labels":"STARRED","query":"x"})"),
            Errc::forbidden);
  EXPECT_THAT(labels_of(id), Contains("INBOX"));
}

}  // namespace
}  // namespace gmail_mcp::tools
