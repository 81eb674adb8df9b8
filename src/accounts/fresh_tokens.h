#pragma once

#include <chrono>

#include "accounts/token_vault.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

struct FreshTokenOptions {
  std::chrono::seconds refresh_buffer{300};  // the vault's
  std::chrono::hours in_use{2};              // mailboxes used since then are kept ready
  std::int64_t at_once = 500;                // in one round
};

/// Renews the tokens of mailboxes in use before they expire, so that no call has to wait for
/// Google's token endpoint. Returns how many it renewed or tried to. Mailboxes that are not used
/// are left alone. A failure does no harm, because the next call or round tries again; after three
/// in a row the round ends.
Task<int> renew_expiring_tokens(TokenVault& vault, store::Store& store, const Clock& clock,
                                Log& log, FreshTokenOptions options);

}  // namespace gmail_mcp::accounts
