#pragma once

#include <string>

namespace gmail_mcp::store {

/// The SQL that makes a Supabase project answer this version, to be run there after the steps of
/// the schema (sql/supabase/script.h): made of all statements of PostgreSQL's dialect.
std::string supabase_script();

}  // namespace gmail_mcp::store
