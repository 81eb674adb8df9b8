#pragma once

#include <string>

#include "base/clock.h"
#include "base/id.h"

namespace gmail_mcp::model {

/// Our own key of a user: a UUID. Never shown as `user_id`.
using UserId = Id<struct UserIdTag>;

/// The application's name for its user: what every surface calls `user_id`. Opaque, 1–255 bytes.
using ExternalUserId = Id<struct ExternalUserIdTag>;

/// A person of the application that runs us.
struct User {
  UserId id;
  ExternalUserId external_id;
  std::string email;  // empty until an account is connected
  Timestamp created_at;
  Timestamp updated_at;

  bool operator==(const User&) const = default;
};

}  // namespace gmail_mcp::model
