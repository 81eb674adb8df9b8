#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "model/user.h"

namespace gmail_mcp::operation {
class Admission;
}

namespace gmail_mcp::model {

/// Whose data a store verb may touch: one user's, or everybody's. Every verb on a user's data takes
/// one and puts it into the query itself, so that someone else's row and a missing row get the same
/// answer in the same time. Only the staircase (operation::Admission) can make one for a caller.
class Access {
 public:
  /// For background jobs, which have no caller. `reason` is a constant that says why.
  static Access system(std::string_view reason) { return Access{std::nullopt, reason}; }

  /// nullopt: everybody's data may be touched.
  const std::optional<ExternalUserId>& only_user() const { return only_user_; }
  std::string_view reason() const { return reason_; }

  bool may_act_for(const ExternalUserId& user) const { return !only_user_ || *only_user_ == user; }

 private:
  friend class operation::Admission;

  Access(std::optional<ExternalUserId> only_user, std::string_view reason)
      : only_user_{std::move(only_user)}, reason_{reason} {}

  std::optional<ExternalUserId> only_user_;
  std::string_view reason_;
};

}  // namespace gmail_mcp::model
