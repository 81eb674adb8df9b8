#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "sql/migrate.h"
#include "store/foreign_account.h"
#include "store/server_state.h"
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
/// to another program or a newer version, or when its server will not do. The clock and the log
/// outlive the store.
Task<std::unique_ptr<Store>> open(Where where, const Clock& clock, Log& log, OpenOptions options);

/// The database as it can be seen without changing anything.
struct Look {
  /// The server in words, and whether something stands before it. Empty where there is none.
  std::string server_in_words;
  ServerState server;
  sql::MigrationPlan plan;       // for an empty database if there is none
  std::unique_ptr<Store> store;  // only for reading; null when its schema is too old for that
};

/// Throws as `open` does, except for what it returns of the server.
Task<Look> look_at(Where where, const Clock& clock, Log& log);

/// What to run in order to bring the database up to date by hand. Of a database on a server it does
/// not depend on the plan: its script fits every state.
std::string migration_script(const Where& where, const sql::MigrationPlan& plan);

/// Whether that is the only way.
bool is_migrated_by_hand(const Where& where);
/// Throws misconfigured when a restore into this store was begun and not finished.
Task<void> refuse_half_restored(Store& store);

/// The accounts in another program's SQLite file: of gmail-multi-user-mcp (`users`,
/// `gmail_connections`) or of gmail-mcp-multiuser (`gmail_accounts`, whose columns are found by
/// their names). Throws misconfigured for any other. Changes nothing; the oldest first.
Task<std::vector<ForeignAccount>> read_foreign_accounts(std::string path, Log& log);

}  // namespace gmail_mcp::store
