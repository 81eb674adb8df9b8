#include "tools/tool_bench_test.h"

namespace gmail_mcp::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Drafts : public ToolTest {
 protected:
  std::string made(std::string_view to = "ann@shop.example", std::string_view subject = "Offer") {
    return text(ask("gmail_create_draft", R"({"to":")" + std::string{to} + R"(","subject":")" +
                                              std::string{subject} + R"(","body":"See below."})"),
                "draft_id");
  }

  std::string send_by_key(const std::string& draft, const std::string& key) {
    return R"({"draft_id":")" + draft + R"(","idempotency_key":")" + key + R"("})";
  }

  boost::json::array listed() {
    return std::move(ask("gmail_list_drafts").at("drafts").as_array());
  }
};

TEST_F(Drafts, nothing_is_sent_by_writing_one_and_it_can_be_found_again) {
  const auto id = made();
  EXPECT_EQ(mailbox().sent_count(), 0);
  const auto drafts = listed();
  ASSERT_THAT(drafts, SizeIs(1));
  const auto& one = drafts[0].as_object();
  EXPECT_EQ(text(one, "draft_id"), id);
  EXPECT_EQ(text(one, "subject"), "Offer");
  EXPECT_EQ(one.at("to").as_array()[0].at("email").as_string(), "ann@shop.example");
}

TEST_F(Drafts, changing_replaces_and_deleting_is_for_good) {
  const auto id = made();
  const auto changed =
      ask("gmail_update_draft",
          R"({"draft_id":")" + id + R"(","to":[],"subject":"Better offer","body":"Look."})");
  EXPECT_EQ(text(listed()[0].as_object(), "subject"), "Better offer");
  ask("gmail_delete_draft", R"({"draft_id":")" + text(changed, "draft_id") + R"("})");
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(refusal("gmail_delete_draft", R"({"draft_id":")" + id + R"("})"), Errc::not_found);
}

TEST_F(Drafts, what_is_not_given_stays_as_it_was) {
  const auto question = deliver(
      "Lunch", "Message-ID: <q@elsewhere.example>\r\nContent-Type: text/plain\r\n", "When?");
  const auto draft =
      ask("gmail_create_draft",
          R"({"to":["Ann <ann@shop.example>"],"cc":"bob@shop.example","bcc":"eve@shop.example",)"
          R"("subject":"","body":"Now.","body_html":"<p>Now.</p>","reply_to_message_id":")" +
              question + R"(","attachments":[{"filename":"a.txt","content_base64":"aGVsbG8="}]})");
  const auto thread = text(draft, "thread_id");
  const auto raw = [this](const boost::json::object& of) {
    return text(ask("gmail_get_message",
                    R"({"body_format":"raw","message_id":")" + text(of, "message_id") + R"("})"),
                "raw");
  };
  const auto update = [this](const boost::json::object& of, std::string_view change) {
    return ask("gmail_update_draft",
               R"({"draft_id":")" + text(of, "draft_id") + R"(",)" + std::string{change} + "}");
  };
  const auto before = raw(draft);
  auto changed = update(draft, R"("subject":"Dinner")");
  EXPECT_EQ(text(changed, "thread_id"), thread);
  auto now = raw(changed);
  EXPECT_THAT(now, HasSubstr("Subject: Dinner\r\n"));
  for (const auto* line :
       {"To: Ann <ann@shop.example>", "Cc: bob@shop.example", "Bcc: eve@shop.example",
        "In-Reply-To: <q@elsewhere.example>", "References: <q@elsewhere.example>"}) {
    EXPECT_THAT(now, HasSubstr(line));
  }
  EXPECT_THAT(now, ::testing::EndsWith(before.substr(before.find("Content-Type: multipart"))));

  changed = update(changed, R"("body":"Later.","cc":[""])");
  now = raw(changed);
  EXPECT_EQ(text(changed, "thread_id"), thread);
  EXPECT_THAT(now, HasSubstr("Later."));
  EXPECT_THAT(now, ::testing::Not(HasSubstr("<p>Now.</p>")));
  EXPECT_THAT(now, ::testing::Not(HasSubstr("Cc:")));
  EXPECT_THAT(now, HasSubstr("filename=a.txt"));
  EXPECT_THAT(now, HasSubstr("In-Reply-To: <q@elsewhere.example>"));

  changed = update(changed, R"("attachments":[],"body_html":"<b>Much</b> later.")");
  now = raw(changed);
  EXPECT_THAT(now, ::testing::Not(HasSubstr("a.txt")));
  EXPECT_THAT(now, HasSubstr("<b>Much</b> later."));
  EXPECT_THAT(now, HasSubstr("\r\nMuch later."));
  EXPECT_THAT(now, HasSubstr("Subject: Dinner\r\n"));
}

