#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"

namespace gmail_mcp::model {

/// Our own key of a user: a UUID. Never shown as `user_id`.
using UserId = Id<struct UserIdTag>;

/// The application's name for its user, called `user_id` at every door. Opaque, 1–255 bytes, never
/// changed. Names that come in at a door are checked by parse_user_id; stored ones are taken as
/// they are, so that ids of earlier versions still work.
using ExternalUserId = Id<struct ExternalUserIdTag>;

/// A user_id as a caller, a setting or a file gives it. Refused, with the reason, when two could
/// look the same: UTF-8 in NFC, no white space at its ends, no control and no bidi control.
Result<ExternalUserId> parse_user_id(std::string text);
/// Why `text` is refused.
std::optional<Error> user_id_fault(std::string_view text);

/// A person who uses the application that runs this server.
struct User {
  UserId id;
  ExternalUserId external_id;
  std::string email;  // empty until an account is connected
  Timestamp created_at;
  Timestamp updated_at;

  bool operator==(const User&) const = default;
};

}  // namespace gmail_mcp::model
