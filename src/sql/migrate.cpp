#include "sql/migrate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace gmail_mcp::sql {

namespace {

constexpr Sql create_journal =
    "CREATE TABLE IF NOT EXISTS schema_migrations "
    "(version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)";
constexpr Sql list_versions{"schema.list_versions",
                            "SELECT version FROM schema_migrations ORDER BY version"};
constexpr Sql journal_entry = "INSERT INTO schema_migrations (version, applied_at) VALUES (?1, ?2)";

constexpr Sql late_entry =
    "INSERT INTO schema_migrations (version, applied_at) VALUES (?1, ?2) "
    "ON CONFLICT (version) DO NOTHING";

enum class Presence { absent, complete, partial };

// The contents of a plan, and the steps that are in the schema but not in the journal.
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
  const Rows rows = co_await database.read(list_versions);
  for (const Row& row : rows) versions.push_back(row[0].text());
  co_return versions;
}

// The name of the table or column that `text` begins with; empty for a constraint.
std::string_view name_at(std::string_view text) {
  constexpr std::string_view of_names = "abcdefghijklmnopqrstuvwxyz0123456789_";
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  return text.substr(0, text.find_first_not_of(of_names));
}

std::string_view without_comment(std::string_view statement) {
  while (statement.starts_with("--")) statement.remove_prefix(statement.find('\n') + 1);
  return statement;
}

// The rest of a statement that begins with `verb`. Empty for others.
std::string_view after(std::string_view verb, std::string_view statement) {
  return statement.starts_with(verb) ? statement.substr(verb.size()) : std::string_view{};
}

// How much of `made`, the tables of a step, exists; `before`: those of earlier steps.
Presence presence_of(const Tables& made, const Tables& before, const Tables& tables) {
  static const std::set<std::string> no_columns;
  std::size_t present = 0;
  std::size_t wanted = 0;
  for (const auto& [name, columns] : made) {
    const auto found = tables.find(name);
    const auto known = before.find(name);
    const bool is_new_table = known == before.end();
    // A table that has the name of a new one is in the way even if none of its columns match.
    if (is_new_table) {
      ++wanted;
      if (found != tables.end()) ++present;
    }
    for (const auto& column : columns) {
      if (!is_new_table && known->second.contains(column)) continue;
      ++wanted;
      present += (found == tables.end() ? no_columns : found->second).count(column);
    }
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
  // Read after the journal: a step that another process applies in between then looks applied by
  // hand, which does no harm. In the other order its tables would seem to be missing.
  const Tables tables = co_await database.tables();
  Tables before;
  bool has_gap = false;
  for (const Migration& migration : migrations) {
    const Tables made = tables_made_by(migration.statements);
    const bool is_recorded = holds(recorded, migration.version);
    if (made.empty()) {
      auto& list = is_recorded ? found.plan.applied : found.plan.pending;
      list.emplace_back(migration.version);
      continue;
    }
    const Presence presence = presence_of(made, before, tables);
    for (const auto& [name, columns] : made) before[name].insert(columns.begin(), columns.end());
    const bool after_a_gap = presence == Presence::complete && has_gap;
    if (presence == Presence::partial || after_a_gap ||
        (is_recorded && presence == Presence::absent)) {
      throw not_ours(
          "The database holds tables of another program under the names that this one uses.")
          .with_detail(fmt::format("looking for what {} brings", migration.version));
    }
    if (presence == Presence::absent) {
      found.plan.pending.emplace_back(migration.version);
      has_gap = true;
      continue;
    }
    found.plan.applied.emplace_back(migration.version);
    if (!is_recorded) found.unrecorded.emplace_back(migration.version);
  }
  co_return found;
}

std::vector<Statement> steps_of(const Migration& migration, Timestamp now,
                                std::optional<Sql> lock) {
  std::vector<Statement> steps;
  if (lock) steps.emplace_back(*lock);
  // First, so that only one of several processes gets past this and the others notice.
  steps.emplace_back(create_journal);
  steps.emplace_back(journal_entry, migration.version, now);
  for (const Sql& sql : migration.statements) steps.emplace_back(sql);
  return steps;
}

}  // namespace

std::span<const Sql> statements_of_migrations() {
  static constexpr Sql all[] = {list_versions};
  return all;
}

Tables tables_made_by(std::span<const Sql> statements) {
  Tables made;
  for (const Sql& sql : statements) {
    const auto text = without_comment(sql.text());
    if (const auto definition = after("CREATE TABLE ", text); !definition.empty()) {
      auto& columns = made[std::string{name_at(definition)}];
      int depth = 0;
      for (std::size_t i = 0; i < definition.size(); ++i) {
        if (definition[i] == ')') --depth;
        if (definition[i] == '(') ++depth;
        const bool begins_one = depth == 1 && (definition[i] == '(' || definition[i] == ',');
        const auto column = begins_one ? name_at(definition.substr(i + 1)) : std::string_view{};
        if (!column.empty()) columns.emplace(column);
      }
    } else if (const auto change = after("ALTER TABLE ", text); !change.empty()) {
      constexpr std::string_view add = "ADD COLUMN ";
      const std::string table{name_at(change)};
      for (auto at = change.find(add); at != change.npos; at = change.find(add, at + 1)) {
        made[table].emplace(name_at(change.substr(at + add.size())));
      }
    }
  }
  return made;
}

Task<MigrationPlan> plan_migrations(Database& database, std::span<const Migration> migrations) {
  Findings found = co_await examine(database, migrations);
  co_return std::move(found.plan);
}

Task<MigrationPlan> migrate(Database& database, std::span<const Migration> migrations,
                            const Clock& clock, std::optional<Sql> lock) {
  MigrationPlan done;
  for (bool again = true; again;) {
    again = false;
    const Findings found = co_await examine(database, migrations);
    done.applied = found.plan.applied;
    std::vector<Statement> records;
    for (const auto& version : found.unrecorded) {
      if (lock && records.empty()) records.emplace_back(*lock);
      records.emplace_back(create_journal);
      records.emplace_back(late_entry, version, clock.now());
    }
    if (!records.empty()) co_await database.atomically(std::move(records), Urgency::bulk);
    try {
      for (const Migration& migration : migrations) {
        if (!holds(found.plan.pending, migration.version)) continue;
        auto steps = steps_of(migration, clock.now(), lock);
        // Bulk work may take minutes: a step may rewrite a table, or wait for another process.
        co_await database.atomically(std::move(steps), Urgency::bulk);
        done.pending.emplace_back(migration.version);
      }
    } catch (const Error& error) {
      // Another process was faster: check what is left to do.
      if (error.code != Errc::conflict) throw;
      again = true;
    }
  }
  co_return done;
}

std::string journal_text() { return std::string{create_journal.text()} + ";\n"; }

std::string journal_entry_text(std::string_view version) {
  return fmt::format(
      "INSERT INTO schema_migrations (version) VALUES ('{}') ON CONFLICT (version) DO NOTHING;\n",
      version);
}

std::string script_of(std::span<const Migration> migrations,
                      const std::vector<std::string>& pending) {
  std::string script;
  for (const Migration& migration : migrations) {
    if (!holds(pending, migration.version)) continue;
    script += fmt::format("-- {}\nBEGIN;\n\n{}\n", migration.version, journal_text());
    for (const Sql& sql : migration.statements) script += fmt::format("{};\n\n", sql.text());
    script += journal_entry_text(migration.version) + "\nCOMMIT;\n\n";
  }
  return script;
}

}  // namespace gmail_mcp::sql
