#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "sql/database.h"
#include "store/sql/dialect.h"
#include "store/store.h"

namespace gmail_mcp::store {

/// Opens a view of the database as it is at that moment, whatever is changed later; it only reads.
using OpenMoment = std::function<Task<std::unique_ptr<sql::Database>>()>;

/// The store in this database, which it owns. Times that are shown come from `clock`, leases from
/// the database's clock. `remembers`: the lifetime of the answers in Memory; zero: each call asks
/// the database. The clock and the log outlive the store; its destructor writes what was put off.
/// `open_moment`: for backups; empty: the engine cannot do that.
std::unique_ptr<Store> open_sql_store(std::unique_ptr<sql::Database> database, const Clock& clock,
                                      Log& log, const Dialect& dialect = sqlite_dialect(),
                                      std::chrono::milliseconds remembers = {},
                                      OpenMoment open_moment = {});

}  // namespace gmail_mcp::store
