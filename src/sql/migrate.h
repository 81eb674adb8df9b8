#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"

namespace gmail_mcp::sql {

/// One step from a schema to the next, forward only. A constant of the program, made by the build
/// from a script in migrations/.
struct Migration {
  std::string_view version;  // "001_initial"; sorts in order
  std::span<const Sql> statements;
};

/// The tables that these statements create, and those to which they add columns, each with the new
/// columns. Reads CREATE TABLE and ALTER TABLE … ADD COLUMN as our scripts write them: names of
/// columns in lower case, constraints of a table in upper case.
Tables tables_made_by(std::span<const Sql> statements);

/// What `plan_migrations` asks. The steps themselves are not among them.
std::span<const Sql> statements_of_migrations();

struct MigrationPlan {
  std::vector<std::string> applied;
  std::vector<std::string> pending;
};

/// What `migrate` would do. A step that was run by hand, without an entry in the journal, counts as
/// applied: it is recognised by the tables and columns that it makes. Throws Errc::misconfigured
/// when the database is not empty and not ours: when it has a table that we would create, but with
/// other columns, or when a newer program has changed it. Of a step that makes no table and no
/// column, because only another engine needs it, the journal alone tells.
Task<MigrationPlan> plan_migrations(Database& database, std::span<const Migration> migrations);

/// Applies what is pending, each step as one transaction together with its entry in the table
/// `schema_migrations`. Processes that start together may all call it; `lock`, if the engine has
/// such a statement, is the first of each transaction and lets them wait for each other. Returns
/// the plan as carried out: `pending` names the steps that this call applied.
Task<MigrationPlan> migrate(Database& database, std::span<const Migration> migrations,
                            const Clock& clock, std::optional<Sql> lock = std::nullopt);

/// The same as one script for people, with the journal's entries: it makes the steps that are
/// `pending`, and stops at the first that fails.
std::string script_of(std::span<const Migration> migrations,
                      const std::vector<std::string>& pending);

/// The statement that makes the journal, and the one that enters a step which may be in it already.
std::string journal_text();
std::string journal_entry_text(std::string_view version);

}  // namespace gmail_mcp::sql
