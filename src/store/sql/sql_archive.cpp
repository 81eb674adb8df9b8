// SqlArchive: storing. Reading and removing have files of their own.
#include "store/sql/sql_archive.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <map>
#include <set>

#include "base/error.h"
#include "crypto/random.h"
#include "sql/compose.h"
#include "store/news.h"
#include "store/sql/archive_key.h"
#include "store/sql/archive_mine.h"
#include "store/sql/archive_rows.h"
#include "store/sql/news_rows.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;
using sql::Urgency;

// How many bytes of text are read and copied before the rest of this loop has a turn.
constexpr std::size_t bytes_a_turn = std::size_t{256} << 10;
// By then the message itself has arrived, if it ever will with this header.
constexpr std::chrono::hours stand_in_lifetime{1};

constexpr auto find_state =
    named("archive.find_state",
          "SELECT a.cursor, a.walking, a.step, a.cursor = '' AND EXISTS (SELECT 1 FROM "
          "archive_messages AS m WHERE m.account = a.account AND m.is_stand_in = 0), "
          "c.status = 'disconnected' FROM",
          mine, "JOIN connections AS c ON c.id = a.connection_id AND c.erasing <> 'archive'");
constexpr auto find_account = named("archive.find_account", "SELECT account FROM", mine);
constexpr Sql list_archived{
    "archive.list_archived",
    "SELECT a.connection_id FROM archives AS a JOIN connections AS c ON c.id = a.connection_id "
    "JOIN users AS u ON u.id = c.user_id "
    "WHERE u.external_user_id = coalesce(?1, u.external_user_id) AND c.erasing <> 'archive' "
    "ORDER BY a.account"};

// Every change of an archive changes `step` first, so that of two processes that saw the same step
// only one stores.
constexpr auto go_on = named(
    "archive.go_on",
    "UPDATE archives SET cursor = ?4, step = ?5, walk = walk + CAST(?6 AS INTEGER), walking = CASE "
    "WHEN CAST(?8 AS INTEGER) = 1 THEN 'no' "
    "WHEN CAST(?7 AS INTEGER) = 1 AND (CAST(?6 AS INTEGER) = 1 OR walking = 'yes') THEN 'over' "
    "WHEN CAST(?6 AS INTEGER) = 1 THEN 'yes' ELSE walking END "
    "WHERE step = ?3 AND account = (SELECT account FROM",
    mine,
    ") AND EXISTS (SELECT 1 FROM connections AS c WHERE c.id = archives.connection_id "
    "AND c.status NOT IN ('disconnected', 'removing') AND c.erasing = '') RETURNING account");

constexpr char at_its_spot[] =
    " folder = CASE WHEN CAST(?8 AS BIGINT) > 0 THEN ?7 ELSE folder END, "
    "uid = CASE WHEN CAST(?8 AS BIGINT) > 0 THEN CAST(?8 AS BIGINT) ELSE uid END, ";

constexpr auto remove_old_stand_ins =
    named("archive.remove_old_stand_ins", "DELETE FROM archive_messages WHERE account = ?1 AND",
          as_seen, "AND is_stand_in = 1 AND sent_at < ?3");
constexpr auto bring_again =
    named("archive.bring_again",
          "UPDATE archive_messages SET labels = ?4, is_shown = ?5, is_unread = ?6,", at_its_spot,
          "walk = (SELECT a.walk FROM archives AS a WHERE a.account = ?1) "
          "WHERE account = ?1 AND message_id = ?3 AND",
          as_seen);
// For a known message a walk may bring no more than its labels, which shows that it still exists.
constexpr auto relabel =
    named("archive.relabel",
          "UPDATE archive_messages SET labels = ?4, is_shown = ?5, is_unread = ?6,", at_its_spot,
          "walk = (SELECT a.walk FROM archives AS a WHERE a.account = ?1) "
          "WHERE account = ?1 AND message_id = ?3 AND (labels <> ?4 "
          "OR (CAST(?8 AS BIGINT) > 0 AND uid <> CAST(?8 AS BIGINT)) "
          "OR walk <> (SELECT a.walk FROM archives AS a WHERE a.account = ?1)) AND",
          as_seen);

constexpr char insert_message[] =
    "INSERT INTO archive_messages (key, account, message_id, thread_id, sent_at, is_sent, "
    "is_shown, "
    "is_unread, is_stand_in, walk, size, sent_as, subject, snippet, labels, correspondents, "
    "details, folder, uid, reading) "
    "SELECT ?3, a.account, ?4, ?5, ?6, ?7, ?8, ?9, ?10, a.walk, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
    "?18, ?19, ?20 "
    "FROM archives AS a WHERE a.account = ?1 AND a.step = coalesce(?2, a.step) ";
