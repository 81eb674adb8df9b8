// SqlArchive: changes to stored messages: gone from a folder, read again.
#include <iterator>
#include <map>

#include "base/error.h"
#include "sql/compose.h"
#include "store/sql/archive_key.h"
#include "store/sql/archive_mine.h"
#include "store/sql/archive_rows.h"
#include "store/sql/rows.h"
#include "store/sql/sql_archive.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;
using sql::Urgency;

constexpr auto find_read_before =
    named("archive.find_read_before",
          "SELECT m.message_id, m.reading FROM archive_messages AS m WHERE m.account = "
          "(SELECT account FROM",
          mine,
          ") AND m.reading = (SELECT max(n.reading) FROM archive_messages AS n "
          "WHERE n.account = (SELECT account FROM",
          mine,
          ") AND n.reading < ?3 AND n.is_stand_in = 0) AND m.is_stand_in = 0 "
          "ORDER BY m.key DESC LIMIT ?4");

constexpr auto find_step = named("archive.find_step", "SELECT account, step FROM", mine);

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

struct SqlArchive::Known {
  std::int64_t key = 0;
  Spot spot;
};

Task<std::vector<model::MessageId>> SqlArchive::gone(const model::Access& access,
                                                     model::ConnectionId id, Present present) {
  const sql::Rows rows = co_await database_.read(statements_.gone, id, access.only_user(),
                                                 present.folder, present.below, gaps_of(present));
  co_return all_from(rows, id_from<model::MessageId>);
}

Task<ReadBefore> SqlArchive::read_before(const model::Access& access, model::ConnectionId id,
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

Task<bool> SqlArchive::read_again_once(const model::Access& access, model::ConnectionId id,
                                       std::vector<NewArchived>& messages,
                                       const std::vector<model::MessageId>& failed) {
  const sql::Rows found = co_await database_.read(find_step, id, access.only_user());
  if (found.empty()) co_return false;
  const auto account = found[0][0].integer();
  const auto step = found[0][1].text();

  std::vector<model::MessageId> ids;
  for (const auto& one : messages) ids.push_back(one.archived.message.id);
  const sql::Rows rows = co_await database_.read(statements_.rows, account, to_json_text(ids));
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
  statements.emplace_back(statements_.as_seen, account, step);
  statements.emplace_back(statements_.mark_failed, account, step, to_json_text(failed));
  statements.emplace_back(statements_.take_out, account, step, store::to_json_text(keys));
  index_.tell_of(statements, keys);
  auto placed = co_await place(account, std::move(fresh), std::move(keys), archive_key::wished);
  auto inserted = co_await insertions(account, step, std::move(placed));
  std::move(inserted.begin(), inserted.end(), std::back_inserter(statements));
  index_.tell(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  co_return !results[0].empty();
}

Task<bool> SqlArchive::read_again(const model::Access& access, model::ConnectionId id,
                                  std::vector<NewArchived> messages,
                                  std::vector<model::MessageId> failed) {
  for (auto& one : messages) index_.make_storable(one);
  for (int attempt = 1;; ++attempt) {
    try {
      co_return co_await read_again_once(access, id, messages, failed);
    } catch (const Error& error) {
      // Another process took a key that was free before.
      if (error.code != Errc::conflict || attempt == most_attempts) throw;
    }
  }
}

std::span<const sql::Sql> statements_of_archive_again() {
  static constexpr sql::Sql all[] = {find_read_before, find_step};
  return all;
}

}  // namespace gmail_mcp::store
