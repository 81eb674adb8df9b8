#pragma once

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "sql/database.h"
#include "store/sql/dialect.h"
#include "store/store.h"

namespace gmail_mcp::store {

/// The store in this database, which it owns. Times that are shown come from `clock`, leases from
/// the database's clock. `remembers`: the lifetime of the answers in Memory; zero: each call asks
/// the database. The clock and the log outlive the store; its destructor writes what was put off.
std::unique_ptr<Store> open_sql_store(std::unique_ptr<sql::Database> database, const Clock& clock,
                                      Log& log, const Dialect& dialect = sqlite_dialect(),
                                      std::chrono::milliseconds remembers = {});

}  // namespace gmail_mcp::store
