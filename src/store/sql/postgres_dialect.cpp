#include "store/sql/dialect.h"

#include "sql/compose.h"
#include "store/sql/postgres_archive.h"
#include "store/sql/postgres_server.h"
#include "store/sql/supabase_script.h"
#include "supabase_migrations.h"

namespace gmail_mcp::store {

namespace {

// clock_timestamp(), not now(): a statement that waited for another transaction must not judge by
// the time when it began to wait.
constexpr sql::Sql postgres_begin_refresh{
    "dialect.postgres_begin_refresh",
    "UPDATE connections "
    "SET refresh_lease_until = clock_timestamp() + make_interval(secs => ?3) "
    "WHERE id = ?1 AND version = ?2 AND status NOT IN ('disconnected', 'removing') "
    "AND (refresh_lease_until IS NULL OR refresh_lease_until <= clock_timestamp()) "
    "AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = connections.user_id "
    "AND u.external_user_id = coalesce(?4, u.external_user_id)) "
    "RETURNING id"};

constexpr sql::Sql postgres_take_lease{
    "dialect.postgres_take_lease",
    "INSERT INTO leases (name, holder, expires_at) "
    "VALUES (?1, ?2, clock_timestamp() + make_interval(secs => ?3)) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at "
    "WHERE leases.holder = excluded.holder OR leases.expires_at <= clock_timestamp() "
    "RETURNING name"};

// In the order of their names, so that two processes do not wait for each other.
constexpr sql::Sql postgres_take_leases{
    "dialect.postgres_take_leases",
    "INSERT INTO leases (name, holder, expires_at) "
    "SELECT DISTINCT name, ?2, clock_timestamp() + make_interval(secs => ?3) "
    "FROM json_array_elements_text(CAST(?1 AS JSON)) AS wanted (name) ORDER BY name "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at "
    "WHERE leases.holder = excluded.holder OR leases.expires_at <= clock_timestamp() "
    "RETURNING name"};

constexpr sql::Sql postgres_release_leases{
    "dialect.postgres_release_leases",
    "DELETE FROM leases WHERE name IN (SELECT l.name FROM leases AS l WHERE l.holder = ?2 "
    "AND l.name IN (SELECT json_array_elements_text(CAST(?1 AS JSON))) "
    "ORDER BY l.name FOR UPDATE)"};

constexpr sql::Sql postgres_spend_sends{
    "dialect.postgres_spend_sends",
    "INSERT INTO spent_sends (account, hour, sends) "
    "SELECT CAST(?3 AS TEXT), date_trunc('hour', s.created_at, 'UTC'), count(*) FROM sends AS s "
    "JOIN connections AS c ON c.id = s.connection_id JOIN users AS u ON u.id = c.user_id "
    "WHERE c.id = ?1 AND (c.status = 'removing' OR c.erasing IN ('sends', 'everything')) "
    "AND u.external_user_id = coalesce(?2, u.external_user_id) AND s.created_at >= ?4 AND s.status "
    "<> 'failed' GROUP BY 2 ORDER BY 2 "
    "ON CONFLICT (account, hour) DO UPDATE SET sends = spent_sends.sends + excluded.sends"};

// These rows bring their numbers; afterwards the sequences go on behind them.
constexpr auto postgres_load_audit =
    sql::named("dialect.postgres_load_audit", "INSERT INTO audit (", dumped_audit_columns,
               ") OVERRIDING SYSTEM VALUE VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
               "ON CONFLICT DO NOTHING");
constexpr auto postgres_load_archive =
    sql::named("dialect.postgres_load_archive", "INSERT INTO archives (", dumped_archive_columns,
               ") OVERRIDING SYSTEM VALUE VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
               "ON CONFLICT DO NOTHING");
constexpr sql::Sql postgres_finish_load[] = {
    {"dialect.postgres_number_audit",
     "SELECT setval(pg_get_serial_sequence('audit', 'id'), "
     "coalesce((SELECT max(id) FROM audit), 0) + 1, FALSE)"},
    {"dialect.postgres_number_archives",
     "SELECT setval(pg_get_serial_sequence('archives', 'account'), "
     "coalesce((SELECT max(account) FROM archives), 0) + 1, FALSE)"}};

constexpr sql::Sql postgres_lease_holders{
    "dialect.postgres_lease_holders",
    "SELECT DISTINCT holder FROM leases WHERE substr(name, 1, length(?1)) = ?1 "
    "AND expires_at > clock_timestamp()"};

// The numbers of rows are given before a commit, so that they become visible in another order. What
// was not visible to one statement was written by a transaction that was not over for it, or by a
// later one: the mark is the oldest of these.
constexpr sql::Sql postgres_first_news{
    "dialect.postgres_first_news",
    "SELECT t.mark, n.id, n.turn, n.what, n.connection_id, n.people "
    "FROM (SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) AS mark) "
    "AS t LEFT JOIN news AS n ON (n.at >= clock_timestamp() - make_interval(secs => ?1) "
    "OR n.turn >= t.mark) AND n.origin <> ?2 ORDER BY n.id DESC LIMIT ?3"};

constexpr sql::Sql postgres_read_news{
    "dialect.postgres_read_news",
    "SELECT t.mark, n.id, n.turn, n.what, n.connection_id, n.people "
    "FROM (SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) AS mark) "
    "AS t LEFT JOIN news AS n ON n.turn >= ?1 AND n.origin <> ?2 ORDER BY n.id DESC LIMIT ?3"};

constexpr sql::Sql postgres_purge_news{
    "dialect.postgres_purge_news",
    "DELETE FROM news WHERE id IN (SELECT id FROM news "
    "WHERE at < clock_timestamp() - make_interval(secs => ?1) ORDER BY id LIMIT 2000 "
    "FOR UPDATE SKIP LOCKED) RETURNING id"};

// A number of our own among the server's advisory locks; of transactions, because those of a
// session would stay with a pooler's connection.
constexpr sql::Sql postgres_migration_lock = "SELECT pg_advisory_xact_lock(7453301164)";

// As we write them, with or without the dashes (RFC 9562 §4).
bool is_uuid(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    const bool is_digit =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!is_digit && c != '-') return false;
    if (is_digit) ++digits;
  }
  return digits == 32 && (text.size() == 32 || text.size() == 36);
}

