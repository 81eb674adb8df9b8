#pragma once

#include "sql/database.h"

namespace gmail_mcp::sql::supabase {

/// The tables and views of the project's schema, with their columns.
inline constexpr Sql list_columns{
    "supabase.list_columns",
    "SELECT c.relname::text, a.attname::text FROM pg_class AS c "
    "JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"};

}  // namespace gmail_mcp::sql::supabase
