#include "store/sql/leases.h"

namespace gmail_mcp::store {

Task<bool> SqlLeases::take(std::string name, std::string holder, std::chrono::seconds duration) {
  sql::Statement statement{dialect_.take_lease, std::move(name), std::move(holder),
                           duration.count()};
  const sql::Rows rows = co_await database_.write(std::move(statement));
  co_return !rows.empty();
}

Task<void> SqlLeases::release(std::string name, std::string holder) {
  sql::Statement statement{"DELETE FROM leases WHERE name = ?1 AND holder = ?2", std::move(name),
                           std::move(holder)};
  co_await database_.write(std::move(statement));
}

}  // namespace gmail_mcp::store
