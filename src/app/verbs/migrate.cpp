#include <filesystem>
#include <iostream>

#include "app/start.h"
#include "app/verbs/all.h"
#include "setup/report.h"
#include "sql/migrate.h"
#include "sql/sqlite/sqlite.h"
#include "store/sql/migrations.h"

namespace gmail_mcp::app {

namespace {

Task<sql::MigrationPlan> plan_or_migrate(sql::Database& database, bool dry_run,
                                         const Clock& clock) {
  if (dry_run) {
    auto plan = co_await sql::plan_migrations(database, store::sqlite_migrations());
    co_return plan;
  }
  auto plan = co_await sql::migrate(database, store::sqlite_migrations(), clock);
  co_return plan;
}

int migrate_database(const Words& words) {
  const Start start{words};
  const auto& loaded = start.loaded;
  const bool dry_run = words.has("--dry-run");
  if (loaded.settings.storage.type != setup::StorageType::sqlite) {
    return report(*setup::incomplete(setup::judge(loaded)));
  }
  const auto& path = loaded.settings.storage.sqlite.path;
  sql::SqliteOptions options;
  // A dry run changes nothing, not even by creating the file.
  const bool is_there = std::filesystem::exists(path);
  options.path = dry_run && !is_there ? ":memory:" : path;
  options.look_only = dry_run && is_there;
  boost::asio::io_context loop{1};
  run_to_end(loop, refuse_foreign_database(path, *start.log));
  auto database = sql::open_sqlite(std::move(options), *start.log);
  const auto plan = run_to_end(loop, plan_or_migrate(*database, dry_run, start.clock));
  for (const auto& step : plan.applied) std::cout << "applied  " << step << '\n';
  for (const auto& step : plan.pending) {
    std::cout << (dry_run ? "pending  " : "migrated ") << step << '\n';
  }
  return 0;
}

}  // namespace

Verb verbs::migrate() {
  return {.path = "migrate",
          .help = "Bring the database up to date",
          .options = {flag("--dry-run", "Only say what would be done")},
          .run = migrate_database};
}

}  // namespace gmail_mcp::app
