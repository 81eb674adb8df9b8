#pragma once

#include <chrono>

#include "accounts/app_passwords.h"
#include "accounts/token_vault.h"
#include "base/fair_share.h"
#include "mail/backend.h"
#include "mail/gmail_rest/gmail_rest.h"
#include "mail/imap_smtp/imap_smtp.h"

namespace gmail_mcp::app {

/// What the backends use; outlives them.
struct BackendParts {
  mail::GmailRest& gmail;
  mail::ImapSmtp& imap_smtp;
  accounts::TokenVault& vault;
  accounts::AppPasswords* passwords = nullptr;  // null: not offered here
  FairShare& answers;
  std::chrono::days reach{0};  // see mail::open_history_feed
};

/// One row for each kind of connection: a new kind is added here (docs/howto-backend.md). To open a
/// connection, its caller must have got it through an Access.
mail::Backends backends(const BackendParts& parts);

}  // namespace gmail_mcp::app
