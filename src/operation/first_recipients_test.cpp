#include "operation/first_recipients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "mail/forwarding.h"
#include "mail/testing/memory_mailbox.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::operation {
namespace {

// Lists messages as Gmail does: it decodes the fields before they are read, so that a part of a
// name becomes an address.
class DecodingMailbox final : public mail::ForwardingMailbox {
 public:
  using mail::ForwardingMailbox::ForwardingMailbox;

  Task<mail::MessagePage> search(mail::Query query) override {
    query.text = "in:sent";
    auto page = co_await mail::ForwardingMailbox::search(std::move(query));
    for (auto& message : page.messages) {
      message.to_is_unsure = message.cc_is_unsure = true;
      for (auto* list : {&message.to, &message.cc, &message.bcc}) {
        if (!list->empty()) list->push_back({"", "eve@evil.example"});
      }
    }
    co_return page;
  }
};

class FirstRecipientsTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::vector<std::string> among(mail::Mailbox& mailbox) {
    FirstRecipients first{store_->archive()};
    return run_to_end(
        loop_, first.among(model::Connection{}, mailbox, {"known@x.example", "eve@evil.example"}));
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  store::testing::TestStore store_{clock_, *log_};
  mail::MemoryMailbox memory_{"me@x.example", clock_};
  DecodingMailbox decoding_{static_cast<mail::Mailbox&>(memory_)};
};

INSTANTIATE_TEST_SUITE_P(Fields, FirstRecipientsTest, ::testing::Values("To", "Cc", "Bcc"),
                         [](const auto& each) { return std::string{each.param}; });

TEST_P(FirstRecipientsTest, an_address_in_a_name_was_not_written_to) {
  memory_.deliver(std::string{"From: me@x.example\r\n"} + GetParam() +
                      ": =?UTF-8?Q?=C3=84,_eve@evil.example,_z?= <known@x.example>\r\n"
                      "Subject: S\r\n\r\nText\r\n",
                  {"SENT"});
  const std::string eve = "eve@evil.example";
  EXPECT_THAT(among(memory_), ::testing::Contains(eve));
  EXPECT_THAT(among(decoding_), ::testing::ElementsAre(eve));
}

}  // namespace
}  // namespace gmail_mcp::operation
