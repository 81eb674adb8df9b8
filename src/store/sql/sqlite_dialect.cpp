#include "store/sql/dialect.h"

#include "sql/compose.h"
#include "sqlite_migrations.h"
#include "store/sql/sqlite_archive.h"

namespace gmail_mcp::store {

namespace {

constexpr sql::Sql sqlite_begin_refresh{
    "dialect.sqlite_begin_refresh",
    "UPDATE connections "
    "SET refresh_lease_until = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || ?3 || ' seconds') "
    "WHERE id = ?1 AND version = ?2 AND status NOT IN ('disconnected', 'removing') "
    "AND (refresh_lease_until IS NULL "
    "OR refresh_lease_until <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) "
    "AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = connections.user_id "
    "AND u.external_user_id = coalesce(?4, u.external_user_id)) "
    "RETURNING id"};

// RETURNING makes a table of its own for the rows, which costs more than a small insertion.
constexpr sql::Sql sqlite_count_inserted{"dialect.sqlite_count_inserted", "SELECT changes()"};

constexpr sql::Sql sqlite_take_lease{
    "dialect.sqlite_take_lease",
    "INSERT INTO leases (name, holder, expires_at) "
    "VALUES (?1, ?2, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || ?3 || ' seconds')) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at "
    "WHERE leases.holder = excluded.holder "
    "OR leases.expires_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now') "
    "RETURNING name"};

// With WHERE true, because otherwise ON CONFLICT would be parsed as part of a join.
constexpr sql::Sql sqlite_take_leases{
    "dialect.sqlite_take_leases",
    "INSERT INTO leases (name, holder, expires_at) "
    "SELECT value, ?2, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || ?3 || ' seconds') "
    "FROM json_each(?1) WHERE true "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at "
    "WHERE leases.holder = excluded.holder "
    "OR leases.expires_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now') "
    "RETURNING name"};

constexpr sql::Sql sqlite_release_leases{
    "dialect.sqlite_release_leases",
    "DELETE FROM leases WHERE holder = ?2 AND name IN (SELECT value FROM json_each(?1))"};

// '~' comes after everything in names of processes.
constexpr sql::Sql sqlite_lease_holders{
    "dialect.sqlite_lease_holders",
    "SELECT DISTINCT holder FROM leases WHERE name >= ?1 AND name < ?1 || '~' "
    "AND expires_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"};

constexpr sql::Sql sqlite_spend_sends{
    "dialect.sqlite_spend_sends",
    "INSERT INTO spent_sends (account, hour, sends) "
    "SELECT ?3, substr(s.created_at, 1, 13) || ':00:00.000Z', count(*) FROM sends AS s "
    "JOIN connections AS c ON c.id = s.connection_id JOIN users AS u ON u.id = c.user_id "
    "WHERE c.id = ?1 AND (c.status = 'removing' OR c.erasing IN ('sends', 'everything')) "
    "AND u.external_user_id = coalesce(?2, u.external_user_id) AND s.created_at >= ?4 AND s.status "
    "<> 'failed' GROUP BY 2 "
    "ON CONFLICT (account, hour) DO UPDATE SET sends = spent_sends.sends + excluded.sends"};

// Changes are made one after the other, so the numbers of rows are in the order in which they
// become visible.
constexpr sql::Sql sqlite_first_news{
    "dialect.sqlite_first_news",
    "SELECT t.mark, n.id, n.id, n.what, n.connection_id, n.people "
    "FROM (SELECT coalesce(max(id), 0) + 1 AS mark FROM news) AS t LEFT JOIN news AS n "
    "ON n.at >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || ?1 || ' seconds') AND n.origin <> ?2 "
    "ORDER BY n.id DESC LIMIT ?3"};

// The table may be empty by now.
constexpr sql::Sql sqlite_read_news{
    "dialect.sqlite_read_news",
    "SELECT t.mark, n.id, n.id, n.what, n.connection_id, n.people "
    "FROM (SELECT max(?1, coalesce((SELECT max(id) FROM news), 0) + 1) AS mark) AS t "
    "LEFT JOIN news AS n ON n.id >= ?1 AND n.origin <> ?2 ORDER BY n.id DESC LIMIT ?3"};

constexpr sql::Sql sqlite_purge_news{
    "dialect.sqlite_purge_news",
    "DELETE FROM news WHERE id < (SELECT min(id) FROM news) + 2000 "
    "AND at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || ?1 || ' seconds') RETURNING id"};

constexpr auto sqlite_load_audit =
    sql::named("dialect.sqlite_load_audit", "INSERT INTO audit (", dumped_audit_columns,
               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING");
constexpr auto sqlite_load_archive =
    sql::named("dialect.sqlite_load_archive", "INSERT INTO archives (", dumped_archive_columns,
               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING");

std::string sqlite_script(const sql::MigrationPlan& plan) {
  return sql::script_of(sqlite_steps::all, plan.pending);
}

}  // namespace

const Dialect& sqlite_dialect() {
  static const Dialect dialect{.migrations = sqlite_steps::all,
                               .locks_rows = false,
                               .is_id = [](std::string_view) { return true; },
                               .migration_lock = std::nullopt,
                               .is_migrated_by_hand = false,
                               .script = sqlite_script,
                               .examine = nullptr,
                               .count_inserted = sqlite_count_inserted,
                               .begin_refresh = sqlite_begin_refresh,
                               .take_lease = sqlite_take_lease,
                               .take_leases = sqlite_take_leases,
                               .release_leases = sqlite_release_leases,
                               .lease_holders = sqlite_lease_holders,
                               .spend_sends = sqlite_spend_sends,
                               .first_news = sqlite_first_news,
                               .read_news = sqlite_read_news,
                               .purge_news = sqlite_purge_news,
                               .own_statements = {statements_of_sqlite_archive()},
                               .open_archive = open_sqlite_archive,
                               .loading = {.audit = sqlite_load_audit,
                                           .archive = sqlite_load_archive,
                                           .mails = sqlite_mail_insertions,
                                           .finish = {}}};
  return dialect;
}

}  // namespace gmail_mcp::store
