#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "sandbox/mail_house.h"

namespace gmail_mcp::sandbox {

/// Signing in to IMAP and SMTP.

struct SignIn {
  Account* account = nullptr;  // nullptr: refused
  std::string_view refusal;    // a name of mail_refusals.h
};
SignIn judge_password(MailHouse& house, std::string_view email, std::string_view password);

/// nullptr unless it is a valid access token of that account with the scope for all of Gmail.
Account* judge_token(MailHouse& house, std::string_view email, std::string_view token);

struct Credential {
  std::string email, secret;
  bool is_bearer = false;
};
/// A client's one answer in PLAIN, XOAUTH2 or OAUTHBEARER (lower case), in base64.
Result<Credential> read_sasl(std::string_view mechanism, std::string_view response);

/// Google's message to a client whose token it refuses.
std::string token_refusal();

}  // namespace gmail_mcp::sandbox
