#include "sql/supabase/catalog.h"

#include <array>

#include "base/json_escape.h"
#include "sql/supabase/names.h"

namespace gmail_mcp::sql {

namespace {

constexpr Sql find_faults{
    "supabase.find_faults",
    "WITH ours AS (SELECT c.oid, c.relname, c.relrowsecurity FROM pg_class AS c "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
    "AND c.relname IN (SELECT json_array_elements_text(CAST(?1 AS JSON)))), "
    "others AS (SELECT r.oid, r.rolname FROM pg_roles AS r "
    "WHERE r.rolname IN ('anon', 'authenticated')) "
    "SELECT 'open_table', o.relname::text FROM ours AS o WHERE NOT o.relrowsecurity "
    "UNION ALL SELECT 'granted_table', o.relname::text FROM ours AS o WHERE EXISTS "
    "(SELECT 1 FROM others AS r WHERE has_table_privilege(r.oid, o.oid, "
    "'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')) "
    "UNION ALL SELECT 'open_function', r.rolname::text FROM others AS r "
    "WHERE has_function_privilege(r.oid, 'public.gmail_mcp_run(json)', 'EXECUTE') "
    "UNION ALL SELECT 'lower_case', '' WHERE lower('\u00C4') <> '\u00E4' "
    "UNION ALL SELECT 'missing_rights', o.relname::text FROM ours AS o "
    "WHERE o.relname <> 'gmail_mcp_statements' AND NOT (has_table_privilege(o.oid, 'SELECT') "
    "AND has_table_privilege(o.oid, 'INSERT') AND has_table_privilege(o.oid, 'UPDATE') "
    "AND has_table_privilege(o.oid, 'DELETE')) "
    "ORDER BY 1, 2"};

// In the order of the enumerators.
constexpr std::array<std::string_view, 5> kinds = {"open_table", "granted_table", "open_function",
                                                   "lower_case", "missing_rights"};

}  // namespace

std::span<const Sql> statements_of_supabase() {
  static constexpr Sql all[] = {supabase::list_columns, find_faults};
  return all;
}

Task<std::vector<SupabaseFault>> look_for_faults(Database& database,
                                                 std::vector<std::string> tables) {
  std::string names = "[";
  for (const auto& table : tables) {
    if (names.size() > 1) names += ',';
    names += '"';
    append_json_escaped(names, table);
    names += '"';
  }
  names += ']';
  const Rows rows = co_await database.read(find_faults, std::move(names));
  std::vector<SupabaseFault> faults;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (row[0].text() == kinds[i]) {
        faults.push_back({static_cast<SupabaseFault::Kind>(i), row[1].text()});
      }
    }
  }
  co_return faults;
}

}  // namespace gmail_mcp::sql
