#pragma once

#include "base/clock.h"
#include "sql/database.h"
#include "store/users.h"

namespace gmail_mcp::store {

class SqlUsers final : public Users {
 public:
  SqlUsers(sql::Database& database, const Clock& clock) : database_{database}, clock_{clock} {}

  Task<model::User> get_or_create(const model::Access& access,
                                  model::ExternalUserId external_id) override;
  Task<std::optional<model::User>> find(const model::Access& access,
                                        model::ExternalUserId external_id) override;
  Task<bool> erase(const model::Access& access, model::ExternalUserId external_id) override;
  Task<std::vector<UserSummary>> list(const model::Access& access, std::int64_t limit) override;

 private:
  sql::Database& database_;
  const Clock& clock_;
};

}  // namespace gmail_mcp::store
