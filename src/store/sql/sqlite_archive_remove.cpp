// SqliteArchive: removing, in pieces.
#include <algorithm>

#include "crypto/random.h"
#include "sql/compose.h"
#include "store/sql/archive_key.h"
#include "store/sql/archive_mine.h"
#include "store/sql/rows.h"
#include "store/sql/sqlite_archive.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;
using sql::Urgency;

constexpr std::int64_t pages_a_piece = 250;
// A larger database would be locked for seconds while it is rewritten.
constexpr std::int64_t most_compacted_bytes = std::int64_t{128} << 20;

// A stand-in was never seen in the mailbox, so a walk says nothing about it.
constexpr auto sweep_messages = named(
    "archive.sweep_messages", "DELETE FROM archive_messages WHERE key IN (SELECT m.key FROM", mine,
    "AS a CROSS JOIN archive_messages AS m ON m.key BETWEEN a.account * 8796093022208 "
    "AND a.account * 8796093022208 + 8796093022207 "
    "WHERE a.walking = 'over' AND m.walk < a.walk AND m.is_stand_in = 0 "
    "ORDER BY m.key LIMIT ?3) RETURNING key");
constexpr auto end_sweep =
    named("archive.end_sweep",
          "UPDATE archives SET walking = 'no' WHERE walking = 'over' AND account = "
          "(SELECT account FROM",
          mine,
          ") AND NOT EXISTS (SELECT 1 FROM archive_messages AS m "
          "WHERE m.key BETWEEN archives.account * 8796093022208 "
          "AND archives.account * 8796093022208 + 8796093022207 AND m.walk < archives.walk "
          "AND m.is_stand_in = 0)");
constexpr auto expire_messages = named(
    "archive.expire_messages", "DELETE FROM archive_messages WHERE key IN (SELECT m.key FROM", mine,
    "AS a CROSS JOIN archive_messages AS m ON m.key BETWEEN a.account * 8796093022208 "
    "AND a.account * 8796093022208 + ?3 - 1 ORDER BY m.key LIMIT ?4) RETURNING key");
static_assert(archive_key::within_account == 8'796'093'022'208);

// From the first piece on no process may continue from the old cursor, or the removed messages
// would stay missing.
constexpr auto restart_archive =
    named("archive.restart_archive",
          "UPDATE archives SET cursor = '', step = ?3, walking = 'no' WHERE account = "
          "(SELECT account FROM",
          mine, ")");
constexpr auto erase_messages = named(
    "archive.erase_messages", "DELETE FROM archive_messages WHERE key IN (SELECT m.key FROM", mine,
    "AS a CROSS JOIN archive_messages AS m ON m.key BETWEEN a.account * 8796093022208 "
    "AND a.account * 8796093022208 + 8796093022207 ORDER BY m.key LIMIT ?3) RETURNING key");
constexpr auto erase_archive = named(
    "archive.erase_archive", "DELETE FROM archives WHERE account = (SELECT account FROM", mine,
    ") AND NOT EXISTS (SELECT 1 FROM archive_messages AS m WHERE m.account = archives.account)");

constexpr Sql find_overdue{
    "archive.find_overdue",
    "SELECT a.connection_id FROM archives AS a JOIN connections AS c ON c.id = a.connection_id "
    "JOIN users AS u ON u.id = c.user_id "
    "WHERE c.kind = ?1 AND u.external_user_id = coalesce(?3, u.external_user_id) "
    "AND EXISTS (SELECT 1 FROM archive_messages AS m "
    "WHERE m.key BETWEEN a.account * 8796093022208 AND a.account * 8796093022208 + ?2 - 1) "
    "ORDER BY a.account LIMIT ?4"};

constexpr Sql find_chores{
    "archive.find_chores",
    "SELECT 'index' FROM (SELECT id FROM archive_index_changes LIMIT 1) UNION ALL "
    "SELECT chore FROM (SELECT chore FROM archive_chores WHERE chore <> 'removed' "
    "ORDER BY chore)"};
constexpr Sql end_scrubbing{"archive.end_scrubbing",
                            "DELETE FROM archive_chores WHERE chore = 'scrubbing'"};
constexpr Sql note_scrubbed{
    "archive.note_scrubbed",
    "INSERT INTO archive_chores (chore) VALUES ('scrubbed') ON CONFLICT DO NOTHING"};
constexpr Sql end_compacting{"archive.end_compacting",
                             "DELETE FROM archive_chores WHERE chore = 'scrubbed'"};
