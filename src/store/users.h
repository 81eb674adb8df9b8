#pragma once

#include <optional>
#include <vector>

#include "base/task.h"
#include "model/access.h"
#include "model/user.h"

namespace gmail_mcp::store {

struct UserSummary {
  model::User user;
  std::int64_t active_connections = 0;
};

class Users {
 public:
  virtual ~Users() = default;

  /// The user, created when first seen; racing callers get the same one. Throws invalid_argument
  /// for an unknown id that is not a valid one (parse_user_id).
  virtual Task<model::User> get_or_create(const model::Access& access,
                                          model::ExternalUserId external_id) = 0;
  virtual Task<std::optional<model::User>> find(const model::Access& access,
                                                model::ExternalUserId external_id) = 0;
  /// Deletes the user and their pending sign-ins when no connection of any kind is left, and ends
  /// their sessions of MCP clients. True when the user no longer exists.
  virtual Task<bool> erase(const model::Access& access, model::ExternalUserId external_id) = 0;
  /// Newest first; at most `limit`.
  virtual Task<std::vector<UserSummary>> list(const model::Access& access, std::int64_t limit) = 0;
};

}  // namespace gmail_mcp::store
