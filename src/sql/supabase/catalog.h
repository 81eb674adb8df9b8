#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/task.h"
#include "sql/database.h"

namespace gmail_mcp::sql {

/// What is asked of a Supabase project beside the stores' statements: belongs to its script.
std::span<const Sql> statements_of_supabase();

/// One thing that is not as it should be in a project; `what` says which of these.
struct SupabaseFault {
  enum class Kind {
    open_table,      // row level security is off: the browser's keys may reach it
    granted_table,   // a role of the browser's keys has rights on it
    open_function,   // a role of the browser's keys may call gmail_mcp_run
    lower_case,      // LC_CTYPE C: letters with accents have no lower case
    missing_rights,  // service_role may not read and change a table
  };
  Kind kind;
  std::string what;  // the table, or the role
};

/// Looks at the tables with these names, in a database that `open_supabase` has opened.
Task<std::vector<SupabaseFault>> look_for_faults(Database& database,
                                                 std::vector<std::string> tables);

}  // namespace gmail_mcp::sql
