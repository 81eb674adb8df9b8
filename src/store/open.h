#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "sql/migrate.h"
#include "store/foreign_account.h"
#include "store/store.h"
#include "store/where.h"

namespace gmail_mcp::store {

// The only place that knows which engines there are.

struct OpenOptions {
  /// No threads where the engine can do without, so that the same happens in the same order each
  /// time: for tests.
  bool in_turn = false;
  /// How long what every call asks is remembered: one connection, the connections of a user, one
  /// user. What other processes change is seen that much later.
  std::chrono::milliseconds remembers{0};
};

/// Opens the store, creating what is not there; its schema is as it was found (`Store::migrate`).
/// Throws misconfigured, before anything is changed, when the database is another program's or that
/// of a newer version. The clock and the log outlive the store.
Task<std::unique_ptr<Store>> open(Where where, const Clock& clock, Log& log, OpenOptions options);

/// What there is to see without changing anything.
struct Look {
  sql::MigrationPlan plan;       // of an empty database where nothing is there
  std::unique_ptr<Store> store;  // to read from; none when its schema is too old for that
};

/// Throws as `open` does.
Task<Look> look_at(Where where, const Clock& clock, Log& log);

/// The accounts in another program's SQLite file: of gmail-multi-user-mcp (`users`,
/// `gmail_connections`) or of gmail-mcp-multiuser (`gmail_accounts`, whose columns are found by
/// what they are called). Throws misconfigured for any other. Changes nothing; the oldest first.
Task<std::vector<ForeignAccount>> read_foreign_accounts(std::string path, Log& log);

}  // namespace gmail_mcp::store
