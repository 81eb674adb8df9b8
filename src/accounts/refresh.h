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

/// Renews the access token of one connection, against other processes that may be at it too: who
/// takes the store's lease asks Google, the others read until the credential has moved. One loop.
class Refresh {
 public:
  Refresh(store::Store& store, const crypto::KeyRing& keys, google::OAuthApi* oauth, Clock& clock,
          Log& log, VaultOptions options)
      : store_{store}, keys_{keys}, oauth_{oauth}, clock_{clock}, log_{log}, options_{options} {}

  /// Whether a token must be got before the connection can be used; `refused` may be empty.
  bool is_wanting(const Known& known, const Secret& refused) const;
  /// Whether the token will do while no other can be had.
  bool still_works(const Known& known, const Secret& refused) const;

  /// Looks into the store, and leaves what it says on the desk.
  Task<KnownPtr> read(model::Access access, DeskPtr desk, model::ConnectionId id);

  /// Returns the connection when nothing is wanting any more, or when it is no longer active; the
  /// old token when it still works and there is no other for now. Throws unavailable, after as long
  /// as a call of Gmail's is tried, or misconfigured. Runs for everybody, with an access of its
  /// own: each caller's was judged by `read`.
  Task<KnownPtr> run(DeskPtr desk, model::ConnectionId id, Secret refused);

  const VaultCounters& counters() const { return counters_; }

 private:
  // How one try ended. Nothing set: another process holds the lease.
  struct Attempt {
    KnownPtr settled;              // refreshed, or refused for good
    std::optional<Error> trouble;  // it failed, and may succeed later
    bool overtaken = false;        // somebody changed the credential first: read again
  };
  Task<Attempt> attempt(DeskPtr desk, KnownPtr known);
  /// Tells other processes who is at it, so that nobody waits for one that was killed.
  Task<void> sign_lease(model::ConnectionId id);
  Task<void> unsign_lease(model::ConnectionId id);
  /// Whether the lease that was refused belonged to a process that ended; then it is free now.
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