TEST_F(Drafts, a_list_is_paged) {
  for (int i = 0; i < 3; ++i) made();
  const auto first = ask("gmail_list_drafts", R"({"max_results":2})");
  EXPECT_THAT(first.at("drafts").as_array(), SizeIs(2));
  const auto second = ask("gmail_list_drafts", R"({"max_results":2,"page_token":")" +
                                                   text(first, "next_page_token") + R"("})");
  EXPECT_THAT(second.at("drafts").as_array(), SizeIs(1));
  EXPECT_TRUE(second.at("next_page_token").is_null());
}

TEST_F(Drafts, one_that_cannot_be_read_is_named_and_hides_no_other) {
  for (const auto code : {Errc::unavailable, Errc::internal, Errc::too_large, Errc::timeout}) {
    const auto before = listed().size();
    const auto bad = ask("gmail_create_draft", R"({"to":[],"subject":"Bad","body":"Bad."})");
    mailbox().spoil(model::MessageId{text(bad, "message_id")}, Error{code, "It cannot be read."});
    made();
    const auto answer = ask("gmail_list_drafts");
    EXPECT_THAT(answer.at("drafts").as_array(), SizeIs(before + 1)) << to_string(code);
    const auto& omitted = answer.at("omitted").as_array().front().as_object();
    EXPECT_EQ(text(omitted, "reason"), "upstream_error");
    EXPECT_EQ(text(answer.at("omitted").as_array().front().as_object(), "id"),
              text(bad, "draft_id"));
    ask("gmail_delete_draft", R"({"draft_id":")" + text(bad, "draft_id") + R"("})");
  }
}

TEST_F(Drafts, a_mailbox_that_cannot_be_read_at_all_is_a_failure) {
  const auto one = ask("gmail_create_draft", R"({"to":[],"subject":"A","body":"A."})");
  mailbox().spoil(model::MessageId{text(one, "message_id")},
                  Error{Errc::reconnect_required, "The permission is gone."});
  EXPECT_EQ(refusal("gmail_list_drafts"), Errc::reconnect_required);
  ask("gmail_delete_draft", R"({"draft_id":")" + text(one, "draft_id") + R"("})");
  for (int i = 0; i < 6; ++i) {
    const auto bad = ask("gmail_create_draft", R"({"to":[],"subject":"A","body":"A."})");
    mailbox().spoil(model::MessageId{text(bad, "message_id")},
                    Error{Errc::unavailable, "The server is down."});
  }
  EXPECT_EQ(refusal("gmail_list_drafts"), Errc::unavailable);
}

// Would be an answer only in the sender's mailbox without these headers.
TEST_F(Drafts, an_answer_carries_the_headers_that_make_it_one) {
  const auto question = deliver(
      "Lunch", "Message-ID: <q@elsewhere.example>\r\nContent-Type: text/plain\r\n", "When?");
  const auto draft =
      ask("gmail_create_draft",
          R"({"to":[],"subject":"","body":"Now.","reply_to_message_id":")" + question + R"("})");
  const auto raw = text(ask("gmail_get_message", R"({"body_format":"raw","message_id":")" +
                                                     text(draft, "message_id") + R"("})"),
                        "raw");
  EXPECT_THAT(raw, HasSubstr("In-Reply-To: <q@elsewhere.example>"));
  EXPECT_THAT(raw, HasSubstr("References: <q@elsewhere.example>"));
  EXPECT_THAT(raw, HasSubstr("Subject: Re: Lunch"));
  EXPECT_THAT(raw, HasSubstr("priya@elsewhere.example"));
}

TEST_F(Drafts, files_are_kept_in_a_draft) {
  const auto draft = ask("gmail_create_draft",
                         R"({"to":"ann@shop.example","subject":"File","body":"Here.",)"
                         R"("attachments":[{"filename":"a.txt","content_base64":"aGVsbG8="}]})");
  const auto message =
      ask("gmail_get_message", R"({"message_id":")" + text(draft, "message_id") + R"("})");
  ASSERT_TRUE(message.at("has_attachments").as_bool());
  const auto& file = message.at("attachments").as_array()[0].as_object();
  EXPECT_EQ(text(file, "filename"), "a.txt");
  EXPECT_EQ(file.at("size").as_int64(), 5);
}

