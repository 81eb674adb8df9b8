#pragma once

#include <optional>

#include "accounts/desk.h"
#include "accounts/token_vault.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "crypto/fernet.h"
#include "google/oauth.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// Renews the access token of one connection, while other processes may try the same: the one that
/// takes the store's lease asks Google, the others read until the credential has changed. One loop.
class Refresh {
 public:
  Refresh(store::Store& store, const crypto::KeyRing& keys, google::OAuthApi* oauth, Clock& clock,
          Log& log, VaultOptions options)
      : store_{store}, keys_{keys}, oauth_{oauth}, clock_{clock}, log_{log}, options_{options} {}

  /// Whether a new token is needed before the connection can be used; `refused` may be empty.
  bool is_wanting(const Known& known, const Secret& refused) const;
  /// Whether the token can still be used while no other can be obtained.
  bool still_works(const Known& known, const Secret& refused) const;

  /// Reads the connection from the store and puts it on the desk.
  Task<KnownPtr> read(model::Access access, DeskPtr desk, model::ConnectionId id);

  /// Returns the connection when its token is good, or when it is no longer active; with the old
  /// token when that still works and there is no new one for now. Throws unavailable, after as long
  /// as a call to Gmail would be repeated, or misconfigured. Runs for all callers, with an access
  /// of its own: each caller's access was checked by `read`.
  Task<KnownPtr> run(DeskPtr desk, model::ConnectionId id, Secret refused);

  const VaultCounters& counters() const { return counters_; }

 private:
  // How one try ended. If nothing is set, another process holds the lease.
  struct Attempt {
    KnownPtr settled;              // refreshed, or refused for good
    std::optional<Error> trouble;  // it failed, and may succeed later
    bool overtaken = false;        // the credential was changed first: read again
  };
  Task<Attempt> attempt(DeskPtr desk, KnownPtr known);
  /// Shows other processes who is refreshing, so that nobody waits for a killed process.
  Task<void> sign_lease(model::ConnectionId id);
  Task<void> unsign_lease(model::ConnectionId id);
  /// Whether the lease belonged to a process that has ended; then it is free now.
  Task<void> free_if_holder_ended(const model::Connection& connection);
  Task<Attempt> keep(DeskPtr desk, KnownPtr known, google::TokenGrant grant, Timestamp asked_at);
  Task<Attempt> give_up(DeskPtr desk, KnownPtr known, store::CredentialLoss loss);

  store::Store& store_;
  const crypto::KeyRing& keys_;
  google::OAuthApi* oauth_;
  Clock& clock_;
  Log& log_;
  VaultOptions options_;
  VaultCounters counters_;
};

}  // namespace gmail_mcp::accounts
