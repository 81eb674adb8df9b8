#pragma once

#include "base/clock.h"
#include "sql/database.h"
#include "store/sends.h"
#include "store/sql/dialect.h"

namespace gmail_mcp::store {

class SqlSends final : public Sends {
 public:
  SqlSends(sql::Database& database, const Clock& clock, const Dialect& dialect)
      : database_{database}, clock_{clock}, dialect_{dialect} {}

  Task<Begun> begin(const model::Access& access, SendRecord record) override;
  Task<void> finish(const model::Access& access, std::string id, SendStatus status,
                    std::string result_json) override;
  Task<bool> adopt(const model::Access& access, const SendRecord& seen,
                   std::string process_id) override;
  Task<std::optional<SendRecord>> find(const model::Access& access, std::string id) override;
  Task<std::optional<SendRecord>> find_undelivered(const model::Access& access,
                                                   model::ConnectionId connection, std::string tool,
                                                   std::string fingerprint,
                                                   Timestamp since) override;
  Task<void> mark_undelivered(const model::Access& access, std::string id) override;
  Task<std::int64_t> count_since(const model::Access& access, model::ConnectionId connection,
                                 Timestamp since) override;
  Task<std::int64_t> count_spent(std::string spent_as, Timestamp since) override;
  Task<void> forget(const model::Access& access, model::ConnectionId connection,
                    std::string spent_as) override;
  Task<void> forget_spent() override;
  Task<void> erase(const model::Access& access, model::ConnectionId connection,
                   std::string spent_as) override;
  Task<std::int64_t> purge(const model::Access& access, Timestamp before) override;

 private:
  sql::Database& database_;
  const Clock& clock_;
  const Dialect& dialect_;
};

}  // namespace gmail_mcp::store
