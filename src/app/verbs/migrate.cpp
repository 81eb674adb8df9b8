#include <iostream>

#include "app/start.h"
#include "app/verbs/all.h"
#include "setup/report.h"
#include "store/open.h"

namespace gmail_mcp::app {

namespace {

Task<sql::MigrationPlan> plan_or_migrate(store::Where where, bool dry_run, const Clock& clock,
                                         Log& log) {
  if (dry_run) {
    auto look = co_await store::look_at(std::move(where), clock, log);
    co_return std::move(look.plan);
  }
  store::OpenOptions options;
  const auto store = co_await store::open(std::move(where), clock, log, options);
  co_return co_await store->migrate();
}

int migrate_database(const Words& words) {
  const Start start{words};
  const bool dry_run = words.has("--dry-run");
  const auto where = start.loaded.settings.storage.where();
  if (!where) return report(*setup::incomplete(setup::judge(start.loaded)));
  boost::asio::io_context loop{1};
  const auto plan = run_to_end(loop, plan_or_migrate(*where, dry_run, start.clock, *start.log));
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
