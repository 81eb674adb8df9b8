#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/caller.h"
#include "model/user.h"

namespace gmail_mcp::model {

/// What is known of a token with which a person's programs call; never the token itself.
struct UserToken {
  std::string id;  // the first characters of the token: "gmu_" and eight more
  ExternalUserId user;
  std::string name;  // for people: "laptop"; may be empty
  Grant grant;
  Timestamp created_at;
  std::optional<Timestamp> expires_at;  // nullopt: never
  std::optional<Timestamp> last_used_at;
  std::optional<Timestamp> revoked_at;

  bool is_live(Timestamp now) const { return !revoked_at && (!expires_at || now < *expires_at); }

  bool operator==(const UserToken&) const = default;
};

/// "never", "new_recipients", "always".
std::string_view to_string(Approval approval);
std::optional<Approval> approval(std::string_view name);

}  // namespace gmail_mcp::model
