// A reply to a message for which the mailbox cannot say with certainty where answers go.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "mail/compose.h"
#include "mail/forwarding.h"
#include "mail/testing/memory_mailbox.h"

namespace gmail_mcp::mail {
namespace {

constexpr const char* letter_with_a_name =
    "From: Ann <ann@example.org>\r\nTo: me@example.org\r\n"
    "Reply-To: =?utf-8?q?nobody=40example=2Eorg=2C?= <help@example.org>\r\n"
    "Subject: Plans\r\n\r\nText\r\n";

class UnsureMailbox final : public ForwardingMailbox {
 public:
  using ForwardingMailbox::ForwardingMailbox;

  std::optional<Error> failure;

  Task<model::Message> message(model::MessageId id, Detail detail) override {
    auto read = co_await ForwardingMailbox::message(std::move(id), detail);
    read.reply_to_is_unsure = true;
    read.reply_to = {{.name = "", .email = "nobody@example.org"},
                     {.name = "", .email = "help@example.org"}};
    co_return read;
  }
  Task<std::string> source(model::MessageId /*id*/) override {
    if (failure) throw Error{*failure};
    co_return letter_with_a_name;
  }
};

class UnsurePeople : public testing::Test {
 protected:
  std::vector<std::string> recipients(NewMessage message) {
    return run_to_end(loop_, compose(mailbox_, std::move(message), "send-1", clock_.now()))
        .recipients;
  }
  Error refusal() {
    try {
      recipients(reply());
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "somebody was guessed";
    return {Errc::internal, ""};
  }
  NewMessage reply() {
    NewMessage message;
    message.reply_to_message_id = memory_.deliver(letter_with_a_name);
    message.body = "Yes";
    return message;
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  MemoryMailbox memory_{"me@example.org", clock_};
  UnsureMailbox mailbox_{memory_};
};

TEST_F(UnsurePeople, a_reply_goes_where_the_message_as_it_was_sent_says) {
  EXPECT_EQ(recipients(reply()), std::vector<std::string>{"help@example.org"});
}

TEST_F(UnsurePeople, a_reply_is_refused_where_that_cannot_be_read) {
  for (const auto code : {Errc::too_large, Errc::insufficient_scope, Errc::unsupported}) {
    mailbox_.failure = Error{code, "It cannot be read."};
    const auto error = refusal();
    EXPECT_EQ(error.code, Errc::invalid_argument);
    EXPECT_EQ(
        error.message,
        "Gmail does not say for sure whom that message asks to answer, so nobody is guessed.");
  }
  mailbox_.failure = Error{Errc::unavailable, "Later."};
  EXPECT_EQ(refusal().code, Errc::unavailable);
}

TEST_F(UnsurePeople, whom_the_caller_names_is_written_to_all_the_same) {
  mailbox_.failure = Error{Errc::too_large, "It is too large."};
  auto named = reply();
  named.to = {"help@example.org"};
  EXPECT_EQ(recipients(std::move(named)), std::vector<std::string>{"help@example.org"});
}

}  // namespace
}  // namespace gmail_mcp::mail
