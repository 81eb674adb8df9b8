#include "store/sql/supabase_script.h"

#include "sql/supabase/catalog.h"
#include "sql/supabase/script.h"
#include "store/sql/statements.h"

namespace gmail_mcp::store {

std::string supabase_script() {
  const auto& dialect = postgres_dialect();
  auto statements = all_statements(dialect);
  const auto more = sql::statements_of_supabase();
  statements.insert(statements.end(), more.begin(), more.end());
  std::set<std::string> tables{"schema_migrations"};
  for (const auto& migration : dialect.migrations) {
    for (const auto& [table, columns] : sql::tables_made_by(migration.statements)) {
      tables.insert(table);
    }
  }
  const std::vector<std::string> names(tables.begin(), tables.end());
  return sql::supabase_script(statements, names);
}

}  // namespace gmail_mcp::store
