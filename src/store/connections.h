#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "model/access.h"
#include "model/connection.h"

namespace gmail_mcp::store {

/// Fernet tokens as stored; "" for a missing one.
struct Ciphertexts {
  std::string access_token;
  std::string refresh_token;
  std::string app_password;
};

/// What is sealed of one connection, whatever its status.
struct SealedConnection {
  model::ConnectionId id;
  Ciphertexts ciphertexts;
};

/// The same secrets under another key.
struct Resealed {
  model::ConnectionId id;
  Ciphertexts seen;  // as they were read
  Ciphertexts anew;
};

/// A connection with its credentials, for the vault only.
struct StoredCredential {
  model::Connection connection;
  Ciphertexts ciphertexts;
  std::optional<Timestamp> refresh_lease_until;
};

/// What is erased of a mailbox's data when its connection ends, or changes its kind.
enum class Erasure {
  none,
  sends,       // the sends, except for their number; the archive stays
  archive,     // only the archive; the connection lives on, without one until that is done
  everything,  // also the archive
};

std::string_view to_string(Erasure erasure);

/// A connection whose end is not finished.
struct Ending {
  model::Connection connection;
  bool has_credential = false;  // to be revoked and erased
  Erasure erasure = Erasure::none;
};

/// Why a person must connect again.
enum class CredentialLoss {
  refused,  // the provider no longer accepts the credential
  missing,  // there is none left; it was not refused
};

/// The result of connecting. An empty `refresh_token` keeps the stored one if the Google account
/// (`google_sub`) is the same.
struct NewCredential {
  std::optional<model::ConnectionId> id = {};  // of a new connection; nullopt: a random one
  model::UserId user_id;
  std::string gmail_address;
  model::ConnectionKind kind = model::ConnectionKind::oauth;
  std::vector<std::string> scopes;
  std::string google_sub;
  std::string display_name;
  Ciphertexts ciphertexts;
  std::optional<Timestamp> token_expires_at;
};

/// The result of a refresh. An empty `refresh_token` keeps the stored one, and so do empty scopes.
struct RefreshedToken {
  std::string access_token;
  std::string refresh_token;
  Timestamp expires_at;
  std::vector<std::string> scopes;
};

struct ConnectionFilter {
  std::optional<model::ExternalUserId> user;  // narrows within the access, never widens
  bool include_inactive = false;
  std::int64_t limit = 1000;
};

/// Whose tokens are worth renewing.
struct ExpiringFilter {
  Timestamp expires_before;
  Timestamp used_since;
  std::int64_t limit = 500;
};

/// An account at Google. Connections of older databases have no `sub`; then the address is
/// compared.
struct GoogleAccount {
  std::string sub;
  std::string address;
};

/// How many connections of one kind are in one state (`Connection::state`).
struct ConnectionCount {
  model::ConnectionKind kind = model::ConnectionKind::oauth;
  std::string state;
  std::int64_t connections = 0;

  bool operator==(const ConnectionCount&) const = default;
};

class Connections {
 public:
  virtual ~Connections() = default;

  /// The connection, if the access includes it; the only way from an id to a connection.
  virtual Task<std::optional<model::Connection>> find(const model::Access& access,
                                                      model::ConnectionId id) = 0;
  /// Newest first.
  virtual Task<std::vector<model::Connection>> list(const model::Access& access,
                                                    ConnectionFilter filter) = 0;

  /// Active OAuth connections that are in use and whose token expires; the first to expire first.
  virtual Task<std::vector<model::Connection>> expiring(const model::Access& access,
                                                        ExpiringFilter filter) = 0;

  virtual Task<std::optional<StoredCredential>> credential(const model::Access& access,
                                                           model::ConnectionId id) = 0;

  /// Creates the connection of (user, address), or replaces the credential of the existing one
  /// under the same id and makes it active again. Nothing is erased then; but when Google's consent
  /// replaces an App Password, the archive is marked to be erased (Erasure::archive), because other
  /// rules apply to it. `version` grows.
  virtual Task<model::Connection> save(const model::Access& access, NewCredential credential) = 0;

