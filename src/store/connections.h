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

/// Fernet tokens as stored; empty when there is none.
struct Ciphertexts {
  std::string access_token;
  std::string refresh_token;
  std::string app_password;
};

/// A connection together with its credentials, for the vault alone.
struct StoredCredential {
  model::Connection connection;
  Ciphertexts ciphertexts;
  std::optional<Timestamp> refresh_lease_until;
};

/// What is erased of what was kept of a mailbox when its connection ends, or changes its kind.
enum class Erasure {
  none,
  sends,       // what was sent, but for how much it was; the archive stays
  archive,     // the archive alone; the connection lives, and has none before that is done
  everything,  // the archive, too
};

std::string_view to_string(Erasure erasure);

/// An ending that is not over.
struct Ending {
  model::Connection connection;
  bool has_credential = false;  // to be revoked, and erased
  Erasure erasure = Erasure::none;
};

/// Why a connection needs its person.
enum class CredentialLoss {
  refused,  // the provider says that it does not accept the credential any more
  missing,  // there is none left to try; nobody refused it
};

/// What a finished connecting leaves behind. An empty `refresh_token` keeps the stored one if the
/// Google account (`google_sub`) is the same.
struct NewCredential {
  std::optional<model::ConnectionId> id = {};  // of a new connection; nothing: a random one
  model::UserId user_id;
  std::string gmail_address;
  model::ConnectionKind kind = model::ConnectionKind::oauth;
  std::vector<std::string> scopes;
  std::string google_sub;
  std::string display_name;
  Ciphertexts ciphertexts;
  std::optional<Timestamp> token_expires_at;
};

/// What a refresh brought. An empty `refresh_token` keeps the stored one; empty scopes keep those.
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

/// Who is who at Google. Connections of older databases have no `sub`: the address tells then.
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

  /// The connection if the access reaches it; the one way from an id to a connection.
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
  /// under the same id and makes it active again: nothing is erased then, but what was archived
  /// under an App Password is marked to be (Erasure::archive) when Google's consent takes its
  /// place, for that has other rules. `version` grows.
  virtual Task<model::Connection> save(const model::Access& access, NewCredential credential) = 0;

  /// Takes the right to refresh for `lease`, if nobody holds it and the credential is still at
  /// `version`: one conditional UPDATE by the database's clock. True when taken.
  virtual Task<bool> begin_refresh(const model::Access& access, model::ConnectionId id,
                                   std::int64_t version, std::chrono::seconds lease) = 0;
  /// Stores a refresh and gives the lease back, if the credential is still at `version`; the new
  /// version is one higher. False when somebody else changed the credential first (theirs stays).
  virtual Task<bool> finish_refresh(const model::Access& access, model::ConnectionId id,
                                    std::int64_t version, RefreshedToken token) = 0;
  /// Gives the lease back without a result.
  virtual Task<void> abandon_refresh(const model::Access& access, model::ConnectionId id,
                                     std::int64_t version) = 0;

  /// Marks reconnect_required if the credential is still at `version`. True when marked. One that
  /// was refused is remembered with its time: see erase_lost.
  virtual Task<bool> require_reconnect(const model::Access& access, model::ConnectionId id,
                                       std::int64_t version, CredentialLoss loss) = 0;

  /// Whether an active OAuth connection within the access, other than `except`, lives on the grant
  /// of this Google account: revoking it would end that connection too.
  virtual Task<bool> shared_by(const model::Access& access, GoogleAccount account,
                               std::optional<model::ConnectionId> except) = 0;

  /// Marks disconnected, with what is to be erased, and erases every ciphertext; the row stays.
  /// What was erased is returned for the revocation at Google. nullopt when there is no such
  /// connection within the access.
  virtual Task<std::optional<StoredCredential>> disconnect(const model::Access& access,
                                                           model::ConnectionId id,
                                                           Erasure erasure) = 0;

  /// Marks as disconnected, with what is to be erased, or as removing: from then on no other verb
  /// finds what is being removed, but for `save`, which makes it active again. Returned with its
  /// ciphertexts, which stay for the revocation at Google. May be repeated; with a version: only if
  /// the connection is still at that.
  virtual Task<std::optional<StoredCredential>> begin_ending(const model::Access& access,
                                                             model::ConnectionId id,
                                                             model::ConnectionStatus as,
                                                             std::optional<std::int64_t> version,
                                                             Erasure erasure) = 0;
  /// Erases the ciphertexts of what is marked so: it was revoked.
  virtual Task<void> erase_credential(const model::Access& access, model::ConnectionId id) = 0;
  /// Marks, with everything to be erased, what was refused before `before` and was not connected
  /// again since: at most `limit`, who was refused first comes first.
  virtual Task<void> erase_lost(const model::Access& access, Timestamp before,
                                std::int64_t limit) = 0;
  /// Takes the mark back: what was to be erased is erased. Goes with it: the last error, which may
  /// name a folder.
  virtual Task<void> finish_erasure(const model::Access& access, model::ConnectionId id) = 0;
  /// What is being removed, what is disconnected and has ciphertexts left, and whatever is marked
  /// to be erased: by whatever process, alive or not.
  virtual Task<std::vector<Ending>> endings(const model::Access& access) = 0;
  /// Deletes the row and everything that hangs on it, if it is being removed. True when it was. All
  /// that stays is how much it sent lately: Sends::count_spent knows it by the name `spent_as`. The
  /// user's address, where it was this one, becomes that of the oldest connection left, or none.
  virtual Task<bool> remove(const model::Access& access, model::ConnectionId id,
                            std::string spent_as) = 0;

  /// Remembers the use; written in batches, never waited for.
  virtual void touch(model::ConnectionId id) = 0;
  /// Remembers that the mailbox answered, or why it did not; written as `touch` is.
  virtual void note_ok(model::ConnectionId id) = 0;
  virtual void note_error(model::ConnectionId id, std::string sentence) = 0;

  /// What is stored sealed within the access, one entry a connection that has something, newest
  /// first: to see whether our keys open it.
  virtual Task<std::vector<Ciphertexts>> sealed(const model::Access& access,
                                                std::int64_t limit) = 0;

  /// All connections within the access, counted by kind and state.
  virtual Task<std::vector<ConnectionCount>> count(const model::Access& access) = 0;
};

}  // namespace gmail_mcp::store
