#include "store/open.h"

#include <filesystem>

#include "base/error.h"
#include "sql/sqlite/sqlite.h"
#include "store/sql/dialect.h"
#include "store/sql/foreign_accounts.h"
#include "store/sql/sql_store.h"

namespace gmail_mcp::store {

namespace {

// ------------------------------------------------------------- one of these for each engine

const Dialect& dialect_of(const SqliteFile&) { return sqlite_dialect(); }
const Dialect& dialect_of(const PostgresServer&) { return postgres_dialect(); }
const Dialect& dialect_of(const SupabaseProject&) { return postgres_dialect(); }

std::unique_ptr<sql::Database> open_database(SqliteFile file, OpenOptions options, Log& log) {
  sql::SqliteOptions sqlite;
  sqlite.path = std::move(file.path);
  sqlite.in_turn = options.in_turn;
  return sql::open_sqlite(std::move(sqlite), log);
}

std::unique_ptr<sql::Database> open_database(const PostgresServer&, OpenOptions, Log&) {
  throw Error{Errc::unsupported, "PostgreSQL storage is not part of this build.",
              "Set GMAIL_MCP_STORAGE_TYPE=sqlite."};
}

std::unique_ptr<sql::Database> open_database(const SupabaseProject&, OpenOptions, Log&) {
  throw Error{Errc::unsupported, "Supabase storage is not part of this build.",
              "Set GMAIL_MCP_STORAGE_TYPE=sqlite."};
}

// An empty database if there is none.
std::unique_ptr<sql::Database> open_to_look(SqliteFile file, Log& log) {
  sql::SqliteOptions sqlite;
  sqlite.look_only = std::filesystem::exists(file.path);
  sqlite.path = sqlite.look_only ? std::move(file.path) : ":memory:";
  return sql::open_sqlite(std::move(sqlite), log);
}

// A server has nothing that would be made by opening it.
std::unique_ptr<sql::Database> open_to_look(PostgresServer server, Log& log) {
  return open_database(std::move(server), {}, log);
}

std::unique_ptr<sql::Database> open_to_look(SupabaseProject project, Log& log) {
  return open_database(std::move(project), {}, log);
}

// ------------------------------------------------------------------------------------------

// Credentials are in their present place since the second migration.
constexpr std::size_t steps_to_read = 2;

}  // namespace

Task<std::unique_ptr<Store>> open(Where where, const Clock& clock, Log& log, OpenOptions options) {
  co_await look_at(where, clock, log);
  const auto& dialect = std::visit([](const auto& it) -> auto& { return dialect_of(it); }, where);
  auto database =
      std::visit([&](auto& it) { return open_database(std::move(it), options, log); }, where);
  co_return open_sql_store(std::move(database), clock, log, dialect, options.remembers);
}

Task<Look> look_at(Where where, const Clock& clock, Log& log) {
  const auto& dialect = std::visit([](const auto& it) -> auto& { return dialect_of(it); }, where);
  auto database = std::visit([&](auto& it) { return open_to_look(std::move(it), log); }, where);
  Look found;
  found.plan = co_await sql::plan_migrations(*database, dialect.migrations);
  if (found.plan.applied.size() >= steps_to_read) {
    found.store = open_sql_store(std::move(database), clock, log, dialect);
  }
  co_return found;
}

Task<std::vector<ForeignAccount>> read_foreign_accounts(std::string path, Log& log) {
  const auto database = open_to_look(SqliteFile{std::move(path)}, log);
  co_return co_await foreign_accounts_in(*database);
}

}  // namespace gmail_mcp::store