std::string postgres_script(const sql::MigrationPlan&) {
  return script_for_any_state(supabase_steps::all);
}

std::string supabase_script_after_steps(const sql::MigrationPlan& plan) {
  return postgres_script(plan) + "\n" + supabase_script();
}

Task<ServerState> examine_ours(sql::Database& database, const Clock& clock) {
  return examine_postgres(database, clock, supabase_steps::all);
}

}  // namespace

const Dialect& postgres_dialect() {
  static const Dialect dialect{
      .migrations = supabase_steps::all,
      .locks_rows = true,
      .is_id = is_uuid,
      .migration_lock = postgres_migration_lock,
      .is_migrated_by_hand = false,
      .script = postgres_script,
      .examine = examine_ours,
      .count_inserted = std::nullopt,
      .begin_refresh = postgres_begin_refresh,
      .take_lease = postgres_take_lease,
      .take_leases = postgres_take_leases,
      .release_leases = postgres_release_leases,
      .lease_holders = postgres_lease_holders,
      .spend_sends = postgres_spend_sends,
      .first_news = postgres_first_news,
      .read_news = postgres_read_news,
      .purge_news = postgres_purge_news,
      .own_statements = {statements_of_postgres_server(), statements_of_postgres_archive()},
      .open_archive = open_postgres_archive,
      .loading = {.audit = postgres_load_audit,
                  .archive = postgres_load_archive,
                  .mails = postgres_mail_insertions,
                  .finish = postgres_finish_load}};
  return dialect;
}

const Dialect& supabase_dialect() {
  static const Dialect dialect = [] {
    auto made = postgres_dialect();
    made.is_migrated_by_hand = true;
    made.script = supabase_script_after_steps;
    made.examine = examine_supabase;
    made.own_statements.push_back(statements_of_supabase());
    return made;
  }();
  return dialect;
}

}  // namespace gmail_mcp::store