constexpr char or_relabel[] =
    "ON CONFLICT (account, message_id) DO UPDATE SET labels = excluded.labels, "
    "is_shown = excluded.is_shown, is_unread = excluded.is_unread, walk = excluded.walk, "
    "folder = CASE WHEN excluded.uid > 0 THEN excluded.folder ELSE archive_messages.folder END, "
    "uid = CASE WHEN excluded.uid > 0 THEN excluded.uid ELSE archive_messages.uid END";
constexpr auto add_message = named("archive.add_message", insert_message, or_relabel);
// A message that a step has already brought needs no stand-in.
constexpr auto note_message = named("archive.note_message", insert_message,
                                    "AND (CAST(?10 AS INTEGER) = 0 OR NOT EXISTS (SELECT 1 FROM "
                                    "archive_messages AS m WHERE m.account = ?1 "
                                    "AND m.sent_as IS NOT NULL AND m.sent_as = ?12)) ",
                                    or_relabel);

std::string new_step() { return crypto::random_token(12); }

}  // namespace

Task<bool> SqlArchive::begin(const model::Access& access, model::ConnectionId id,
                             std::optional<model::ConnectionKind> kind) {
  std::optional<std::string> only_kind;
  if (kind) only_kind = model::to_string(*kind);
  const sql::Rows rows = co_await database_.write(statements_.begin, id, access.only_user(),
                                                  new_step(), clock_.now(), std::move(only_kind));
  if (!rows.empty()) co_return true;
  const auto known = co_await account_of(access, std::move(id));
  co_return known.has_value();
}

Task<std::optional<ArchiveState>> SqlArchive::state(const model::Access& access,
                                                    model::ConnectionId id) {
  const sql::Rows rows = co_await database_.read(find_state, id, access.only_user());
  if (rows.empty()) co_return std::nullopt;
  co_return ArchiveState{.cursor = rows[0][0].text(),
                         .is_walking = rows[0][1].text() != "no",
                         .step = rows[0][2].text(),
                         .is_remnant = rows[0][3].integer() != 0,
                         .has_ended = rows[0][4].integer() != 0};
}

Task<std::vector<model::ConnectionId>> SqlArchive::archived(const model::Access& access) {
  const sql::Rows rows = co_await database_.read(list_archived, access.only_user());
  co_return all_from(rows, id_from<model::ConnectionId>);
}

Task<std::optional<std::int64_t>> SqlArchive::account_of(const model::Access& access,
                                                         model::ConnectionId id) {
  const sql::Rows rows = co_await database_.read(find_account, id, access.only_user());
  co_return first_from(rows, [](const sql::Row& row) { return row[0].integer(); });
}

// Another process may take a key first; the insertion then fails as a conflict. Sorted: the
// index takes rows in the order of keys only without writing its buffer out in between.
Task<std::vector<Placed>> SqlArchive::place(std::int64_t account,
                                            std::vector<const NewArchived*> messages,
                                            std::vector<std::int64_t> leaving, WishedKey wished) {
  std::map<std::int64_t, std::vector<Placed>> waiting;  // by block
  for (const auto* message : messages) {
    const auto wish = archive_key::first_of(account) + wished(message->archived.message.date);
    waiting[archive_key::block_of(wish)].push_back({wish, message});
  }
  const std::set<std::int64_t> free(leaving.begin(), leaving.end());
  std::map<std::int64_t, KeyBlock> blocks;
  std::vector<Placed> placed;
  while (!waiting.empty()) {
    std::vector<std::int64_t> unknown;
    for (const auto& [first, list] : waiting) {
      if (blocks.try_emplace(first, first).second) unknown.push_back(first);
    }
    const sql::Rows rows = co_await database_.read(statements_.taken, to_json_text(unknown));
    for (const auto& row : rows) {
      const auto key = row[0].integer();
      if (free.contains(key)) continue;
      const Spot spot{.folder = row[2].text(), .uid = row[3].integer()};
      blocks.at(archive_key::block_of(key)).take(key, spot, row[1].time());
    }
    std::map<std::int64_t, std::vector<Placed>> next;
    for (auto& [first, list] : waiting) {
      blocks.at(first).place(list, placed);
      // More than a thousand messages arrived in this second.
      if (!list.empty()) next[first + archive_key::places] = std::move(list);
    }
    waiting = std::move(next);
  }
  std::sort(placed.begin(), placed.end(),
            [](const Placed& a, const Placed& b) { return a.key < b.key; });
  co_return placed;
}

