#pragma once

#include <span>

#include "sql/migrate.h"

namespace gmail_mcp::store {

/// What databases spell differently: their schema, and the statements that ask their clock.
struct Dialect {
  std::span<const sql::Migration> migrations;
  sql::Sql begin_refresh;  // ?1 connection, ?2 version, ?3 seconds, ?4 the only user or NULL
  sql::Sql take_lease;     // ?1 name, ?2 holder, ?3 seconds
};

const Dialect& sqlite_dialect();

}  // namespace gmail_mcp::store
