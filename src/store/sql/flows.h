#pragma once

#include "base/clock.h"
#include "sql/database.h"
#include "store/flows.h"

namespace gmail_mcp::store {

class SqlFlows final : public Flows {
 public:
  SqlFlows(sql::Database& database, const Clock& clock) : database_{database}, clock_{clock} {}

  Task<void> begin(const model::Access& access, Flow flow) override;
  Task<std::optional<Flow>> find(const model::Access& access, std::string state_hash) override;
  Task<bool> bind_browser(const model::Access& access, std::string state_hash,
                          std::string browser_hash) override;
  Task<std::optional<Flow>> consume(const model::Access& access, std::string state_hash) override;
  Task<std::int64_t> purge_expired(const model::Access& access, Timestamp before) override;
  Task<std::int64_t> pending(const model::Access& access) override;

 private:
  sql::Database& database_;
  const Clock& clock_;
};

}  // namespace gmail_mcp::store
