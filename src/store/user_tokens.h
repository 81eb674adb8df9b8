#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "model/access.h"
#include "model/user_token.h"

namespace gmail_mcp::store {

/// A token as it is found by the SHA-256 (hex) of its text; the caller hashes.
struct FoundToken {
  std::string digest;
  model::UserToken token;
};

class UserTokens {
 public:
  virtual ~UserTokens() = default;

  /// Stores a new token of a user who exists. False when the user has `most` live ones, or is not
  /// within the access; `conflict` when there is a token of that id.
  virtual Task<bool> add(const model::Access& access, model::UserToken token, std::string digest,
                         std::int64_t most) = 0;
  /// Those of the digests that are stored, whether or not they are live.
  virtual Task<std::vector<FoundToken>> find(const model::Access& access,
                                             std::vector<std::string> digests) = 0;
  /// Newest first, also those that have ended not long ago.
  virtual Task<std::vector<model::UserToken>> list(const model::Access& access,
                                                   std::optional<model::ExternalUserId> user,
                                                   std::int64_t limit) = 0;
  /// Ends it; may be repeated. nullopt: there is no such token within the access.
  virtual Task<std::optional<model::UserToken>> revoke(const model::Access& access,
                                                       std::string id) = 0;
  /// Whether anybody has a live one.
  virtual Task<bool> has_any(const model::Access& access) = 0;
  /// Records the use; written in batches, never waited for.
  virtual void touch(std::string id) = 0;
  /// Deletes those that ended before `before`.
  virtual Task<void> purge(const model::Access& access, Timestamp before) = 0;
};

}  // namespace gmail_mcp::store
