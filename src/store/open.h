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

// Only this file and its source know which engines exist.

struct OpenOptions {
  /// No threads if the engine can do without, so that everything happens in the same order each
  /// time: for tests.
  bool in_turn = false;
  /// How long the answers that every call needs are remembered: one connection, the connections of
  /// a user, one user. Changes of other processes are seen that much later.
  std::chrono::milliseconds remembers{0};
};

/// Opens the store, creating files and folders if needed; does not change its schema (see
/// `Store::migrate`). Throws misconfigured, before anything is changed, when the database belongs
/// to another program or a newer version. The clock and the log outlive the store.
Task<std::unique_ptr<Store>> open(Where where, const Clock& clock, Log& log, OpenOptions options);

/// The database as it can be seen without changing anything.
struct Look {
  sql::MigrationPlan plan;       // for an empty database if there is none
  std::unique_ptr<Store> store;  // only for reading; null when its schema is too old for that
};

/// Throws as `open` does.
Task<Look> look_at(Where where, const Clock& clock, Log& log);

/// The accounts in another program's SQLite file: of gmail-multi-user-mcp (`users`,
/// `gmail_connections`) or of gmail-mcp-multiuser (`gmail_accounts`, whose columns are found by
/// their names). Throws misconfigured for any other. Changes nothing; the oldest first.
Task<std::vector<ForeignAccount>> read_foreign_accounts(std::string path, Log& log);

}  // namespace gmail_mcp::store
