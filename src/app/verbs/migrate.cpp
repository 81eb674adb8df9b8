#include <iostream>

#include "app/start.h"
#include "app/verbs/all.h"
#include "setup/report.h"
#include "store/open.h"

namespace gmail_mcp::app {

namespace {

Task<sql::MigrationPlan> look(store::Where where, const Clock& clock, Log& log) {
  auto found = co_await store::look_at(std::move(where), clock, log);
  if (!found.server.refusals.empty()) {
    throw Error{Errc::misconfigured, found.server.refusals.front()};
  }
  co_return std::move(found.plan);
}

Task<sql::MigrationPlan> apply(store::Where where, const Clock& clock, Log& log) {
  store::OpenOptions options;
  const auto store = co_await store::open(std::move(where), clock, log, options);
  co_return co_await store->migrate();
}

void print_plan(const sql::MigrationPlan& plan, bool is_done) {
  for (const auto& step : plan.applied) std::cout << "applied  " << step << '\n';
  for (const auto& step : plan.pending) {
    std::cout << (is_done ? "migrated " : "pending  ") << step << '\n';
  }
}

// What the person has to do; the SQL alone goes to stdout.
int print_for_people(const store::Where& where, const sql::MigrationPlan& plan) {
  std::cerr
      << "-- 1. Open the SQL editor of your Supabase project "
         "(https://supabase.com/dashboard > your project > SQL Editor).\n"
         "-- 2. Paste everything that this command prints on stdout into a new query, and Run "
         "it.\n"
         "-- 3. Start gmail-mcp again. `gmail-mcp validate` says whether something is left to "
         "do.\n";
  std::cout << store::migration_script(where, plan);
  return 0;
}

int migrate_by_hand(const Start& start, const store::Where& where, bool dry_run) {
  boost::asio::io_context loop{1};
  sql::MigrationPlan plan;
  try {
    plan = run_to_end(loop, look(where, start.clock, *start.log));
  } catch (const Error& error) {
    if (dry_run) throw;
    // A project in which nothing was run yet cannot be asked.
    std::cerr << "-- The project does not answer as one that has the tables: " << error.message
              << '\n';
    return print_for_people(where, plan);
  }
  if (dry_run || plan.pending.empty()) {
    print_plan(plan, false);
    return 0;
  }
  return print_for_people(where, plan);
}

int migrate_database(const Words& words) {
  const Start start{words};
  const bool dry_run = words.has("--dry-run");
  const auto where = start.loaded.settings.storage.where();
  if (!where) return report(*setup::incomplete(setup::judge(start.loaded)));
  if (!words.has("--print") && store::is_migrated_by_hand(*where)) {
    return migrate_by_hand(start, *where, dry_run);
  }
  boost::asio::io_context loop{1};
  if (words.has("--print")) {
    sql::MigrationPlan plan;
    // The script for a server fits every state, so that it need not be reached.
    if (std::holds_alternative<store::SqliteFile>(*where)) {
      plan = run_to_end(loop, look(*where, start.clock, *start.log));
    }
    std::cout << store::migration_script(*where, plan);
    return 0;
  }
  if (dry_run) {
    print_plan(run_to_end(loop, look(*where, start.clock, *start.log)), false);
  } else {
    print_plan(run_to_end(loop, apply(*where, start.clock, *start.log)), true);
  }
  return 0;
}

}  // namespace

Verb verbs::migrate() {
  return {.path = "migrate",
          .help = "Bring the database up to date",
          .options = {flag("--dry-run", "Only say what would be done"),
                      flag("--print", "Only print the SQL, for people to run")},
          .run = migrate_database};
}

}  // namespace gmail_mcp::app
