#pragma once

#include "base/secret.h"
#include "base/task.h"

namespace gmail_mcp::google {

/// Where the Gmail client gets its bearer token from. Implemented by accounts::TokenVault, so that
/// this folder need not know our accounts.
class TokenSource {
 public:
  virtual ~TokenSource() = default;

  /// A token believed to be valid. Throws reconnect_required, misconfigured, unavailable.
  virtual Task<Secret> token() = 0;
  /// A newer token after Google refused `refused` with 401; refreshed at most once for all callers.
  /// Throws reconnect_required when Google gives no other.
  virtual Task<Secret> replace(Secret refused) = 0;
};

}  // namespace gmail_mcp::google
