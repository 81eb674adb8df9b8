#pragma once

#include <span>

#include "sql/migrate.h"

namespace gmail_mcp::store {

/// The schema, step by step. The scripts in migrations/ say the same
/// (src/store/sql/migrations_test.cpp), for people who prefer to run SQL themselves.
/// 001 is the schema that the set-up guide prints, so that whoever ran that can go on from there.
std::span<const sql::Migration> sqlite_migrations();
std::span<const sql::Migration> postgres_migrations();

}  // namespace gmail_mcp::store
