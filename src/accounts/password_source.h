#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"

namespace gmail_mcp::accounts {

/// Where a mail backend gets the App Password of one connection, like google::TokenSource for
/// tokens. Shared by everything that uses the connection. One loop.
class PasswordSource {
 public:
  virtual ~PasswordSource() = default;

  /// The password as the server needs it (without spaces). Throws reconnect_required when the
  /// connection is no longer active, misconfigured when our keys cannot open it.
  virtual Task<Secret> password() = 0;

  /// To be called when the server refused the password `refused`: marks the connection
  /// reconnect_required if that is still its password. Returns the Error to throw.
  virtual Task<Error> refused(Secret refused) = 0;
};

}  // namespace gmail_mcp::accounts
