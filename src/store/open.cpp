#include "store/open.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "base/error.h"
#include "sql/postgres/moment.h"
#include "sql/postgres/postgres.h"
#include "sql/sqlite/sqlite.h"
#include "sql/supabase/supabase.h"
#include "store/sql/dialect.h"
#include "store/sql/foreign_accounts.h"
#include "store/sql/sql_store.h"

namespace gmail_mcp::store {

namespace {

// ------------------------------------------------------------- one of these for each engine

const Dialect& dialect_of(const SqliteFile&) { return sqlite_dialect(); }
const Dialect& dialect_of(const PostgresServer&) { return postgres_dialect(); }
const Dialect& dialect_of(const SupabaseProject&) { return supabase_dialect(); }

std::unique_ptr<sql::Database> open_database(SqliteFile file, OpenOptions options, Log& log) {
  sql::SqliteOptions sqlite;
  sqlite.path = std::move(file.path);
  sqlite.in_turn = options.in_turn;
  return sql::open_sqlite(std::move(sqlite), log);
}

sql::PostgresOptions options_of(const PostgresServer& server) {
  sql::PostgresOptions postgres;
  postgres.url = server.url.reveal();
  postgres.connections = static_cast<std::size_t>(server.connections);
  return postgres;
}

std::unique_ptr<sql::Database> open_database(const PostgresServer& server, OpenOptions, Log& log) {
  return sql::open_postgres(options_of(server), log);
}

std::unique_ptr<sql::Database> open_database(SupabaseProject project, OpenOptions, Log& log) {
  sql::SupabaseOptions supabase;
  supabase.url = std::move(project.url);
  supabase.key = std::move(project.key);
  return sql::open_supabase(std::move(supabase), log);
}

// An empty database if there is none.
std::unique_ptr<sql::Database> open_to_look(SqliteFile file, Log& log) {
  sql::SqliteOptions sqlite;
  sqlite.look_only = std::filesystem::exists(file.path);
  sqlite.path = sqlite.look_only ? std::move(file.path) : ":memory:";
  return sql::open_sqlite(std::move(sqlite), log);
}

// A server has nothing that would be made by opening it.
std::unique_ptr<sql::Database> open_to_look(const PostgresServer& server, Log& log) {
  return open_database(server, {}, log);
}

std::unique_ptr<sql::Database> open_to_look(const SupabaseProject& project, Log& log) {
  return open_database(project, {}, log);
}

OpenMoment moments_of(const SqliteFile& file) {
  if (file.path == ":memory:") return {};
  return [path = file.path] { return sql::open_sqlite_moment(path); };
}
OpenMoment moments_of(const PostgresServer& server) {
  return [options = options_of(server)] { return sql::open_postgres_moment(options); };
}
OpenMoment moments_of(const SupabaseProject&) { return {}; }

// ------------------------------------------------------------------------------------------

// The port that `url` names, or PostgreSQL's own; nullopt for several hosts, or none.
std::optional<std::int64_t> port_in(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return std::nullopt;
  auto host = url.substr(begin + 3);
  host = host.substr(0, host.find_first_of("/?"));
  host.remove_prefix(host.rfind('@') == std::string_view::npos ? 0 : host.rfind('@') + 1);
  if (host.empty() || host.find(',') != std::string_view::npos) return std::nullopt;
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos || host.ends_with(']')) return 5432;
  const auto digits = host.substr(colon + 1);
  std::int64_t port = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (read.ec != std::errc{}) return std::nullopt;
  return port;
}

// A pooler answers as the server does. What gives it away is that the server itself knows another
// port than the one we went to.
std::string in_words(const ServerState& server, const Where& where) {
  const auto* postgres = std::get_if<PostgresServer>(&where);
  if (postgres == nullptr || !server.port) return server.version;
  const auto asked = port_in(postgres->url.reveal());
  if (!asked || *asked == *server.port) return server.version;
  return fmt::format(
      "{}, whose own port is {}: a pooler or a mapping of ports stands before it. A pooler may be "
      "in "
      "transaction mode",
      server.version, *server.port);
}

// Credentials are in their present place since the second migration.
constexpr std::size_t steps_to_read = 2;

const Dialect& dialect_of_any(const Where& where) {
  return std::visit([](const auto& it) -> auto& { return dialect_of(it); }, where);
}

// What `look_at` and `open` have to know first.
struct Examined {
  ServerState server;
  sql::MigrationPlan plan;
};

Task<Examined> examine(sql::Database& database, const Dialect& dialect, const Clock& clock) {
  Examined found;
  if (dialect.examine != nullptr) found.server = co_await dialect.examine(database, clock);
  if (found.server.refusals.empty()) {
    found.plan = co_await sql::plan_migrations(database, dialect.migrations);
  }
  if (found.plan.pending.empty()) {
    auto& openings = found.server.openings;
    found.server.warnings.insert(found.server.warnings.end(), openings.begin(), openings.end());
  }
  const bool has_steps = !found.plan.pending.empty() && !dialect.is_migrated_by_hand;
  if (has_steps && !found.server.may_make_tables) {
    found.server.refusals.emplace_back(
        "The PostgreSQL user may not make tables. Let the owner of the schema run GRANT CREATE ON "
        "SCHEMA public TO <user>; or let one who may run what `gmail-mcp migrate --print` prints.");
  }
  co_return found;
}

}  // namespace

Task<std::unique_ptr<Store>> open(Where where, const Clock& clock, Log& log, OpenOptions options) {
  const auto& dialect = dialect_of_any(where);
  Where to_look = where;
  auto database = std::visit([&](auto& it) { return open_to_look(std::move(it), log); }, to_look);
  const auto found = co_await examine(*database, dialect, clock);
  if (!found.server.refusals.empty()) {
    throw Error{Errc::misconfigured, found.server.refusals.front()};
  }
  for (const auto& warning : found.server.warnings) log.warning(warning);
  database.reset();
  auto moments = std::visit([](const auto& it) { return moments_of(it); }, where);
  database =
      std::visit([&](auto& it) { return open_database(std::move(it), options, log); }, where);
  co_return open_sql_store(std::move(database), clock, log, dialect, options.remembers,
                           std::move(moments));
}

Task<Look> look_at(Where where, const Clock& clock, Log& log) {
  const auto& dialect = dialect_of_any(where);
  const Where asked = where;
  auto database = std::visit([&](auto& it) { return open_to_look(std::move(it), log); }, where);
  auto examined = co_await examine(*database, dialect, clock);
  Look found;
  found.server_in_words = in_words(examined.server, asked);
  found.server = std::move(examined.server);
  found.plan = std::move(examined.plan);
  if (found.plan.applied.size() >= steps_to_read) {
    found.store = open_sql_store(std::move(database), clock, log, dialect);
  }
  co_return found;
}

std::string migration_script(const Where& where, const sql::MigrationPlan& plan) {
  return dialect_of_any(where).script(plan);
}

bool is_migrated_by_hand(const Where& where) { return dialect_of_any(where).is_migrated_by_hand; }

Task<void> refuse_half_restored(Store& store) {
  const auto unfinished = co_await store.dump().unfinished();
  if (!unfinished) co_return;
  throw Error{Errc::misconfigured, "A restore into this database was not finished.",
              "Run `gmail-mcp restore` with the same file again."};
}

Task<std::vector<ForeignAccount>> read_foreign_accounts(std::string path, Log& log) {
  const auto database = open_to_look(SqliteFile{std::move(path)}, log);
  co_return co_await foreign_accounts_in(*database);
}

}  // namespace gmail_mcp::store
