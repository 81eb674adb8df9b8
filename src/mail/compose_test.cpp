#include "mail/compose.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "mail/memory/memory_mailbox.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {
namespace {

class Composing : public testing::Test {
 protected:
  Composed compose_now(NewMessage message, std::string send_id = "send-1") {
    return run_to_end(loop_,
                      compose(mailbox_, std::move(message), std::move(send_id), clock_.now()));
  }
  std::string failure(NewMessage message) {
    try {
      compose_now(std::move(message));
    } catch (const Error& error) {
      return error.message;
    }
    return "";
  }
  static std::string header(const Composed& composed, std::string_view name) {
    const auto root = mime::read_message(composed.outgoing.rfc822).value();
    return std::string{mime::header(root, name)};
  }
  model::MessageId original(const std::string& headers) {
    return mailbox_.deliver(
        "From: Ann <ann@example.org>\r\nTo: me@example.org\r\n"
        "Subject: Plans\r\nMessage-ID: <one@example.org>\r\n" +
        headers + "\r\nText\r\n");
  }
  static NewMessage reply(model::MessageId id) {
    NewMessage message;
    message.reply_to_message_id = std::move(id);
    message.body = "Yes";
    return message;
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  MemoryMailbox mailbox_{"me@example.org", clock_};
};

TEST_F(Composing, a_reply_carries_the_real_message_id_and_references) {
  const auto composed = compose_now(reply(original("References: <zero@example.org>\r\n")));
  EXPECT_EQ(header(composed, "In-Reply-To"), "<one@example.org>");
  EXPECT_EQ(header(composed, "References"), "<zero@example.org> <one@example.org>");
  EXPECT_EQ(header(composed, "Subject"), "Re: Plans");
  EXPECT_TRUE(composed.outgoing.thread_id.has_value());
}

TEST_F(Composing, a_reply_goes_to_reply_to_when_the_sender_asks_for_it) {
  const auto composed = compose_now(reply(original("Reply-To: list@example.org\r\n")));
  EXPECT_EQ(composed.recipients, std::vector<std::string>{"list@example.org"});
  EXPECT_EQ(compose_now(reply(original(""))).recipients,
            std::vector<std::string>{"ann@example.org"});
}

TEST_F(Composing, the_own_address_is_removed_from_expanded_recipients) {
  const auto composed =
      compose_now(reply(original("Reply-To: ME@example.org, team@example.org\r\n")));
  EXPECT_EQ(composed.recipients, std::vector<std::string>{"team@example.org"});
}

TEST_F(Composing, named_recipients_of_a_reply_are_kept_as_they_are) {
  auto message = reply(original("Reply-To: list@example.org\r\n"));
  message.to = {"Bob <bob@example.org>"};
  message.cc = {"carol@example.org"};
  message.subject = "Other";
  const auto composed = compose_now(std::move(message));
  EXPECT_EQ(composed.recipients,
            (std::vector<std::string>{"bob@example.org", "carol@example.org"}));
  EXPECT_EQ(header(composed, "Subject"), "Other");
}

TEST_F(Composing, every_send_can_be_found_again_by_its_headers) {
  NewMessage message;
  message.to = {"ann@example.org"};
  const auto composed = compose_now(std::move(message), "abc");
  EXPECT_EQ(header(composed, "X-Gmail-MCP-Send"), "abc");
  EXPECT_EQ(header(composed, "Message-ID"), "<abc@example.org>");
  EXPECT_EQ(composed.rfc822_message_id, message_id_for("abc", "me@example.org"));
}

TEST_F(Composing, line_breaks_cannot_smuggle_headers) {
  NewMessage subject;
  subject.to = {"ann@example.org"};
  subject.subject = "Hi\r\nBcc: eve@example.org";
  EXPECT_NE(failure(subject), "");
  NewMessage address;
  address.to = {"ann@example.org\r\nBcc: eve@example.org"};
  EXPECT_TRUE(failure(address).starts_with("In to: ")) << failure(address);
}

TEST_F(Composing, a_message_to_nobody_is_refused_before_anything_happens) {
  EXPECT_EQ(failure(NewMessage{}), "The message has no recipient.");
}

TEST_F(Composing, attachments_of_more_than_25_mb_are_refused) {
  NewMessage message;
  message.to = {"ann@example.org"};
  NewAttachment big;
  big.filename = "big.bin";
  big.content = std::string(max_attachment_bytes + 1, 'x');
  message.attachments.push_back(std::move(big));
  EXPECT_EQ(failure(std::move(message)), "The attachments are larger than 25 MB together.");
}

TEST_F(Composing, five_hundred_people_may_get_a_message_and_no_more) {
  NewMessage message;
  message.to = {"a0@example.org"};
  for (int i = 1; i < 400; ++i) message.to[0] += ", a" + std::to_string(i) + "@example.org";
  for (int i = 0; i < 100; ++i) message.bcc.push_back("b" + std::to_string(i) + "@example.org");
  message.cc = {"A7@example.org"};
  EXPECT_EQ(compose_now(message).recipients.size(), 500U);
  EXPECT_EQ(compose_now(message, "").recipients.size(), 500U) << "a draft";
  message.cc.push_back("c@example.org");
  EXPECT_EQ(failure(message), "The message has more than 500 recipients.");
  message.cc.clear();
  // However many times they are named: nobody waits until all have been read.
  for (int i = 0; i < 20; ++i) message.to.push_back(message.to[0]);
  EXPECT_EQ(failure(message), "The message has more than 500 recipients.");
}

TEST_F(Composing, a_reply_to_more_people_than_that_is_refused) {
  std::string list = "Reply-To: a0@example.org";
  for (int i = 1; i <= 500; ++i) list += ",\r\n a" + std::to_string(i) + "@example.org";
  try {
    compose_now(reply(original(list + "\r\n")));
    ADD_FAILURE() << "composed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::too_large);
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
