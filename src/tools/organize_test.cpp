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

TEST_F(Organize, read_only_changes_nothing) {
  const auto id = letter();
  services_.policy.read_only = true;
  for (const auto* tool : {"gmail_archive", "gmail_trash", "gmail_untrash"}) {
    EXPECT_EQ(refusal(tool, R"({"message_id":")" + id + R"("})"), Errc::forbidden) << tool;
  }
  EXPECT_EQ(refusal("gmail_batch_modify_labels", R"({"add_labels":"STARRED","query":"x"})"),
            Errc::forbidden);
  EXPECT_THAT(labels_of(id), Contains("INBOX"));
}

}  // namespace
}  // namespace gmail_mcp::tools