  /// Takes the right to refresh for the time `lease`, if no one holds it and the credential is
  /// still at `version`: one conditional UPDATE by the database's clock. True when taken.
  virtual Task<bool> begin_refresh(const model::Access& access, model::ConnectionId id,
                                   std::int64_t version, std::chrono::seconds lease) = 0;
  /// Stores a refresh and gives the lease back, if the credential is still at `version`; the new
  /// version is one higher. False when someone else changed the credential first (theirs stays).
  virtual Task<bool> finish_refresh(const model::Access& access, model::ConnectionId id,
                                    std::int64_t version, RefreshedToken token) = 0;
  /// Gives the lease back without a result.
  virtual Task<void> abandon_refresh(const model::Access& access, model::ConnectionId id,
                                     std::int64_t version) = 0;

  /// Marks reconnect_required if the credential is still at `version`. True when marked. The time
  /// of a refusal is kept for erase_lost.
  virtual Task<bool> require_reconnect(const model::Access& access, model::ConnectionId id,
                                       std::int64_t version, CredentialLoss loss) = 0;

  /// Whether an active OAuth connection within the access, other than `except`, uses the grant of
  /// this Google account, so that revoking the grant would end it too.
  virtual Task<bool> shared_by(const model::Access& access, GoogleAccount account,
                               std::optional<model::ConnectionId> except) = 0;

  /// Marks it disconnected, with what is to be erased, and erases every ciphertext; the row stays.
  /// Returns the erased credential for the revocation at Google. nullopt when there is no such
  /// connection within the access.
  virtual Task<std::optional<StoredCredential>> disconnect(const model::Access& access,
                                                           model::ConnectionId id,
                                                           Erasure erasure) = 0;

  /// Marks it disconnected, with what is to be erased, or removing. A connection that is being
  /// removed is not found by any other verb except `save`, which makes it active again. Returns it
  /// with its ciphertexts, which stay for the revocation at Google. May be repeated; with a
  /// version: only if the connection is still at that one.
  virtual Task<std::optional<StoredCredential>> begin_ending(const model::Access& access,
                                                             model::ConnectionId id,
                                                             model::ConnectionStatus as,
                                                             std::optional<std::int64_t> version,
                                                             Erasure erasure) = 0;
  /// Erases the ciphertexts of a connection marked so, after they were revoked.
  virtual Task<void> erase_credential(const model::Access& access, model::ConnectionId id) = 0;
  /// Marks, for the erasure of everything, the connections that were refused before `before` and
  /// not connected again since: at most `limit`, the earliest refusal first.
  virtual Task<void> erase_lost(const model::Access& access, Timestamp before,
                                std::int64_t limit) = 0;
  /// Removes the mark, after the data was erased, and with it the last error, which may name a
  /// folder.
  virtual Task<void> finish_erasure(const model::Access& access, model::ConnectionId id) = 0;
  /// Connections that are being removed, that are disconnected with ciphertexts left, or that are
  /// marked for an erasure, by any process, alive or not.
  virtual Task<std::vector<Ending>> endings(const model::Access& access) = 0;
  /// Deletes the row and everything that belongs to it, if it is being removed; true then. Only the
  /// number of its latest sends stays, in Sends::count_spent under the name `spent_as`. If the
  /// user's address was this one, it becomes that of the oldest connection left, or none.
  virtual Task<bool> remove(const model::Access& access, model::ConnectionId id,
                            std::string spent_as) = 0;

  /// Records the use; written in batches, never waited for.
  virtual void touch(model::ConnectionId id) = 0;
  /// Records that the mailbox answered, or why it did not; written like `touch`.
  virtual void note_ok(model::ConnectionId id) = 0;
  virtual void note_error(model::ConnectionId id, std::string sentence) = 0;

  /// The encrypted values within the access, one entry for each connection that has some, newest
  /// first: to see whether our keys open them.
  virtual Task<std::vector<Ciphertexts>> sealed(const model::Access& access,
                                                std::int64_t limit) = 0;

  /// The same in portions, in the order of ids: at most `limit`, those after `after`.
  virtual Task<std::vector<SealedConnection>> sealed_after(const model::Access& access,
                                                           std::optional<model::ConnectionId> after,
                                                           std::int64_t limit) = 0;
  /// Replaces the encrypted values of those that are still as they were seen; what somebody else
  /// has stored since stays. The secrets are the same, so `version` is, and a refresh under way can
  /// still store its result. Returns how many were replaced. Bulk work.
  virtual Task<std::int64_t> reseal(const model::Access& access, std::vector<Resealed> all) = 0;

  /// All connections within the access, counted by kind and state.
  virtual Task<std::vector<ConnectionCount>> count(const model::Access& access) = 0;
};

}  // namespace gmail_mcp::store
