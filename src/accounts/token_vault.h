#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/fernet.h"
#include "google/credentials.h"
#include "google/oauth.h"
#include "model/access.h"
#include "model/connection.h"
#include "model/flow.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

struct VaultOptions {
  std::chrono::seconds refresh_buffer{300};  // refresh this long before expiry
  std::chrono::seconds lease{20};            // how long one process may take to refresh
  std::chrono::seconds cache{5};  // how long a disconnect by another process may go unnoticed
};

/// Counted for /metrics and for tests.
struct VaultCounters {
  std::uint64_t refreshes_ok = 0;
  std::uint64_t refreshes_refused = 0;  // invalid_grant
  std::uint64_t refreshes_failed = 0;   // transient
};

/// The only place where stored tokens become usable ones. There is only one refresh at a time:
/// within the process callers share it, between processes the store's lease and version decide. A
/// transient failure never invalidates a token; invalid_grant marks the connection
/// reconnect_required. A token our keys cannot open is `misconfigured` and never asks the person to
/// reconnect. One loop.
class TokenVault {
 public:
  /// `oauth` may be null: no Google client is configured, refreshing is then `misconfigured`.
  TokenVault(store::Store& store, const crypto::KeyRing& keys, google::OAuthApi* oauth,
             Clock& clock, Log& log, VaultOptions options = {});
  ~TokenVault();

  /// The source of bearer tokens for one connection; must not outlive the vault.
  std::shared_ptr<google::TokenSource> source(const model::Access& access, model::ConnectionId id);

  Task<Secret> token(const model::Access& access, model::ConnectionId id);
  Task<Secret> replace(const model::Access& access, model::ConnectionId id, Secret refused);

  /// Whether the connection works; refreshes the token if needed. An unknown id throws not_found. A
  /// transient failure is an `error` without needs_reauth.
  Task<model::ConnectionCheck> check(const model::Access& access, model::ConnectionId id);

  /// Marks the connection, forgets it, revokes at Google if asked, and erases; a failed revocation
  /// is reported. If it is interrupted at any point it can be repeated, which also makes up for the
  /// revocation. With a version: not_found unless the connection is at that one. Once begun it is
  /// finished, whatever happens to the caller. `erasure`: what others have to erase afterwards; it
  /// is marked as well.
  Task<model::Disconnected> disconnect(const model::Access& access, model::ConnectionId id,
                                       bool revoke_google_access,
                                       store::Erasure erasure = store::Erasure::everything,
                                       std::optional<std::int64_t> version = std::nullopt);

  /// The first step of a removal: the same with a revocation, and with a mark that hides the
  /// connection from everyone.
  Task<model::Disconnected> begin_removal(const model::Access& access, model::ConnectionId id,
                                          std::optional<std::int64_t> version);

  /// Drops what is cached about a connection (it was reconnected).
  void forget(const model::ConnectionId& id);

  /// Waits for running refreshes and disconnects, which outlive callers who gave up. Call it before
  /// destroying a vault whose loop goes on.
  Task<void> drain();

  const VaultCounters& counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::accounts
