#pragma once

#include <span>
#include <string>

#include "base/clock.h"
#include "sql/database.h"
#include "store/server_state.h"

namespace gmail_mcp::store {

/// The SQL that makes a Supabase project answer this version, to be run there after the steps of
/// the schema (sql/supabase/script.h): made of all statements of Supabase's dialect.
std::string supabase_script();

/// As examine_postgres; refuses a project that lacks statements of this version, which would be
/// noticed only when one of them is asked.
Task<ServerState> examine_supabase(sql::Database& database, const Clock& clock);

/// What is asked of a project beside what is asked of every PostgreSQL.
std::span<const sql::Sql> statements_of_supabase();

}  // namespace gmail_mcp::store
