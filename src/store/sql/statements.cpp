#include "store/sql/statements.h"

#include "sql/migrate.h"
#include "store/sql/parts.h"
#include "store/sql/sql_archive.h"

namespace gmail_mcp::store {

std::vector<sql::Sql> all_statements(const Dialect& dialect) {
  std::vector<std::span<const sql::Sql>> lists{
      sql::statements_of_migrations(),
      statements_of_store(),
      statements_of_users(),
      statements_of_connections(),
      statements_of_sealed_connections(),
      statements_of_flows(),
      statements_of_sends(),
      statements_of_held_sends(),
      statements_of_leases(),
      statements_of_audit(),
      statements_of_write_behind(),
      statements_of_archive_storing(),
      statements_of_archive_again(),
      statements_of_archive_reading(),
      statements_of_archive_removing(),
      statements_of_archive_loading(),
      statements_of_dump(),
      statements_of_news(),
      statements_of_spending(),
      statements_of_mcp_sessions(),
      statements_of_tries(),
      statements_of_client_grants(),
      statements_of_user_tokens(),
  };
  lists.insert(lists.end(), dialect.own_statements.begin(), dialect.own_statements.end());
  std::vector<sql::Sql> all{dialect.begin_refresh,  dialect.take_lease,     dialect.take_leases,
                            dialect.release_leases, dialect.lease_holders,  dialect.spend_sends,
                            dialect.first_news,     dialect.read_news,      dialect.purge_news,
                            dialect.loading.audit,  dialect.loading.archive};
  if (dialect.count_inserted) all.push_back(*dialect.count_inserted);
  lists.push_back(dialect.loading.finish);
  for (const auto list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace gmail_mcp::store
