#pragma once

#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "sql/database.h"
#include "store/sql/dialect.h"
#include "store/store.h"

namespace gmail_mcp::store {

/// The store in a database that has been migrated (`sql::migrate` with the dialect's steps). Times
/// that are shown come from `clock`, leases from the database's clock. The database, the clock and
/// the log outlive the store; destroying it writes what was only noted.
std::unique_ptr<Store> open_sql_store(sql::Database& database, const Clock& clock, Log& log,
                                      const Dialect& dialect = sqlite_dialect());

}  // namespace gmail_mcp::store
