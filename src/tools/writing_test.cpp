#include "mime/part.h"
#include "mime/reader.h"
#include "tools/tool_bench_test.h"

namespace gmail_mcp::tools {
namespace {

using ::testing::HasSubstr;

class Writing : public ToolTest {
 protected:
  mime::Part written(const boost::json::object& answer) {
    const model::MessageId id{text(answer, "message_id")};
    return mime::read_message(run_to_end(loop_, mailbox().source(id))).value();
  }
};

TEST_F(Writing, a_picture_stands_within_the_html_and_the_text_is_made_of_it) {
  const auto letter =
      written(ask("gmail_create_draft", R"({"to":"ann@shop.example","subject":"Logo",
      "body_html":"<p>Our logo: <img src=\"cid:logo\" alt=\"a cat\"></p>",
      "attachments":[{"filename":"cat.png","content_base64":"AAAA","inline":true,
                      "content_id":"<logo>"}]})"));
  ASSERT_EQ(letter.mime_type, "multipart/alternative");
  EXPECT_EQ(letter.parts[0].content, "Our logo: [a cat]\r\n");
  ASSERT_EQ(letter.parts[1].mime_type, "multipart/related");
  EXPECT_EQ(letter.parts[1].parts[1].content_id, "logo");
  EXPECT_EQ(letter.parts[1].parts[1].mime_type, "image/png");
}

TEST_F(Writing, a_message_is_forwarded_once_and_kept_to_the_recipients_allowed) {
  const auto id = deliver("Offer", "Message-ID: <o@elsewhere.example>\r\n", "Ten apples.\r\n");
  const auto wish = R"({"message_id":")" + id +
                    R"(","to":"ann@shop.example","body":"See below.","idempotency_key":"k"})";
  const auto answer = ask("gmail_forward", wish);
  EXPECT_FALSE(answer.at("deduplicated").as_bool());
  EXPECT_TRUE(ask("gmail_forward", wish).at("deduplicated").as_bool());
  EXPECT_EQ(mailbox().sent_count(), 1);
  const auto letter = written(answer);
  EXPECT_EQ(mime::header(letter, "Subject"), "Fwd: Offer");
  EXPECT_THAT(letter.content,
              HasSubstr("---------- Forwarded message ---------\r\nFrom: Priya Nair "
                        "<priya@elsewhere.example>\r\n"));
  EXPECT_THAT(letter.content, HasSubstr("Ten apples."));

  EXPECT_EQ(refusal("gmail_forward", R"({"message_id":"none","to":"ann@shop.example"})"),
            Errc::not_found);
  EXPECT_EQ(refusal("gmail_forward", R"({"message_id":")" + id + R"(","to":[]})"),
            Errc::invalid_argument);
  house_->services.policy.allowed_recipients = {"shop.example"};
  EXPECT_EQ(refusal("gmail_forward", R"({"message_id":")" + id + R"(","to":"eve@x.example"})"),
            Errc::forbidden);
  EXPECT_EQ(mailbox().sent_count(), 1);
}

TEST_F(Writing, answers_may_be_directed_only_where_mail_may_go) {
  house_->services.policy.allowed_recipients = {"@shop.example"};
  for (const auto* tool : {"gmail_send", "gmail_create_draft"}) {
    const std::string mail = R"({"to":"ann@shop.example","subject":"x","body":"x","reply_to":")";
    EXPECT_EQ(refusal(tool, mail + R"(Bob <bob@x.example>"})"), Errc::forbidden);
    ask(tool, mail + R"(Bob <BOB@shop.example>"})");
  }
}

TEST_F(Writing, what_cannot_be_meant_is_refused) {
  refusal("gmail_send", R"({"to":"ann@shop.example","subject":"x"})");
  EXPECT_EQ(last_error_, "One of body and body_html is required.");
  refusal("gmail_send", R"({"to":"ann@shop.example","subject":"x","body":"x","reply_all":true})");
  EXPECT_EQ(last_error_, "reply_all needs reply_to_message_id.");
  refusal("gmail_send", R"({"to":"ann@shop.example","subject":"x","body_html":"x",
      "attachments":[{"filename":"cat.png","content_base64":"AAAA","inline":true}]})");
  EXPECT_EQ(last_error_, "An inline attachment needs a content_id.");
  refusal("gmail_send",
          R"({"to":"ann@shop.example","subject":"x","body":"x","from":"eve@x.example"})");
  EXPECT_EQ(last_error_, "In from: the account may not send under that address.");
  EXPECT_EQ(mailbox().sent_count(), 0);
}

TEST_F(Writing, a_key_is_for_one_sender_and_one_place_of_answers) {
  const std::string message = R"({"to":"ann@shop.example","subject":"x","body":"x",)"
                              R"("idempotency_key":"k")";
  ask("gmail_send", message + "}");
  EXPECT_TRUE(ask("gmail_send", message + "}").at("deduplicated").as_bool());
  for (const auto* more :
       {R"("from_name":"A")", R"("reply_to":"b@x.example")", R"("from":"alice@gmail.example")"}) {
    EXPECT_EQ(refusal("gmail_send", message + "," + more + "}"), Errc::conflict) << more;
  }
}

}  // namespace
}  // namespace gmail_mcp::tools
