#include "store/sql/supabase_script.h"

#include <set>

#include "sql/supabase/names.h"
#include "sql/supabase/script.h"
#include "store/sql/statements.h"

namespace gmail_mcp::store {

std::string supabase_script() {
  const auto& dialect = supabase_dialect();
  auto statements = all_statements(dialect);
  statements.push_back(sql::supabase::list_columns);
  std::set<std::string> tables{"schema_migrations"};
  for (const auto& migration : dialect.migrations) {
    for (const auto& [table, unused] : sql::tables_made_by(migration.statements)) {
      tables.insert(table);
    }
  }
  const std::vector<std::string> names(tables.begin(), tables.end());
  return sql::supabase_script(statements, names);
}

}  // namespace gmail_mcp::store
