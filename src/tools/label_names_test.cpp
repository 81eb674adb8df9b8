#include "tools/label_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "mail/forwarding.h"
#include "mail/testing/memory_mailbox.h"

namespace gmail_mcp::tools {
namespace {

// A mailbox that remembers the names of labels until it is told to forget them.
class Forgetful final : public mail::ForwardingMailbox {
 public:
  explicit Forgetful(mail::Mailbox& inner) : mail::ForwardingMailbox{inner} {}

  Task<std::vector<model::Label>> label_names() override {
    if (names_.empty()) names_ = co_await labels();
    co_return names_;
  }
  void forget_answers() override { names_.clear(); }

 private:
  std::vector<model::Label> names_;
};

class StaleLabels : public testing::Test {
 protected:
  // Adds the label, with names that were read before `meanwhile`.
  void add(std::string name, const std::function<void()>& meanwhile) {
    LabelWords given;
    given.add_labels = {std::move(name)};
    auto ids = run_to_end(loop_, label_ids(mailbox_, given));
    meanwhile();
    const LabelChange<std::vector<std::string>> change = [&](mail::Mailbox& box, LabelWords words) {
      ++tries_;
      return box.modify_labels(message_, std::move(words.add_labels),
                               std::move(words.remove_labels));
    };
    const mail::MailboxLease lease{&mailbox_, [](mail::Mailbox*) {}};
    labels_ = run_to_end(loop_,
                         with_labels(lease, given, std::move(ids), Errc::invalid_argument, change));
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  mail::MemoryMailbox inner_{"me@example.org", clock_};
  Forgetful mailbox_{inner_};
  model::MessageId message_ = inner_.deliver("Subject: x\r\n\r\nText\r\n", {"INBOX"});
  std::vector<std::string> labels_;
  int tries_ = 0;
};

TEST_F(StaleLabels, a_label_that_was_made_again_elsewhere_is_tried_once_more) {
  const auto old = inner_.add_label("Work");
  add("work", [&] {
    run_to_end(loop_, inner_.delete_label(old));
    inner_.add_label("Work");
  });
  EXPECT_EQ(tries_, 2);
  EXPECT_EQ(labels_.size(), 2U);
}

TEST_F(StaleLabels, one_that_is_gone_is_named) {
  const auto old = inner_.add_label("Work");
  try {
    add("Work", [&] { run_to_end(loop_, inner_.delete_label(old)); });
    ADD_FAILURE() << "added";
  } catch (const Error& error) {
    EXPECT_EQ(error.message, "The label add_labels[0] is not in this mailbox.");
  }
  EXPECT_EQ(tries_, 1);
}

TEST_F(StaleLabels, what_is_refused_as_an_id_is_refused_at_once) {
  try {
    add("SENT", [] {});
    ADD_FAILURE() << "added";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::invalid_argument);
  }
  EXPECT_EQ(tries_, 1);
}

}  // namespace
}  // namespace gmail_mcp::tools
