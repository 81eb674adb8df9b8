// SqlArchive: removing, in pieces.
#include <algorithm>

#include "crypto/random.h"
#include "sql/compose.h"
#include "store/sql/archive_key.h"
#include "store/sql/archive_mine.h"
#include "store/sql/rows.h"
#include "store/sql/sql_archive.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;
using sql::Urgency;

// The keys of an archive that may be removed stand in subqueries, so that every engine takes them
// in the order of the index and stops at the limit.

// A stand-in was never seen in the mailbox, so a walk says nothing about it.
constexpr auto sweep_messages =
    named("archive.sweep_messages",
          "DELETE FROM archive_messages WHERE key IN (SELECT m.key FROM archive_messages AS m "
          "WHERE m.key >= (SELECT account * 8796093022208 FROM",
          mine, ") AND m.key < (SELECT (account + 1) * 8796093022208 FROM", mine,
          ") AND m.walk < (SELECT walk FROM", mine,
          "WHERE a.walking = 'over') "
          "AND m.is_stand_in = 0 ORDER BY m.key LIMIT ?3) RETURNING key");
constexpr auto end_sweep =
    named("archive.end_sweep",
          "UPDATE archives SET walking = 'no' WHERE walking = 'over' AND account = "
          "(SELECT account FROM",
          mine,
          ") AND NOT EXISTS (SELECT 1 FROM archive_messages AS m "
          "WHERE m.key BETWEEN archives.account * 8796093022208 "
          "AND archives.account * 8796093022208 + 8796093022207 AND m.walk < archives.walk "
          "AND m.is_stand_in = 0)");
constexpr auto expire_messages =
    named("archive.expire_messages",
          "DELETE FROM archive_messages WHERE key IN (SELECT m.key FROM archive_messages AS m "
          "WHERE m.key >= (SELECT account * 8796093022208 FROM",
          mine, ") AND m.key < (SELECT account * 8796093022208 + ?3 FROM", mine,
          ") ORDER BY m.key LIMIT ?4) RETURNING key");
static_assert(archive_key::within_account == 8'796'093'022'208);

// From the first piece on no process may continue from the old cursor, or the removed messages
// would stay missing.
constexpr auto restart_archive =
    named("archive.restart_archive",
          "UPDATE archives SET cursor = '', step = ?3, walking = 'no' WHERE account = "
          "(SELECT account FROM",
          mine, ")");
constexpr auto erase_messages =
    named("archive.erase_messages",
          "DELETE FROM archive_messages WHERE key IN (SELECT m.key FROM archive_messages AS m "
          "WHERE m.key >= (SELECT account * 8796093022208 FROM",
          mine, ") AND m.key < (SELECT (account + 1) * 8796093022208 FROM", mine,
          ") ORDER BY m.key LIMIT ?3) RETURNING key");
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

}  // namespace

Task<bool> SqlArchive::sweep(const model::Access& access, model::ConnectionId id,
                             std::int64_t limit) {
  std::vector<Statement> statements;
  take_turn(statements, access, id);
  const auto removing = statements.size();
  statements.emplace_back(sweep_messages, id, access.only_user(), limit);
  statements.emplace_back(end_sweep, id, access.only_user());
  index_.tell(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  co_return static_cast<std::int64_t>(results[removing].size()) == limit;
}

Task<bool> SqlArchive::expire(const model::Access& access, model::ConnectionId id, Timestamp before,
                              std::int64_t limit) {
  std::vector<Statement> statements;
  take_turn(statements, access, id);
  const auto removing = statements.size();
  statements.emplace_back(expire_messages, id, access.only_user(), archive_key::wished(before),
                          limit);
  index_.tell(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  co_return static_cast<std::int64_t>(results[removing].size()) == limit;
}

Task<bool> SqlArchive::erase(const model::Access& access, model::ConnectionId id,
                             std::int64_t limit) {
  std::vector<Statement> statements;
  statements.emplace_back(restart_archive, id, access.only_user(), crypto::random_token(12));
  statements.emplace_back(erase_messages, id, access.only_user(), limit);
  statements.emplace_back(erase_archive, id, access.only_user());
  index_.tell(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  co_return static_cast<std::int64_t>(results[1].size()) == limit;
}

Task<std::vector<model::ConnectionId>> SqlArchive::overdue(const model::Access& access,
                                                           model::ConnectionKind kind,
                                                           Timestamp before, std::int64_t limit) {
  const sql::Rows rows =
      co_await database_.read(find_overdue, to_string(kind), archive_key::wished(before),
                              access.only_user(), std::max(limit, std::int64_t{0}));
  co_return all_from(rows, id_from<model::ConnectionId>);
}

Task<bool> SqlArchive::scrub(const model::Access& access) {
  static_cast<void>(access);
  return index_.scrub(database_);
}

Task<void> SqlArchive::scrub_removed(const model::Access& access) {
  static_cast<void>(access);
  return index_.scrub_removed(database_);
}

std::span<const sql::Sql> statements_of_archive_removing() {
  static constexpr sql::Sql all[] = {sweep_messages,  end_sweep,      expire_messages,
                                     restart_archive, erase_messages, erase_archive,
                                     find_overdue};
  return all;
}

}  // namespace gmail_mcp::store
