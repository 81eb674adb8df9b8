// SqliteArchive: changes to stored messages: gone from a folder, read again.
#include <iterator>
#include <map>

#include "base/error.h"
#include "sql/compose.h"
#include "store/sql/archive_key.h"
#include "store/sql/archive_mine.h"
#include "store/sql/archive_rows.h"
#include "store/sql/rows.h"
#include "store/sql/sqlite_archive.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;
using sql::Urgency;

// Looks between the present ranges: as many look-ups as there are gaps, however many messages.
constexpr auto find_gone =
    named("archive.find_gone", "SELECT m.message_id FROM json_each(?5) AS gap CROSS JOIN", mine,
          "AS a CROSS JOIN archive_messages AS m ON m.account = a.account AND m.folder = ?3 "
          "AND m.folder <> '' AND m.uid BETWEEN json_extract(gap.value, '$[0]') "
          "AND json_extract(gap.value, '$[1]') WHERE m.uid < ?4 AND m.uid > 0");

constexpr auto find_read_before =
    named("archive.find_read_before", "SELECT m.message_id, m.reading FROM", mine,
          "AS a CROSS JOIN archive_messages AS m ON m.account = a.account AND m.reading = "
          "(SELECT max(n.reading) FROM archive_messages AS n WHERE n.account = a.account "
          "AND n.reading < ?3 AND n.is_stand_in = 0) "
          "WHERE m.is_stand_in = 0 ORDER BY m.key DESC LIMIT ?4");

constexpr auto find_step = named("archive.find_step", "SELECT account, step FROM", mine);
constexpr Sql find_rows{
    "archive.find_rows",
    "SELECT m.message_id, m.key, m.folder, m.uid FROM json_each(?2) AS wanted "
    "CROSS JOIN archive_messages AS m ON m.account = ?1 AND m.message_id = wanted.value "
    "AND m.is_stand_in = 0"};
// True if nothing was stored or removed since the rows were read.
constexpr Sql is_as_seen{"archive.is_as_seen",
                         "SELECT 1 FROM archives WHERE account = ?1 AND step = ?2"};
constexpr auto mark_failed =
    named("archive.mark_failed",
          "UPDATE archive_messages SET reading = min(reading, 0) - 1 WHERE account = ?1 AND",
          as_seen, "AND message_id IN (SELECT value FROM json_each(?3))");
constexpr auto take_out =
    named("archive.take_out", "DELETE FROM archive_messages WHERE account = ?1 AND", as_seen,
          "AND key IN (SELECT value FROM json_each(?3))");
// Must run before the same keys are used again, because the index finds a message by its key and
// its old words.
constexpr Sql tell_index_of{"archive.tell_index_of",
                            "INSERT INTO archive_index (archive_index, rowid, subject, body) "
                            "SELECT command, key, subject, body FROM archive_index_changes "
                            "WHERE key IN (SELECT value FROM json_each(?1)) ORDER BY id"};
constexpr Sql forget_told_of{
    "archive.forget_told_of",
    "DELETE FROM archive_index_changes WHERE key IN (SELECT value FROM json_each(?1))"};

std::string to_json_text(const std::vector<model::MessageId>& ids) {
  std::vector<std::string> texts;
  texts.reserve(ids.size());
  for (const auto& id : ids) texts.push_back(id.str());
  return store::to_json_text(texts);
}

std::string gaps_of(const Present& present) {
  std::string gaps = "[";
  std::int64_t from = 1;
  const auto add = [&](std::int64_t last) {
    if (last < from) return;
    gaps += gaps.size() > 1 ? ",[" : "[";
    gaps += std::to_string(from) + ',' + std::to_string(last) + ']';
  };
  for (const auto& [first, last] : present.ranges) {
    add(first - 1);
    from = last + 1;
  }
  add(present.below - 1);
  return gaps + ']';
}

}  // namespace

struct SqliteArchive::Known {
  std::int64_t key = 0;
  Spot spot;
};

Task<std::vector<model::MessageId>> SqliteArchive::gone(const model::Access& access,
                                                        model::ConnectionId id, Present present) {
  const sql::Rows rows = co_await database_.read(find_gone, id, access.only_user(), present.folder,
                                                 present.below, gaps_of(present));
  co_return all_from(rows, id_from<model::MessageId>);
}

Task<ReadBefore> SqliteArchive::read_before(const model::Access& access, model::ConnectionId id,
                                            std::int64_t reading, std::int64_t limit) {
  const sql::Rows rows =
      co_await database_.read(find_read_before, id, access.only_user(), reading, limit);
  ReadBefore found;
  for (const auto& row : rows) {
    found.ids.emplace_back(row[0].text());
    found.was_tried = row[1].integer() < 0;
  }
  co_return found;
}

Task<bool> SqliteArchive::read_again_once(const model::Access& access, model::ConnectionId id,
                                          std::vector<NewArchived>& messages,
                                          const std::vector<model::MessageId>& failed) {
  const sql::Rows found = co_await database_.read(find_step, id, access.only_user());
  if (found.empty()) co_return false;
  const auto account = found[0][0].integer();
  const auto step = found[0][1].text();

  std::vector<model::MessageId> ids;
  for (const auto& one : messages) ids.push_back(one.archived.message.id);
  const sql::Rows rows = co_await database_.read(find_rows, account, to_json_text(ids));
  std::map<std::string, Known> known;
  for (const auto& row : rows) {
    const Spot spot{.folder = row[2].text(), .uid = row[3].integer()};
    known.insert_or_assign(row[0].text(), Known{.key = row[1].integer(), .spot = spot});
  }
  std::vector<const NewArchived*> fresh;
  std::vector<std::int64_t> keys;
  for (auto& one : messages) {
    const auto at = known.find(one.archived.message.id.str());
    if (at == known.end()) continue;
    if (one.spot.uid == 0) one.spot = at->second.spot;
    fresh.push_back(&one);
    keys.push_back(at->second.key);
    known.erase(at);
  }

  std::vector<Statement> statements;
  statements.emplace_back(is_as_seen, account, step);
  statements.emplace_back(mark_failed, account, step, to_json_text(failed));
  statements.emplace_back(take_out, account, step, store::to_json_text(keys));
  statements.emplace_back(tell_index_of, store::to_json_text(keys));
  statements.emplace_back(forget_told_of, store::to_json_text(keys));
  auto placed = co_await place(account, std::move(fresh), std::move(keys), archive_key::wished);
  auto inserted = co_await insertions(account, step, std::move(placed));
  std::move(inserted.begin(), inserted.end(), std::back_inserter(statements));
  tell_index(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  co_return !results[0].empty();
}

Task<bool> SqliteArchive::read_again(const model::Access& access, model::ConnectionId id,
                                     std::vector<NewArchived> messages,
                                     std::vector<model::MessageId> failed) {
  for (int attempt = 1;; ++attempt) {
    try {
      co_return co_await read_again_once(access, id, messages, failed);
    } catch (const Error& error) {
      // Another process took a key that was free before.
      if (error.code != Errc::conflict || attempt == most_attempts) throw;
    }
  }
}

std::span<const sql::Sql> statements_of_sqlite_archive_again() {
  static constexpr sql::Sql all[] = {find_gone, find_read_before, find_step,
                                     find_rows, is_as_seen,       mark_failed,
                                     take_out,  tell_index_of,    forget_told_of};
  return all;
}

}  // namespace gmail_mcp::store