constexpr Sql count_changes{"archive.count_changes", "SELECT total_changes()"};
constexpr Sql merge_pages{"archive.merge_pages",
                          "INSERT INTO archive_index (archive_index, rank) VALUES ('merge', ?1)"};
constexpr Sql begin_scrubbing{"archive.begin_scrubbing",
                              "DELETE FROM archive_chores WHERE chore IN ('scrub', 'removed')"};
constexpr Sql note_removed{"archive.note_removed",
                           "INSERT INTO archive_chores (chore) SELECT 'scrub' FROM archive_chores "
                           "WHERE chore = 'removed' ON CONFLICT DO NOTHING"};
constexpr Sql note_scrubbing{
    "archive.note_scrubbing",
    "INSERT INTO archive_chores (chore) VALUES ('scrubbing') ON CONFLICT DO NOTHING"};

}  // namespace

Task<bool> SqliteArchive::sweep(const model::Access& access, model::ConnectionId id,
                                std::int64_t limit) {
  std::vector<Statement> statements;
  statements.emplace_back(sweep_messages, id, access.only_user(), limit);
  statements.emplace_back(end_sweep, id, access.only_user());
  tell_index(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  co_return static_cast<std::int64_t>(results[0].size()) == limit;
}

Task<bool> SqliteArchive::expire(const model::Access& access, model::ConnectionId id,
                                 Timestamp before, std::int64_t limit) {
  std::vector<Statement> statements;
  statements.emplace_back(expire_messages, id, access.only_user(), archive_key::wished(before),
                          limit);
  tell_index(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  co_return static_cast<std::int64_t>(results[0].size()) == limit;
}

Task<bool> SqliteArchive::erase(const model::Access& access, model::ConnectionId id,
                                std::int64_t limit) {
  std::vector<Statement> statements;
  statements.emplace_back(restart_archive, id, access.only_user(), crypto::random_token(12));
  statements.emplace_back(erase_messages, id, access.only_user(), limit);
  statements.emplace_back(erase_archive, id, access.only_user());
  tell_index(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  co_return static_cast<std::int64_t>(results[1].size()) == limit;
}

Task<std::vector<model::ConnectionId>> SqliteArchive::overdue(const model::Access& access,
                                                              model::ConnectionKind kind,
                                                              Timestamp before,
                                                              std::int64_t limit) {
  const sql::Rows rows =
      co_await database_.read(find_overdue, to_string(kind), archive_key::wished(before),
                              access.only_user(), std::max(limit, std::int64_t{0}));
  co_return all_from(rows, id_from<model::ConnectionId>);
}

Task<void> SqliteArchive::scrub_removed(const model::Access& access) {
  static_cast<void>(access);
  co_await database_.write(note_removed);
}

// The index merges its parts into one, a few pages at a time, and leaves out what was deleted; then
// the database is rewritten. The first piece (a negative number of pages) includes all parts; later
// parts do not contain erased data.
Task<bool> SqliteArchive::scrub(const model::Access& access) {
  static_cast<void>(access);
  const sql::Rows chores = co_await database_.read(find_chores);
  if (chores.empty()) co_return false;
  const auto& first = chores[0][0].text();
  std::vector<Statement> statements;
  if (first == "index") {
    tell_index(statements);
    co_await database_.atomically(std::move(statements), Urgency::bulk);
    co_return true;
  }
  if (first == "scrubbed") {
    co_await database_.compact(most_compacted_bytes);
    co_await database_.write(end_compacting);
    co_return true;
  }
  statements.emplace_back(count_changes);
  statements.emplace_back(merge_pages, first == "scrub" ? -pages_a_piece : pages_a_piece);
  statements.emplace_back(count_changes);
  if (first == "scrub") {
    statements.emplace_back(begin_scrubbing);
    statements.emplace_back(note_scrubbing);
  }
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  // According to the documentation of FTS5, below two nothing was merged.
  const bool is_done = results[2][0][0].integer() - results[0][0][0].integer() < 2;
  if (!is_done) co_return true;
  std::vector<Statement> done;
  done.emplace_back(end_scrubbing);
  done.emplace_back(note_scrubbed);
  co_await database_.atomically(std::move(done), Urgency::bulk);
  co_return true;
}

std::span<const sql::Sql> statements_of_sqlite_archive_removing() {
  static constexpr sql::Sql all[] = {
      sweep_messages, end_sweep,       expire_messages, restart_archive,
      erase_messages, erase_archive,   find_overdue,    find_chores,
      end_scrubbing,  note_scrubbed,   end_compacting,  count_changes,
      merge_pages,    begin_scrubbing, note_removed,    note_scrubbing};
  return all;
}

}  // namespace gmail_mcp::store
