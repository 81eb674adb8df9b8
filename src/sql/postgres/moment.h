#pragma once

#include <memory>

#include "sql/database.h"
#include "sql/postgres/postgres.h"

namespace gmail_mcp::sql {

/// The database as it is now, whatever is changed later (a REPEATABLE READ transaction, PostgreSQL
/// 13.2.2): it only reads. A connection of its own, which also a pooler in transaction mode leaves
/// to it, until it is destroyed; the server keeps old rows that long. For work that has time: an
/// answer is waited for as long as the connection lives.
Task<std::unique_ptr<Database>> open_postgres_moment(PostgresOptions options);

}  // namespace gmail_mcp::sql
