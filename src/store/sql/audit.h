#pragma once

#include <deque>
#include <vector>

#include "sql/database.h"
#include "store/audit.h"
#include "store/sql/write_behind.h"

namespace gmail_mcp::store {

/// The statements that insert the first `count` of the entries, a few rows to each.
std::vector<sql::Statement> audit_statements(const std::deque<AuditEntry>& entries,
                                             std::size_t count);

class SqlAudit final : public Audit {
 public:
  SqlAudit(sql::Database& database, WriteBehind& write_behind)
      : database_{database}, write_behind_{write_behind} {}

  void record(AuditEntry entry) override { write_behind_.record(std::move(entry)); }
  Task<void> room() override { return write_behind_.room(); }
  Task<std::vector<AuditEntry>> recent(const model::Access& access, std::int64_t limit) override;
  Task<void> forget_user(const model::Access& access, model::ExternalUserId user) override;
  Task<std::int64_t> purge(Timestamp before) override;

 private:
  sql::Database& database_;
  WriteBehind& write_behind_;
};

}  // namespace gmail_mcp::store
