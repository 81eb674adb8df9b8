#include "sql/migrate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace gmail_mcp::sql {

namespace {

constexpr Sql create_journal =
    "CREATE TABLE IF NOT EXISTS schema_migrations "
    "(version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)";
constexpr Sql journal_entry = "INSERT INTO schema_migrations (version, applied_at) VALUES (?1, ?2)";

constexpr Sql late_entry =
    "INSERT INTO schema_migrations (version, applied_at) VALUES (?1, ?2) "
    "ON CONFLICT (version) DO NOTHING";

enum class Presence { absent, complete, partial };

// What a plan is made of, with one thing more: steps found in the schema but not in the journal.
struct Findings {
  MigrationPlan plan;
  std::vector<std::string> unrecorded;
};

Error not_ours(std::string message) {
  return Error{Errc::misconfigured, std::move(message),
               "Configure another database. `gmail-mcp import` brings over what another program "
               "stored."};
}

Task<std::vector<std::string>> recorded_versions(Database& database) {
  std::vector<std::string> versions;
  const Tables tables = co_await database.tables();
  const auto journal = tables.find("schema_migrations");
  if (journal == tables.end()) co_return versions;
  if (!journal->second.contains("version")) {
    throw not_ours("The database has a table schema_migrations that this program did not make.");
  }
  Statement statement{"SELECT version FROM schema_migrations ORDER BY version"};
  const Rows rows = co_await database.read(std::move(statement));
  for (const Row& row : rows) versions.push_back(row[0].text());
  co_return versions;
}

Presence presence_of(const Migration& migration, const Tables& tables) {
  static const std::set<std::string> no_columns;
  std::size_t present = 0;
  std::size_t wanted = 0;
  for (const Brings& part : migration.brings) {
    const auto table = tables.find(part.table);
    const auto& columns = table == tables.end() ? no_columns : table->second;
    // A table of the name of a new one is in the way even if no column agrees.
    if (part.is_new_table) {
      ++wanted;
      if (table != tables.end()) ++present;
    }
    wanted += part.columns.size();
    for (const auto& column : part.columns) present += columns.count(std::string{column});
  }
  if (present == 0) return Presence::absent;
  return present == wanted ? Presence::complete : Presence::partial;
}

bool holds(const std::vector<std::string>& versions, std::string_view version) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}

void refuse_unknown(const std::vector<std::string>& recorded,
                    std::span<const Migration> migrations) {
  for (const auto& version : recorded) {
    const auto is_it = [&](const Migration& migration) { return migration.version == version; };
    if (std::none_of(migrations.begin(), migrations.end(), is_it)) {
      throw Error{Errc::misconfigured,
                  "The database was changed by a newer version of this program, or belongs to "
                  "another one.",
                  "Run the newer version, or configure another database."}
          .with_detail(fmt::format("schema_migrations holds {}", version));
    }
  }
}

Task<Findings> examine(Database& database, std::span<const Migration> migrations) {
  Findings found;
  const auto recorded = co_await recorded_versions(database);
  refuse_unknown(recorded, migrations);
  // After the journal: what another process applies in between is then seen as applied by hand,
  // which does no harm. The other way round its entry would seem to lack its tables.
  const Tables tables = co_await database.tables();
  for (const Migration& migration : migrations) {
    const Presence presence = presence_of(migration, tables);
    const bool is_recorded = holds(recorded, migration.version);
    const bool after_a_gap = presence == Presence::complete && !found.plan.pending.empty();
    if (presence == Presence::partial || after_a_gap ||
        (is_recorded && presence == Presence::absent)) {
      throw not_ours(
          "The database holds tables of another program under the names that this one uses.")
          .with_detail(fmt::format("looking for what {} brings", migration.version));
    }
    if (presence == Presence::absent) {
      found.plan.pending.emplace_back(migration.version);
      continue;
    }
    found.plan.applied.emplace_back(migration.version);
    if (!is_recorded) found.unrecorded.emplace_back(migration.version);
  }
  co_return found;
}

std::vector<Statement> steps_of(const Migration& migration, Timestamp now) {
  std::vector<Statement> steps;
  // First, so that of several processes one passes here and the others find that it did.
  steps.emplace_back(create_journal);
  steps.emplace_back(journal_entry, migration.version, now);
  for (const Sql& sql : migration.statements) steps.emplace_back(sql);
  return steps;
}

}  // namespace

Task<MigrationPlan> plan_migrations(Database& database, std::span<const Migration> migrations) {
  Findings found = co_await examine(database, migrations);
  co_return std::move(found.plan);
}

Task<MigrationPlan> migrate(Database& database, std::span<const Migration> migrations,
                            const Clock& clock) {
  MigrationPlan done;
  for (bool again = true; again;) {
    again = false;
    const Findings found = co_await examine(database, migrations);
    done.applied = found.plan.applied;
    std::vector<Statement> records;
    for (const auto& version : found.unrecorded) {
      records.emplace_back(create_journal);
      records.emplace_back(late_entry, version, clock.now());
    }
    if (!records.empty()) co_await database.atomically(std::move(records));
    try {
      for (const Migration& migration : migrations) {
        if (!holds(found.plan.pending, migration.version)) continue;
        auto steps = steps_of(migration, clock.now());
        co_await database.atomically(std::move(steps));
        done.pending.emplace_back(migration.version);
      }
    } catch (const Error& error) {
      // Another process was faster: look again at what is left to do.
      if (error.code != Errc::conflict) throw;
      again = true;
    }
  }
  co_return done;
}

std::string to_script(const Migration& migration) {
  std::string script =
      fmt::format("-- {}: the program runs this by itself when it starts.\n\nBEGIN;\n\n{};\n\n",
                  migration.version, create_journal.text());
  for (const Sql& sql : migration.statements) script += fmt::format("{};\n\n", sql.text());
  script += fmt::format(
      "INSERT INTO schema_migrations (version) VALUES ('{}') ON CONFLICT (version) DO NOTHING;\n\n"
      "COMMIT;\n",
      migration.version);
  return script;
}

}  // namespace gmail_mcp::sql
