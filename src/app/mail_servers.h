#pragma once

#include <memory>
#include <string>

#include "base/secret.h"
#include "base/task.h"
#include "imap/client.h"
#include "net/tls.h"
#include "setup/settings.h"
#include "smtp/submission.h"

namespace gmail_mcp::app {

/// The settings in the terms of the two protocols.
imap::Server imap_server(const setup::MailSettings& settings);
smtp::Server smtp_server(const setup::MailSettings& settings);

/// Tries passwords at the IMAP and the SMTP server of the settings: accounts::AppPasswords' Verify.
/// Keeps nothing in between. One loop.
class PasswordCheck {
 public:
  explicit PasswordCheck(const setup::MailSettings& settings);

  /// Returns when both accept the login. IMAP comes first, and a login that it refuses is not tried
  /// at SMTP, so that a wrong password counts as one failed attempt. Throws as they do, or timeout.
  Task<void> verify(std::string address, Secret password);

 private:
  imap::Server imap_;
  net::Authorities authorities_;
  smtp::Submission submission_;
};

}  // namespace gmail_mcp::app
