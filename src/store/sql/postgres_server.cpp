#include "store/sql/postgres_server.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"

namespace gmail_mcp::store {

namespace {

constexpr std::int64_t oldest_version = 130'000;  // gen_random_uuid() without an extension
constexpr std::chrono::seconds tolerated_difference{30};

constexpr sql::Sql server_facts{
    "postgres_server.server_facts",
    "SELECT CAST(current_setting('server_version_num') AS INTEGER), "
    "current_setting('server_version'), "
    "current_setting('server_encoding'), lower('Ä') = 'ä', clock_timestamp(), current_schema(), "
    "coalesce(has_schema_privilege(current_schema(), 'CREATE'), FALSE), inet_server_port()"};

// Whom the tables and the functions are open to, beside their owner: Supabase gives what is made in
// `public` to its roles for browsers, and PostgreSQL functions to everybody.
constexpr sql::Sql open_tables{
    "postgres_server.open_tables",
    "SELECT c.relname, c.relrowsecurity, coalesce((SELECT string_agg(r.rolname, ', ' ORDER BY "
    "r.rolname) FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ('anon', 'authenticated') "
    "AND has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')), ''), "
    "EXISTS (SELECT 1 FROM aclexplode(c.relacl) AS a WHERE a.grantee = 0), "
    "row_security_active(c.oid) FROM pg_catalog.pg_class AS c WHERE c.relkind IN ('r', 'p') "
    "AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n "
    "WHERE n.nspname = current_schema()) ORDER BY c.relname"};
constexpr sql::Sql open_functions{
    "postgres_server.open_functions",
    "SELECT p.proname, coalesce((SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname) "
    "FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ('anon', 'authenticated') "
    "AND has_function_privilege(r.oid, p.oid, 'EXECUTE')), ''), "
    "EXISTS (SELECT 1 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a "
    "WHERE a.grantee = 0) "
    "FROM pg_catalog.pg_proc AS p WHERE (p.proname LIKE 'gmail\\_mcp\\_%' OR p.proname LIKE "
    "'archive\\_%') AND p.pronamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n "
    "WHERE n.nspname = current_schema()) ORDER BY p.proname"};

void judge_server(const sql::Row& facts, Timestamp now, ServerState& state) {
  if (facts[0].integer() < oldest_version) {
    state.refusals.push_back(
        fmt::format("The PostgreSQL server is of version {}, and 13 is the oldest that will do. "
                    "Upgrade it, or use another server.",
                    facts[1].text()));
  }
  if (facts[2].text() != "UTF8") {
    state.refusals.push_back(fmt::format(
        "The PostgreSQL database is encoded in {}, so that most mail cannot be stored. Make one "
        "with CREATE DATABASE … ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0.",
        facts[2].text()));
  } else if (!facts[3].boolean()) {
    state.refusals.emplace_back(
        "The PostgreSQL database does not know letters beyond ASCII: for it, Ä is no capital of ä "
        "(LC_CTYPE is C). Make one with CREATE DATABASE … ENCODING 'UTF8' LOCALE 'C.UTF-8' "
        "TEMPLATE template0.");
  }
  if (facts[5].is_null()) {
    state.refusals.emplace_back(
        "The PostgreSQL user has no schema to make tables in: its search_path names none that "
        "exists. Let it be the owner of one: CREATE SCHEMA AUTHORIZATION <user>.");
  }
  state.may_make_tables = facts[6].boolean();
  const auto version = facts[1].text();  // "15.20 (Debian 15.20-0+deb12u1)"
  state.version = "PostgreSQL " + version.substr(0, version.find(' '));
  if (!facts[7].is_null()) state.port = facts[7].integer();
  const auto theirs = facts[4].time();
  const auto apart = std::chrono::abs(theirs - now);
  if (apart > tolerated_difference) {
    state.warnings.push_back(fmt::format(
        "The clock of the database and that of this machine are {} seconds apart. Let both be set "
        "by NTP: what expires does so too early or too late.",
        std::chrono::duration_cast<std::chrono::seconds>(apart).count()));
  }
}

std::string roles_of(std::string named, bool everybody) {
  if (!everybody) return named;
  return named.empty() ? "PUBLIC" : "PUBLIC, " + named;
}

void judge_tables(const sql::Rows& rows, const std::set<std::string>& ours, ServerState& state) {
  for (const auto& row : rows) {
    const auto& name = row[0].text();
    if (!ours.contains(name)) continue;
    if (row[4].boolean() && state.refusals.empty()) {
      state.refusals.push_back(
          fmt::format("Row level security hides the rows of the table {} from the PostgreSQL user. "
                      "Make this user the owner of the tables, or run ALTER ROLE <user> BYPASSRLS.",
                      name));
    }
    if (!row[1].boolean()) {
      state.openings.push_back(
          fmt::format("Row level security is off for the table {}. Switch it on: ALTER TABLE {} "
                      "ENABLE ROW LEVEL SECURITY;",
                      name, name));
    }
    if (const auto roles = roles_of(row[2].text(), row[3].boolean()); !roles.empty()) {
      state.openings.push_back(
          fmt::format("The table {} is open to {}. Take that back: REVOKE ALL ON {} FROM {};", name,
                      roles, name, roles));
    }
  }
}

void judge_functions(const sql::Rows& rows, ServerState& state) {
  for (const auto& row : rows) {
    const auto roles = roles_of(row[1].text(), row[2].boolean());
    if (roles.empty()) continue;
    state.openings.push_back(fmt::format(
        "The function {} may be called by {}. Take that back: REVOKE ALL ON FUNCTION {} "
        "FROM {};",
        row[0].text(), roles, row[0].text(), roles));
  }
}

}  // namespace

std::string script_for_any_state(std::span<const sql::Migration> migrations) {
  std::string script =
      "-- The tables of gmail-mcp, made or brought up to date. Run all of it; it may be repeated.\n"
      "BEGIN;\n\nSELECT pg_advisory_xact_lock(7453301164);\n\n" +
      sql::journal_text() + "\n";
  bool is_first = true;
  for (const auto& migration : migrations) {
    const auto version = std::string{migration.version};
    // The tables of the first step may come from the set-up guide, which has no journal.
    const auto* by_hand = is_first ? "\n    AND to_regclass('connections') IS NULL" : "";
    is_first = false;
    script += fmt::format(
        "DO ${0}$\nBEGIN\nIF NOT EXISTS (SELECT 1 FROM schema_migrations WHERE version = '{1}'){2} "
        "THEN\n\n",
        "step_" + version, version, by_hand);
    for (const auto& sql : migration.statements) script += fmt::format("{};\n\n", sql.text());
    if (migration.statements.empty()) script += "NULL;\n\n";
    script += fmt::format("END IF;\nEND\n$step_{}$;\n\n{}\n", version,
                          sql::journal_entry_text(migration.version));
  }
  return script + "COMMIT;\n";
}

Task<ServerState> examine_postgres(sql::Database& database, const Clock& clock,
                                   std::span<const sql::Migration> migrations) {
  ServerState state;
  const sql::Rows facts = co_await database.read(server_facts);
  judge_server(facts.at(0), clock.now(), state);
  std::set<std::string> ours{"schema_migrations", "gmail_mcp_statements"};
  for (const auto& migration : migrations) {
    for (const auto& [name, columns] : sql::tables_made_by(migration.statements)) ours.insert(name);
  }
  const sql::Rows tables = co_await database.read(open_tables);
  judge_tables(tables, ours, state);
  const sql::Rows functions = co_await database.read(open_functions);
  judge_functions(functions, state);
  co_return state;
}

std::span<const sql::Sql> statements_of_postgres_server() {
  static constexpr sql::Sql all[] = {server_facts, open_tables, open_functions};
  return all;
}

}  // namespace gmail_mcp::store
