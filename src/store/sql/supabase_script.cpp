#include "store/sql/supabase_script.h"

#include <fmt/format.h>

#include <set>

#include "sql/supabase/names.h"
#include "sql/supabase/script.h"
#include "store/sql/postgres_server.h"
#include "store/sql/statements.h"

namespace gmail_mcp::store {

namespace {

constexpr sql::Sql find_missing{
    "supabase_script.find_missing",
    "SELECT wanted.name FROM json_to_recordset(CAST(?1 AS JSON)) AS wanted(name TEXT, digest TEXT) "
    "WHERE NOT EXISTS (SELECT 1 FROM gmail_mcp_statements AS s "
    "WHERE s.name = wanted.name AND s.digest = wanted.digest)"};

}  // namespace

std::string supabase_script() {
  const auto& dialect = supabase_dialect();
  std::set<std::string> tables{"schema_migrations"};
  for (const auto& migration : dialect.migrations) {
    for (const auto& [table, unused] : sql::tables_made_by(migration.statements)) {
      tables.insert(table);
    }
  }
  const std::vector<std::string> names(tables.begin(), tables.end());
  return sql::supabase_script(all_statements(dialect), names);
}

Task<ServerState> examine_supabase(sql::Database& database, const Clock& clock) {
  const auto& dialect = supabase_dialect();
  std::string wanted = "[";
  for (const auto& one : all_statements(dialect)) {
    if (wanted.size() > 1) wanted += ',';
    wanted += fmt::format(R"({{"name":"{}","digest":"{:016x}"}})", one.name(), one.digest());
  }
  wanted += ']';
  // First: without it the other questions might not be known, either.
  const sql::Rows missing = co_await database.read(find_missing, std::move(wanted));
  auto state = co_await examine_postgres(database, clock, dialect.migrations);
  if (!missing.empty()) {
    state.refusals.emplace_back(
        "The Supabase project does not have all statements of this version. Run the SQL that "
        "`gmail-mcp migrate --print` prints in the project's SQL editor.");
  }
  co_return state;
}

std::span<const sql::Sql> statements_of_supabase() {
  static constexpr sql::Sql all[] = {sql::supabase::list_columns, find_missing};
  return all;
}

}  // namespace gmail_mcp::store
