#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "mail/mailbox.h"

// What every mail backend must do, asked of each of them.
namespace gmail_mcp::mail {

/// One open mailbox, empty at first, and the world behind it.
class OpenMailbox {
 public:
  virtual ~OpenMailbox() = default;

  virtual Mailbox& mailbox() = 0;
  /// Mail arrives from outside.
  virtual model::MessageId deliver(std::string rfc822, Timestamp at,
                                   std::vector<std::string> labels = {"INBOX", "UNREAD"}) = 0;
  virtual model::LabelId add_label(std::string name) = 0;
  /// Ends what runs on the loop.
  virtual Task<void> stop() = 0;
};

struct MailBackend {
  std::string name;
  std::function<std::unique_ptr<OpenMailbox>(boost::asio::io_context&, Clock&)> open;
  bool stable_draft_ids = true;  // a draft that is changed keeps its id
  Capabilities claims = {};      // what it says of itself; the suites below ask for no more
};

/// All of them: a new backend is one line in mailbox_contract.cpp.
const std::vector<MailBackend>& mail_backends();

/// Those that claim `what` and `also`, for the suites that ask for it.
template <class... Also>
auto backends_with(bool Capabilities::*what, Also... also) {
  std::vector<MailBackend> able;
  for (const auto& one : mail_backends()) {
    if (one.claims.*what && (... && (one.claims.*also))) able.push_back(one);
  }
  return ::testing::ValuesIn(able);
}
inline std::string backend_name(const ::testing::TestParamInfo<MailBackend>& row) {
  return row.param.name;
}

/// The owner of every mailbox under question.
inline const std::string own_address = "alex.morgan@gmail.example";

/// A short mail to the owner; `more` are further header lines.
std::string letter(std::string_view subject, std::string_view text = "Hello.",
                   std::string_view more = {});

class MailboxContract : public ::testing::TestWithParam<MailBackend> {
 protected:
  MailboxContract() : world_{GetParam().open(loop_, clock_)} {}
  ~MailboxContract() override { wait_for(world_->stop()); }

  Mailbox& mailbox() { return world_->mailbox(); }

  /// Runs the loop until `task` has ended; others may go on.
  void wait_for(Task<void> task) {
    bool done = false;
    std::exception_ptr failure;
    boost::asio::co_spawn(loop_, std::move(task), [&](std::exception_ptr thrown) {
      done = true;
      failure = std::move(thrown);
    });
    loop_.restart();
    while (!done && loop_.run_one() > 0) {
    }
    if (failure) std::rethrow_exception(failure);
  }
  template <class T>
  T wait_for(Task<T> task) {
    std::optional<T> result;
    wait_for(detail::store_result(std::move(task), result));
    return std::move(*result);
  }

  template <class T>
  std::optional<Errc> code_of(Task<T> task) {
    try {
      wait_for(std::move(task));
    } catch (const Error& error) {
      return error.code;
    }
    return std::nullopt;
  }

  /// Each mail arrives a minute after the one before.
  model::MessageId deliver(std::string rfc822,
                           std::vector<std::string> labels = {"INBOX", "UNREAD"}) {
    next_arrival_ += std::chrono::minutes{1};
    return world_->deliver(std::move(rfc822), next_arrival_, std::move(labels));
  }

  model::Message read(const model::MessageId& id, Detail detail = Detail::full) {
    return wait_for(mailbox().message(id, detail));
  }

  std::vector<std::string> found(std::string text) {
    Query query;
    query.text = std::move(text);
    std::vector<std::string> subjects;
    for (auto& message : wait_for(mailbox().search(query)).messages) {
      subjects.push_back(std::move(message.subject));
    }
    return subjects;
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  Timestamp next_arrival_ = ManualClock{}.now() - std::chrono::hours{24};
  std::unique_ptr<OpenMailbox> world_;
};

// What is asked of those alone that claim it: mailbox_test.cpp says of whom.
class SearchContract : public MailboxContract {};
class ThreadContract : public MailboxContract {};
class OrganisingContract : public MailboxContract {};
class SendingContract : public MailboxContract {};
class DraftContract : public MailboxContract {};

}  // namespace gmail_mcp::mail
