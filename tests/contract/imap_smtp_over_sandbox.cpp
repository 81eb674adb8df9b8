#include "tests/contract/imap_smtp_over_sandbox.h"

#include <algorithm>

namespace gmail_mcp::mail {

namespace {

sandbox::Options empty_sandbox() {
  sandbox::Options options;
  options.seed_mail = false;
  return options;
}

}  // namespace

ImapSmtpOverSandbox::ImapSmtpOverSandbox(boost::asio::io_context& loop, Clock& clock)
    : sandbox_{sandbox::Sandbox::start(loop, empty_sandbox(), clock, *log_)} {
  SessionOptions options;
  options.server.host = "127.0.0.1";
  options.server.port = sandbox_->imap_port();
  options.server.encryption = imap::Encryption::none;
  options.limits.first_word = std::chrono::milliseconds{300};
  sessions_ = std::make_unique<Sessions>(loop.get_executor(), options, clock, *log_);
  smtp::Server server;
  server.host = "127.0.0.1";
  server.port = sandbox_->smtp_port();
  server.encryption = smtp::Encryption::none;
  submission_ = std::make_unique<smtp::Submission>(server);
  password_ = std::make_shared<FixedPassword>(sandbox_->app_password(own_address));
  const ImapSmtp shared{.sessions = *sessions_,
                        .submission = *submission_,
                        .clock = clock,
                        .patience = std::chrono::seconds{1}};
  mailbox_ = open_imap_smtp(shared, password_, own_address);
}

model::MessageId ImapSmtpOverSandbox::deliver(std::string rfc822, Timestamp at,
                                              std::vector<std::string> labels) {
  // Over IMAP a label's id is its name; the world knows it by another.
  for (auto& label : labels) {
    for (const auto& known : sandbox_->world().mailbox(own_address).labels()) {
      if (known.name == label) label = known.id;
    }
  }
  const auto id = sandbox_->world().deliver(own_address, rfc822, std::move(labels), at);
  return model::MessageId{id.value()};
}

model::LabelId ImapSmtpOverSandbox::add_label(std::string name) {
  sandbox::Label label;
  label.name = name;
  sandbox_->world().mailbox(own_address).create_label(std::move(label)).value();
  return model::LabelId{std::move(name)};
}

Task<void> ImapSmtpOverSandbox::stop() {
  mailbox_.reset();
  co_await sessions_->close();
  co_await sandbox_->stop();
}

}  // namespace gmail_mcp::mail