namespace {

std::size_t bytes_of(const NewArchived& message) {
  const auto& mail = message.archived.message;
  return mail.body_plain.size() + (mail.body_html ? mail.body_html->size() : 0) +
         (message.text ? message.text->size() : 0);
}

}  // namespace

struct SqlArchive::Insertion {
  Sql sql;
  std::int64_t account;
  sql::Value step;
  std::int64_t key;
  bool is_stand_in;
};

void SqlArchive::insert(std::vector<Statement>& statements, const Insertion& how,
                        const NewArchived& message) const {
  const auto& mail = message.archived.message;
  const bool is_sent = message.archived.direction == model::Direction::sent;
  const auto size = mail.body_plain.size() + (mail.body_html ? mail.body_html->size() : 0);
  auto indexed = index_.indexed(how.account, message);
  const auto sent_as = is_sent ? null_if_empty(mail.message_id_header) : sql::Value{};
  statements.emplace_back(how.sql, how.account, how.step, how.key, mail.id, mail.thread_id,
                          archive_key::within_reach(mail.date), is_sent,
                          model::is_shown(mail.labels), is_unread(mail.labels), how.is_stand_in,
                          size, sent_as, mail.subject, mail.snippet, to_json_text(mail.labels),
                          to_json_text(message.correspondents), details_of(mail),
                          message.spot.folder, message.spot.uid, message.reading);
  statements.emplace_back(statements_.add_text, how.key, how.account, mail.id, mail.body_plain,
                          mail.body_html, std::move(indexed.first), std::move(indexed.second));
}

void SqlArchive::take_turn(std::vector<Statement>& statements, const model::Access& access,
                           const model::ConnectionId& id) const {
  if (statements_.take_turn)
    statements.emplace_back(*statements_.take_turn, id, access.only_user());
}

Task<std::vector<Statement>> SqlArchive::insertions(std::int64_t account, std::string step,
                                                    std::vector<Placed> placed) {
  std::vector<Statement> statements;
  std::vector<std::int64_t> keys;
  const auto executor = co_await current_executor();
  std::size_t in_this_turn = 0;
  for (const auto& one : placed) {
    in_this_turn += bytes_of(*one.message);
    if (in_this_turn > bytes_a_turn) {
      co_await boost::asio::post(executor, use_task);
      in_this_turn = bytes_of(*one.message);
    }
    keys.push_back(one.key);
    const Insertion how{
        .sql = add_message, .account = account, .step = step, .key = one.key, .is_stand_in = false};
    insert(statements, how, *one.message);
  }
  statements.emplace_back(statements_.add_correspondents, account, to_json_text(keys));
  index_.add(statements, account, keys);
  co_return statements;
}

