#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "model/user.h"

namespace gmail_mcp::model {

/// A UUID; `connection_id` in the gmail_* tools, `account_id` in the others: one id space.
using ConnectionId = Id<struct ConnectionIdTag>;

/// What comes in by a door as the id of a connection: a UUID, with its dashes or (from older
/// databases) without. Nothing for any other text, which is the id of no connection: the store is
/// never asked for it.
std::optional<ConnectionId> parse_connection_id(std::string text);

/// How mail moves and what credential is stored.
enum class ConnectionKind { oauth, app_password };

enum class ConnectionStatus {
  active,
  pending,             // created, never yet usable
  reconnect_required,  // access was revoked: the person must connect again
  disconnected,        // ended by the person or the application: no credential is stored
  removing,            // being deleted: only the code that finishes that finds it
};

/// What is true of every account of a kind and matters beside its backend (mail/backend.h).
struct KindFacts {
  ConnectionKind kind;
  std::string_view name;  // in answers, in the database, and where operators count
  /// The person consented at Google: what is read is bound by Google's rules for its APIs, so that
  /// archive.oauth says whether it is kept; this program can revoke the consent, and asks for it
  /// again. Otherwise they typed a credential, with which mail servers were tried, and end it
  /// themselves.
  bool by_consent;
  std::string_view credential;  // as its person calls it
  std::string_view refused;     // why the account must be connected again
  std::string_view way_out;     // how the person ends it at Google
};

/// One row a kind, in the order in which they are shown.
std::span<const KindFacts> connection_kinds();
const KindFacts& facts_of(ConnectionKind kind);

std::string_view to_string(ConnectionKind kind);
std::string_view to_string(ConnectionStatus status);
/// All values of Connection::state.
std::span<const std::string_view> connection_states();
std::optional<ConnectionKind> connection_kind(std::string_view text);
std::optional<ConnectionStatus> connection_status(std::string_view text);

/// How the mailbox itself worked lately, independent of the credential.
enum class MailboxState {
  untried,  // not used since it was connected
  working,
  failing,  // the last use of it failed
};

std::string_view to_string(MailboxState state);

/// One Gmail account connected by one user: everything about it but its credentials.
struct Connection {
  ConnectionId id;
  UserId user_id;
  ExternalUserId external_user_id;
  std::string gmail_address;
  ConnectionKind kind = ConnectionKind::oauth;
  ConnectionStatus status = ConnectionStatus::active;
  std::vector<std::string> scopes;  // granted, as full URLs; not the requested ones
  std::string google_sub;  // Google's permanent key of the account; empty for App Passwords
  std::string display_name;
  std::optional<Timestamp> token_expires_at;
  Timestamp created_at;
  Timestamp updated_at;
  std::optional<Timestamp> last_used_at;
  std::int64_t version = 0;  // grows with every change of the credential
  // Since it was connected; updated now and then, not at every call.
  std::optional<Timestamp> last_ok_at;
  std::optional<Timestamp> last_error_at;
  std::string last_error;  // a sentence of ours

  bool is_active() const { return status == ConnectionStatus::active; }
  MailboxState mailbox_state() const;
  /// One word for what to expect of it: while the connection is active, how the mailbox works;
  /// otherwise the status.
  std::string_view state() const;
  bool operator==(const Connection&) const = default;
};

}  // namespace gmail_mcp::model
