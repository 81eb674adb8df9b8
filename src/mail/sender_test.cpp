#include "mail/sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "mail/compose.h"
#include "mail/forwarding.h"
#include "mail/testing/memory_mailbox.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::HasSubstr;

class KnownSenders final : public ForwardingMailbox {
 public:
  using ForwardingMailbox::ForwardingMailbox;

  std::vector<model::SenderAddress> addresses;
  std::optional<Error> failure;

  Task<std::vector<model::SenderAddress>> sender_addresses() override {
    if (failure) throw Error{*failure};
    co_return addresses;
  }
};

model::SenderAddress known(std::string email, std::string name, std::string reply_to = "") {
  model::SenderAddress one;
  one.email = std::move(email);
  one.name = std::move(name);
  one.reply_to = std::move(reply_to);
  return one;
}

class ChoosingSender : public testing::Test {
 protected:
  ChoosingSender() {
    mailbox_.addresses = {known("me@example.org", "Me", "Me@example.org"),
                          known("sales@shop.example", "Sales"), known("bare@shop.example", ""),
                          known("desk@shop.example", "Desk", "answers@shop.example"),
                          known("new@shop.example", "New")};
    mailbox_.addresses.front().is_own = true;
    mailbox_.addresses.back().is_confirmed = false;
  }

  // The header of what is written.
  std::string written(NewMessage message, std::string_view name = "From") {
    message.to = {"ann@example.org"};
    const auto composed =
        run_to_end(loop_, compose(mailbox_, std::move(message), "send-1", clock_.now()));
    return std::string{mime::header(mime::read_message(composed.outgoing.rfc822).value(), name)};
  }
  Error refusal(NewMessage message) {
    try {
      ADD_FAILURE() << written(std::move(message));
    } catch (const Error& error) {
      return error;
    }
    return Error{Errc::internal, ""};
  }
  static NewMessage from(std::string address, std::string name = "") {
    NewMessage message;
    message.from = std::move(address);
    message.from_name = std::move(name);
    return message;
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  MemoryMailbox memory_{"me@example.org", clock_};
  KnownSenders mailbox_{memory_};
};

TEST_F(ChoosingSender,
       the_name_is_the_callers_else_that_of_the_account_else_that_set_for_the_address) {
  EXPECT_EQ(written({}), "Me <me@example.org>");
  NewMessage named;
  named.account_name = "My Office";
  EXPECT_EQ(written(named), "My Office <me@example.org>");
  named.from_name = "Myself";
  EXPECT_EQ(written(named), "Myself <me@example.org>");
  named.from = "sales@shop.example";
  named.from_name.clear();
  EXPECT_EQ(written(named), "Sales <sales@shop.example>");
  named.from = "Sale! <SALES@shop.example>";
  EXPECT_EQ(written(named), "Sale! <sales@shop.example>");
  EXPECT_EQ(written(from("bare@shop.example")), "Me <bare@shop.example>");
}

TEST_F(ChoosingSender, answers_go_where_the_caller_wants_else_where_the_owner_set_it) {
  EXPECT_EQ(written(from("sales@shop.example"), "Reply-To"), "");
  EXPECT_EQ(written({}, "Reply-To"), "") << "to oneself they go anyhow";
  EXPECT_EQ(written(from("desk@shop.example"), "Reply-To"), "answers@shop.example");
  auto asked = from("desk@shop.example");
  asked.reply_to = "Bob <bob@shop.example>, eve@shop.example";
  EXPECT_EQ(written(asked, "Reply-To"), "Bob <bob@shop.example>, eve@shop.example");
  asked.reply_to = "bob\r\nBcc: eve@shop.example";
  EXPECT_THAT(refusal(asked).message, HasSubstr("In reply_to: "));
}

TEST_F(ChoosingSender, another_address_is_refused_by_naming_those_there_are) {
  const auto error = refusal(from("boss@example.org"));
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_EQ(error.message, "In from: the account may not send under that address.");
  EXPECT_EQ(error.hint,
            "Leave it out, or use one of: me@example.org, sales@shop.example, bare@shop.example, "
            "desk@shop.example.");
  EXPECT_EQ(refusal(from("new@shop.example")).message,
            "In from: that address was never confirmed to Gmail.");
  EXPECT_EQ(refusal(from("me@example.org, sales@shop.example")).message,
            "In from: a message has one sender.");
}

TEST_F(ChoosingSender, where_they_are_not_known_mail_goes_out_from_the_own_address_only) {
  mailbox_.failure = Error{Errc::insufficient_scope, "Missing scope."};
  EXPECT_EQ(written({}), "me@example.org");
  EXPECT_EQ(written(from("me@example.org", "Myself")), "Myself <me@example.org>");
  EXPECT_EQ(refusal(from("sales@shop.example")).code, Errc::insufficient_scope);
  EXPECT_EQ(run_to_end(loop_, memory_.sender_addresses()).size(), 1U);
}

TEST_F(ChoosingSender, a_name_in_gmails_settings_that_no_header_can_carry_stops_no_mail) {
  mailbox_.addresses.front().name = "Me\r\nBcc: eve@example.org" + std::string(5'000, 'x');
  EXPECT_THAT(written({}), HasSubstr("me@example.org"));
  EXPECT_EQ(written({}, "Bcc"), "");
}

}  // namespace
}  // namespace gmail_mcp::mail