Task<Committed> SqlArchive::commit_once(const model::Access& access, model::ConnectionId id,
                                        const ArchiveState& seen, const ArchiveStep& step) {
  Committed done;
  const auto found = co_await account_of(access, id);
  if (!found) co_return done;
  const auto account = *found;

  std::set<std::string> known;
  if (!step.added.empty()) {
    std::vector<std::string> ids;
    for (const auto& one : step.added) ids.push_back(one.archived.message.id.str());
    const sql::Rows rows = co_await database_.read(statements_.known, account, to_json_text(ids));
    for (const auto& row : rows) known.insert(row[0].text());
  }
  // Messages that the step removes first come back as new.
  std::vector<std::string> removed;
  for (const auto& one : step.removed) {
    removed.push_back(one.str());
    known.erase(one.str());
  }

  const auto mark = new_step();
  std::vector<Statement> statements;
  statements.emplace_back(go_on, id, access.only_user(), seen.step, step.cursor, mark,
                          step.begins_walk, step.ends, step.spares);
  if (!removed.empty()) {
    statements.emplace_back(statements_.remove_messages, account, mark, to_json_text(removed));
  }
  std::vector<const NewArchived*> fresh;
  std::vector<Statement> again;
  std::vector<std::string> sent;
  for (const auto& one : step.added) {
    const auto& mail = one.archived.message;
    // Also skips messages that the step brings twice.
    if (!known.insert(mail.id.str()).second) {
      again.emplace_back(bring_again, account, mark, mail.id, to_json_text(mail.labels),
                         model::is_shown(mail.labels), is_unread(mail.labels), one.spot.folder,
                         one.spot.uid);
      continue;
    }
    const bool is_sent = one.archived.direction == model::Direction::sent;
    if (is_sent && !mail.message_id_header.empty()) sent.push_back(mail.message_id_header);
    done.added.push_back(mail.id);
    fresh.push_back(&one);
  }
  if (!sent.empty()) {
    statements.emplace_back(statements_.remove_stand_ins, account, mark, to_json_text(sent));
  }
  std::vector<std::int64_t> none;  // the keys of removed messages become free too late
  auto placed = co_await place(account, std::move(fresh), std::move(none), archive_key::wished);
  auto inserted = co_await insertions(account, mark, std::move(placed));
  std::move(inserted.begin(), inserted.end(), std::back_inserter(statements));
  for (auto& one : again) statements.push_back(std::move(one));
  for (const auto& one : step.relabelled) {
    statements.emplace_back(relabel, account, mark, one.id, to_json_text(one.labels),
                            model::is_shown(one.labels), is_unread(one.labels), one.spot.folder,
                            one.spot.uid);
  }
  if (step.ends) {
    statements.emplace_back(remove_old_stand_ins, account, mark, clock_.now() - stand_in_lifetime);
  }
  if (const auto news = news_of(id, step, done.added)) {
    statements.push_back(archive_news(account, mark, origin_, *news));
  }
  index_.tell(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  done.is_stored = !results[0].empty();
  if (!done.is_stored) done.added.clear();
  co_return done;
}

Task<Committed> SqlArchive::commit(const model::Access& access, model::ConnectionId id,
                                   ArchiveState seen, ArchiveStep step) {
  for (auto& one : step.added) index_.make_storable(one);
  for (auto& one : step.relabelled) index_.make_storable(one);
  for (int attempt = 1;; ++attempt) {
    try {
      co_return co_await commit_once(access, id, seen, step);
    } catch (const Error& error) {
      // Another process took a key that was free before.
      if (error.code != Errc::conflict || attempt == most_attempts) throw;
    }
  }
}

Task<std::vector<model::MessageId>> SqlArchive::absent(const model::Access& access,
                                                       model::ConnectionId id,
                                                       std::vector<model::MessageId> ids) {
  std::vector<std::string> wanted;
  wanted.reserve(ids.size());
  for (const auto& one : ids) wanted.push_back(one.str());
  const sql::Rows rows =
      co_await database_.read(statements_.absent, id, access.only_user(), to_json_text(wanted));
  co_return all_from(rows, id_from<model::MessageId>);
}

Task<bool> SqlArchive::note(const model::Access& access, model::ConnectionId id,
                            NewArchived message) {
  const bool is_stand_in = message.archived.message.id.empty();
  if (is_stand_in) {
    auto& mail = message.archived.message;
    mail.id = model::MessageId{"pending-" + crypto::random_token(12)};
    // Otherwise all messages of unknown threads would be one conversation.
    if (mail.thread_id.empty()) mail.thread_id = model::ThreadId{mail.id.str()};
  }
  index_.make_storable(message);
  for (int attempt = 1;; ++attempt) {
    const auto account = co_await account_of(access, id);
    if (!account) co_return false;
    std::vector<const NewArchived*> one{&message};
    std::vector<std::int64_t> none;
    auto placed =
        co_await place(*account, std::move(one), std::move(none), archive_key::behind_its_second);
    const Insertion how{.sql = note_message,
                        .account = *account,
                        .step = {},
                        .key = placed[0].key,
                        .is_stand_in = is_stand_in};
    std::vector<Statement> statements;
    take_turn(statements, access, id);
    const std::vector<std::int64_t> keys{how.key};
    insert(statements, how, *placed[0].message);
    statements.emplace_back(statements_.add_correspondents, *account, to_json_text(keys));
    index_.add(statements, *account, keys);
    model::MailboxNews news;
    for (const auto& person : message.correspondents) news.correspondents.push_back(person.email);
    statements.push_back(archive_news(*account, sql::Value{}, origin_, news));
    index_.tell(statements);
    try {
      co_await database_.atomically(std::move(statements));
      co_return true;
    } catch (const Error& error) {
      if (error.code != Errc::conflict || attempt == most_attempts) throw;
    }
  }
}

std::span<const sql::Sql> statements_of_archive_storing() {
  static constexpr sql::Sql all[] = {
      add_archive_news,     find_state,  find_account, list_archived, go_on,
      remove_old_stand_ins, bring_again, relabel,      add_message,   note_message};
  return all;
}

}  // namespace gmail_mcp::store