TEST_F(Drafts, sending_uses_it_up) {
  const auto id = made();
  const auto sent = ask("gmail_send_draft", R"({"draft_id":")" + id + R"("})");
  EXPECT_EQ(mailbox().sent_count(), 1);
  EXPECT_THAT(labels_of(text(sent, "message_id")), ::testing::ElementsAre("SENT"));
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(refusal("gmail_send_draft", R"({"draft_id":")" + id + R"("})"), Errc::not_found);
}

TEST_F(Drafts, the_same_key_sends_once_though_the_draft_is_gone_the_second_time) {
  const auto id = made();
  const auto first = ask("gmail_send_draft", send_by_key(id, "k1"));
  const auto second = ask("gmail_send_draft", send_by_key(id, "k1"));
  EXPECT_EQ(mailbox().sent_count(), 1);
  EXPECT_EQ(text(first, "message_id"), text(second, "message_id"));
  EXPECT_TRUE(second.at("deduplicated").as_bool());
}

TEST_F(Drafts, a_key_belongs_to_one_draft) {
  const auto first = made();
  const auto other = made();
  ask("gmail_send_draft", send_by_key(first, "k1"));
  EXPECT_EQ(refusal("gmail_send_draft", send_by_key(other, "k1")), Errc::conflict);
  EXPECT_EQ(mailbox().sent_count(), 1);
}

TEST_F(Drafts, without_a_recipient_it_is_kept_but_not_sent) {
  const auto draft = ask("gmail_create_draft", R"({"to":[],"subject":"Idea","body":"Later."})");
  EXPECT_EQ(refusal("gmail_send_draft", R"({"draft_id":")" + text(draft, "draft_id") + R"("})"),
            Errc::invalid_argument);
  EXPECT_EQ(mailbox().sent_count(), 0);
}

TEST_F(Drafts, read_only_refuses_every_one_of_them) {
  const auto id = made();
  house_->services.policy.read_only = true;
  EXPECT_EQ(refusal("gmail_create_draft", R"({"to":"a@b.example","subject":"s","body":"b"})"),
            Errc::forbidden);
  for (const auto* tool : {"gmail_send_draft", "gmail_delete_draft"}) {
    EXPECT_EQ(refusal(tool, R"({"draft_id":")" + id + R"("})"), Errc::forbidden) << tool;
  }
  EXPECT_THAT(listed(), SizeIs(1));
}

TEST_F(Drafts, allowed_recipients_hold_when_it_is_written_and_when_it_is_sent) {
  const auto older = made("ann@shop.example");
  house_->services.policy.allowed_recipients = {"@trusted.example"};
  EXPECT_EQ(refusal("gmail_create_draft", R"({"to":"x@shop.example","subject":"s","body":"b"})"),
            Errc::forbidden);
  EXPECT_EQ(refusal("gmail_update_draft",
                    R"({"draft_id":")" + older +
                        R"(","to":[],"bcc":"x@shop.example","subject":"s","body":"b"})"),
            Errc::forbidden);
  // Written earlier, or by the person: judged by its present recipients.
  EXPECT_EQ(refusal("gmail_send_draft", R"({"draft_id":")" + older + R"("})"), Errc::forbidden);
  EXPECT_EQ(mailbox().sent_count(), 0);
  const auto good = made("ann@trusted.example");
  ask("gmail_send_draft", R"({"draft_id":")" + good + R"("})");
  EXPECT_EQ(mailbox().sent_count(), 1);
}

TEST_F(Drafts, sent_drafts_count_for_the_day) {
  house_->services.policy.max_sends_per_day = 1;
  ask("gmail_send_draft", R"({"draft_id":")" + made() + R"("})");
  EXPECT_EQ(refusal("gmail_send_draft", R"({"draft_id":")" + made() + R"("})"), Errc::rate_limited);
  EXPECT_EQ(refusal("gmail_send", R"({"to":"a@b.example","subject":"s","body":"b"})"),
            Errc::rate_limited);
}

TEST_F(Drafts, an_id_that_is_a_path_is_no_id) {
  for (const auto* id : {"../messages/1", "send?x=", "..", "a/b"}) {
    EXPECT_EQ(refusal("gmail_send_draft", R"({"draft_id":")" + std::string{id} + R"("})"),
              Errc::invalid_argument)
        << id;
  }
}

TEST_F(Drafts, somebody_elses_connection_is_not_there) {
  const auto id = made();
  const auto foreign =
      call("gmail_send_draft",
           R"({"connection_id":")" + alice_.id.str() + R"(","draft_id":")" + id + R"("})", "bob");
  EXPECT_EQ(code(foreign), Errc::not_found);
  EXPECT_EQ(mailbox().sent_count(), 0);
}

}  // namespace
}  // namespace gmail_mcp::tools
