#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"

namespace gmail_mcp::sql {

/// A table, or new columns of one, that a migration brings.
struct Brings {
  std::string_view table;
  std::span<const std::string_view> columns;
  bool is_new_table = true;
};

/// One step from a schema to the next, forward only. A constant of the program.
struct Migration {
  std::string_view version;  // "001_initial"; sorts in order
  std::span<const Sql> statements;
  std::span<const Brings> brings;
};

struct MigrationPlan {
  std::vector<std::string> applied;
  std::vector<std::string> pending;
};

/// What `migrate` would do. A step that somebody ran by hand, without writing it down, counts as
/// applied. Throws Errc::misconfigured when the database is not empty and not ours: when it has a
/// table that we would create but not its columns, or when a newer program has changed it.
Task<MigrationPlan> plan_migrations(Database& database, std::span<const Migration> migrations);

/// Applies what is pending, each step as one transaction together with its entry in the table
/// `schema_migrations`. Processes that start together may all call it. The plan as it was carried
/// out: `pending` names what this call applied.
Task<MigrationPlan> migrate(Database& database, std::span<const Migration> migrations,
                            const Clock& clock);

/// The step as a script for people who run it by hand.
std::string to_script(const Migration& migration);

}  // namespace gmail_mcp::sql
