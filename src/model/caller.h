#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/user.h"

namespace gmail_mcp::model {

/// Who calls us, by the credential of the request (accounts/credentials.h). operation::Admission
/// decides what they may do.
enum class CallerKind {
  flow,         // the person on our /oauth/* pages: finishes that flow and nothing else
  user,         // a credential bound to a user, or an Application narrowed to one
  application,  // acts for every user
  operator_,    // everything, set-up tools included
};

/// Which sends wait for a person's approval (send.approval, or of one credential).
enum class Approval {
  never,
  new_recipients,  // those with a recipient to whom the account never wrote
  always,
};

/// What a person's credential is limited to, within what its user may do.
struct Grant {
  std::vector<std::string> connections = {};  // ids; empty: all of the user's
  std::vector<std::string> toolsets = {};     // names; empty: all that are enabled
  bool read_only = false;
  std::optional<Approval> approval = {};  // nullopt: the server's rule for such callers
  std::string client = {};                // the program that holds it, for the audit; may be empty
  /// Of an OAuth access token: the scopes that made this grant, so that the client can be told to
  /// ask for more. Empty for other credentials.
  std::vector<std::string> scopes = {};

  bool operator==(const Grant&) const = default;
};

/// Whether a credential still counts, for what outlives the request that showed it: an event
/// stream. Changed by whoever recognised it. One loop.
struct Validity {
  bool has_ended = false;
  std::optional<Timestamp> until = {};

  bool holds(Timestamp now) const { return !has_ended && (!until || now < *until); }
};

struct Caller {
  CallerKind kind = CallerKind::flow;
  std::optional<ExternalUserId> only_user;  // set for `user`; narrows an application as well
  /// The user when the call names none: the person on stdio or at the command line.
  std::optional<ExternalUserId> default_user;
  std::string credential;  // its name in logs and sessions: "operator_token", never the credential
  Grant grant = {};        // of a person's credential; of others it limits nothing
  std::shared_ptr<const Validity> validity = {};  // null: the credential does not end

  /// For audit and for binding sessions: "application:auth_token:user-123". Colons of the
  /// credential's name become dots.
  std::string identity() const;
  /// In whose share the caller counts of what all callers use together, and under which name limits
  /// are counted: "user:user-123" for all who act for one person only, whatever tokens, sign-ins
  /// and applications they come with; the identity of others.
  std::string shareholder() const;
};

/// Whether it is the identity of a caller who is limited to this user.
bool is_limited_to(std::string_view identity, std::string_view user);

}  // namespace gmail_mcp::model
