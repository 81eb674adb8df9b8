#pragma once

#include <memory>

#include "mail/imap_smtp/imap_smtp.h"
#include "sandbox/sandbox.h"
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {

/// A password that never changes and may be refused.
class FixedPassword final : public accounts::PasswordSource {
 public:
  explicit FixedPassword(std::string password) : password_{std::move(password)} {}

  Task<Secret> password() override { co_return password_; }
  Task<Error> refused(Secret) override {
    ++refusals;
    const Error refusal{Errc::reconnect_required, "The App Password was refused.",
                        "Connect again."};
    co_return refusal;
  }

  int refusals = 0;

 private:
  Secret password_;
};

/// Our IMAP and SMTP backend, by both protocols, against the simulated Google.
class ImapSmtpOverSandbox final : public OpenMailbox {
 public:
  ImapSmtpOverSandbox(boost::asio::io_context& loop, Clock& clock);

  sandbox::Sandbox& sandbox() { return *sandbox_; }
  Sessions& sessions() { return *sessions_; }
  FixedPassword& password() { return *password_; }
  ImapAccount account() const { return {.address = own_address, .password = password_}; }

  Mailbox& mailbox() override { return *mailbox_; }
  model::MessageId deliver(std::string rfc822, Timestamp at,
                           std::vector<std::string> labels) override;
  model::LabelId add_label(std::string name) override;
  Task<void> stop() override;

 private:
  std::unique_ptr<Log> log_ = Log::silent();
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<smtp::Submission> submission_;
  std::shared_ptr<FixedPassword> password_;
  std::unique_ptr<Mailbox> mailbox_;
};

}  // namespace gmail_mcp::mail
