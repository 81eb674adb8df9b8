#pragma once

#include <optional>
#include <string>
#include <string_view>

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

struct Caller {
  CallerKind kind = CallerKind::flow;
  std::optional<ExternalUserId> only_user;  // set for `user`; narrows an application as well
  /// The user when the call names none: the person on stdio or at the command line.
  std::optional<ExternalUserId> default_user;
  std::string credential;  // its name in logs and sessions: "operator_token", never the credential

  /// For audit and for binding sessions: "application:auth_token:user-123".
  std::string identity() const;
};

/// Whether it is the identity of a caller who is limited to this user.
bool is_limited_to(std::string_view identity, std::string_view user);

}  // namespace gmail_mcp::model
