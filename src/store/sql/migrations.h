#pragma once

#include <span>

#include "sql/migrate.h"

namespace gmail_mcp::store {

/// The schema in SQLite, step by step: the scripts of migrations/sqlite/, which the build puts into
/// the program. 001 is the schema that the set-up guide prints, so that whoever ran that by hand can
/// go on from there.
std::span<const sql::Migration> sqlite_migrations();

}  // namespace gmail_mcp::store
