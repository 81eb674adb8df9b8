#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"
#include "sql/migrate.h"
#include "store/archive.h"
#include "store/server_state.h"

namespace gmail_mcp::store {

/// The columns of tables that number their rows, as a backup has them (store/dump.h).
inline constexpr char dumped_audit_columns[] =
    "id, at, request_id, caller, user_id, connection_id, operation, outcome, duration_ms, "
    "asked_for";
inline constexpr char dumped_archive_columns[] =
    "account, connection_id, cursor, step, walk, walking, begun_at";

/// How the rows of a backup are put into the tables that engines treat differently. Rows that are
/// there already stay.
struct Loading {
  sql::Sql audit;    // its parameters are dumped_audit_columns
  sql::Sql archive;  // dumped_archive_columns
  /// The statements that insert archived messages, which are not there yet, and all that the engine
  /// derives from them. Rows as store/dump.h has them, ascending by key; their archives exist.
  std::vector<sql::Statement> (*mails)(sql::Rows rows);
  std::span<const sql::Sql> finish;  // run after the last row
};

/// The differences between databases: the schema, the statements that use their clock, whether rows
/// must be locked, and the full-text search.
struct Dialect {
  /// The schema, step by step: the scripts of migrations/, which the build puts into the program.
  /// 001 is the schema that the set-up guide prints, so a database made by hand continues from it.
  std::span<const sql::Migration> migrations;
  /// Whether two transactions may run at the same time, each seeing what the other committed
  /// between two of its statements (READ COMMITTED, PostgreSQL §13.2.1). Then a transaction that
  /// decides by a row locks it first.
  bool locks_rows;
  /// Whether a text may be the id of a row. An engine that has a type of its own for ids refuses
  /// all of a transaction for one that is none.
  bool (*is_id)(std::string_view text);
  /// Waits until no other process makes steps of the schema; held to the end of the transaction.
  std::optional<sql::Sql> migration_lock;
  /// Whether people must make the steps, because the program reaches the tables alone.
  bool is_migrated_by_hand;
  /// SQL that makes the steps of `plan` which are pending, for people to run.
  std::string (*script)(const sql::MigrationPlan& plan);
  /// Looks, and changes nothing. Null where there is no server.
  Task<ServerState> (*examine)(sql::Database& database, const Clock& clock);
  /// How many rows the statement before it inserted: where asking is cheaper than RETURNING.
  std::optional<sql::Sql> count_inserted;
  sql::Sql begin_refresh;   // ?1 connection, ?2 version, ?3 seconds, ?4 the only user or NULL
  sql::Sql take_lease;      // ?1 name, ?2 holder, ?3 seconds
  sql::Sql take_leases;     // ?1 names as a JSON array, ?2 holder, ?3 seconds
  sql::Sql release_leases;  // ?1 names as a JSON array, ?2 holder
  sql::Sql lease_holders;   // ?1 the beginning of names
  sql::Sql spend_sends;     // ?1 connection, ?2 the only user or NULL, ?3 account, ?4 since
  // These give rows of mark, id, turn, what, connection_id, people, newest first; at least one,
  // whose id is NULL if there is none. Whoever reads from the mark on, later, misses nothing.
  sql::Sql first_news;  // those of the last ?1 seconds that ?2 did not tell, ?3 at most
  sql::Sql read_news;   // those from ?1 on that ?2 did not tell, ?3 at most
  sql::Sql purge_news;  // some of those older than ?1 seconds, returning their ids
  /// All that the archive, and `examine`, ask.
  std::vector<std::span<const sql::Sql>> own_statements;
  std::unique_ptr<Archives> (*open_archive)(sql::Database& database, const Clock& clock,
                                            std::string origin);  // of the news that it tells
  Loading loading;
};

const Dialect& sqlite_dialect();
const Dialect& postgres_dialect();
/// PostgreSQL's, but for who makes the steps.
const Dialect& supabase_dialect();

}  // namespace gmail_mcp::store
