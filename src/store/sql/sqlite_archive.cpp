// SqliteArchive: storing. Reading and removing have files of their own.
#include "store/sql/sqlite_archive.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <map>
#include <set>

#include "base/error.h"
#include "crypto/random.h"
#include "sql/compose.h"
#include "store/sql/archive_key.h"
#include "store/sql/archive_mine.h"
#include "store/sql/archive_rows.h"
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

// Without relying on a conflict, because AUTOINCREMENT uses up a number for each attempted row, and
// an account has only twenty bits in a key.
constexpr Sql begin_archive{
    "archive.begin_archive",
    "INSERT INTO archives (connection_id, cursor, step, walk, walking, begun_at) "
    "SELECT c.id, '', ?3, 0, 'no', ?4 FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE c.id = ?1 AND u.external_user_id = coalesce(?2, u.external_user_id) "
    "AND c.status NOT IN ('disconnected', 'removing') AND c.erasing = '' "
    "AND c.kind = coalesce(?5, c.kind) AND NOT EXISTS (SELECT 1 FROM archives AS a WHERE "
    "a.connection_id = c.id) "
    "RETURNING account"};
constexpr auto find_state =
    named("archive.find_state",
          "SELECT a.cursor, a.walking, a.step, a.cursor = '' AND EXISTS (SELECT 1 FROM "
          "archive_messages AS m WHERE m.account = a.account AND m.is_stand_in = 0), "
          "c.status = 'disconnected' FROM",
          mine, "AS a JOIN connections AS c ON c.id = a.connection_id AND c.erasing <> 'archive'");
constexpr auto find_account = named("archive.find_account", "SELECT account FROM", mine);
constexpr Sql list_archived{
    "archive.list_archived",
    "SELECT a.connection_id FROM archives AS a JOIN connections AS c ON c.id = a.connection_id "
    "JOIN users AS u ON u.id = c.user_id "
    "WHERE u.external_user_id = coalesce(?1, u.external_user_id) AND c.erasing <> 'archive' "
    "ORDER BY a.account"};

constexpr Sql find_known{
    "archive.find_known",
    "SELECT m.message_id FROM json_each(?2) AS wanted CROSS JOIN archive_messages AS m "
    "ON m.account = ?1 AND m.message_id = wanted.value"};
constexpr auto find_absent =
    named("archive.find_absent",
          "SELECT wanted.value FROM json_each(?3) AS wanted WHERE NOT EXISTS (SELECT 1 FROM", mine,
          "AS a JOIN archive_messages AS m ON m.account = a.account "
          "AND m.message_id = wanted.value)");
constexpr Sql find_taken{
    "archive.find_taken",
    "SELECT m.key, m.sent_at, m.folder, m.uid FROM json_each(?1) AS block CROSS JOIN "
    "archive_messages AS m "
    "ON m.key BETWEEN block.value AND block.value + 1023"};

// Every change of an archive changes `step` first, so that of two processes that saw the same step
// only one stores.
constexpr auto go_on = named(
    "archive.go_on",
    "UPDATE archives SET cursor = ?4, step = ?5, walk = walk + ?6, walking = CASE "
    "WHEN ?8 THEN 'no' WHEN ?7 AND (?6 OR walking = 'yes') THEN 'over' WHEN ?6 THEN 'yes' ELSE "
    "walking END "
    "WHERE step = ?3 AND account = (SELECT account FROM",
    mine,
    ") AND EXISTS (SELECT 1 FROM connections AS c WHERE c.id = archives.connection_id "
    "AND c.status NOT IN ('disconnected', 'removing') AND c.erasing = '') RETURNING account");

constexpr char at_its_spot[] =
    " folder = CASE WHEN ?8 > 0 THEN ?7 ELSE folder END, "
    "uid = CASE WHEN ?8 > 0 THEN ?8 ELSE uid END, ";

constexpr auto remove_messages =
    named("archive.remove_messages", "DELETE FROM archive_messages WHERE account = ?1 AND", as_seen,
          "AND message_id IN (SELECT value FROM json_each(?3))");
constexpr auto remove_stand_ins = named(
    "archive.remove_stand_ins", "DELETE FROM archive_messages WHERE account = ?1 AND", as_seen,
    "AND is_stand_in = 1 AND sent_as IS NOT NULL AND sent_as IN (SELECT value FROM json_each(?3))");
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
          "WHERE account = ?1 AND message_id = ?3 AND (labels <> ?4 OR (?8 > 0 AND uid <> ?8) "
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
    "folder = CASE WHEN excluded.uid > 0 THEN excluded.folder ELSE folder END, "
    "uid = CASE WHEN excluded.uid > 0 THEN excluded.uid ELSE uid END";
constexpr auto add_message = named("archive.add_message", insert_message, or_relabel);
// A message that a step has already brought needs no stand-in.
constexpr auto note_message =
    named("archive.note_message", insert_message,
          "AND NOT (?10 AND EXISTS (SELECT 1 FROM archive_messages AS m WHERE m.account = ?1 "
          "AND m.sent_as IS NOT NULL AND m.sent_as = ?12)) ",
          or_relabel);
constexpr Sql add_text{
    "archive.add_text",
    "INSERT INTO archive_texts (key, body_plain, body_html, found_subject, found_text) "
    "SELECT m.key, ?4, ?5, ?6, ?7 FROM archive_messages AS m "
    "WHERE m.key = ?1 AND m.account = ?2 AND m.message_id = ?3"};

constexpr Sql add_correspondents{
    "archive.add_correspondents",
    "INSERT INTO archive_correspondents (account, email, key, name, is_shown) "
    "SELECT m.account, json_extract(one.value, '$[0]'), m.key, json_extract(one.value, '$[1]'), "
    "m.is_shown FROM json_each(?2) AS added CROSS JOIN archive_messages AS m "
    "ON m.key = added.value AND m.account = ?1 CROSS JOIN json_each(m.correspondents) AS one "
    "WHERE true ON CONFLICT DO NOTHING"};
constexpr Sql add_to_index{
    "archive.add_to_index",
    "INSERT INTO archive_index (rowid, subject, body) "
    "SELECT t.key, coalesce(t.found_subject, m.subject), coalesce(t.found_text, t.body_plain) "
    "FROM json_each(?2) AS added CROSS JOIN archive_messages AS m ON m.key = added.value "
    "AND m.account = ?1 AND m.is_shown = 1 JOIN archive_texts AS t ON t.key = m.key "
    "ORDER BY added.key"};

std::string new_step() { return crypto::random_token(12); }

sql::Value spaced(const std::string& text) {
  return needs_word_breaks(text) ? sql::Value{with_word_breaks(text)} : sql::Value{};
}

constexpr Sql tell_changes{
    "archive.tell_changes",
    "INSERT INTO archive_index (archive_index, rowid, subject, body) "
    "SELECT command, key, subject, body FROM archive_index_changes ORDER BY id LIMIT 2000"};
constexpr Sql forget_changes{"archive.forget_changes",
                             "DELETE FROM archive_index_changes WHERE id IN "
                             "(SELECT id FROM archive_index_changes ORDER BY id LIMIT 2000)"};

}  // namespace

void tell_index(std::vector<Statement>& statements) {
  statements.emplace_back(tell_changes);
  statements.emplace_back(forget_changes);
}

Task<bool> SqliteArchive::begin(const model::Access& access, model::ConnectionId id,
                                std::optional<model::ConnectionKind> kind) {
  std::optional<std::string> only_kind;
  if (kind) only_kind = model::to_string(*kind);
  const sql::Rows rows = co_await database_.write(begin_archive, id, access.only_user(), new_step(),
                                                  clock_.now(), std::move(only_kind));
  if (!rows.empty()) co_return true;
  const auto known = co_await account_of(access, std::move(id));
  co_return known.has_value();
}

Task<std::optional<ArchiveState>> SqliteArchive::state(const model::Access& access,
                                                       model::ConnectionId id) {
  const sql::Rows rows = co_await database_.read(find_state, id, access.only_user());
  if (rows.empty()) co_return std::nullopt;
  co_return ArchiveState{.cursor = rows[0][0].text(),
                         .is_walking = rows[0][1].text() != "no",
                         .step = rows[0][2].text(),
                         .is_remnant = rows[0][3].integer() != 0,
                         .has_ended = rows[0][4].integer() != 0};
}

Task<std::vector<model::ConnectionId>> SqliteArchive::archived(const model::Access& access) {
  const sql::Rows rows = co_await database_.read(list_archived, access.only_user());
  co_return all_from(rows, id_from<model::ConnectionId>);
}

Task<std::optional<std::int64_t>> SqliteArchive::account_of(const model::Access& access,
                                                            model::ConnectionId id) {
  const sql::Rows rows = co_await database_.read(find_account, id, access.only_user());
  co_return first_from(rows, [](const sql::Row& row) { return row[0].integer(); });
}

// Another process may take a key first; the insertion then fails as a conflict. Sorted: the
// index takes rows in the order of keys only without writing its buffer out in between.
Task<std::vector<Placed>> SqliteArchive::place(std::int64_t account,
                                               std::vector<const NewArchived*> messages,
                                               std::vector<std::int64_t> leaving,
                                               WishedKey wished) {
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
    const sql::Rows rows = co_await database_.read(find_taken, to_json_text(unknown));
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

struct Insertion {
  Sql sql;
  std::int64_t account;
  sql::Value step;
  std::int64_t key;
  bool is_stand_in;
};

void insert(std::vector<Statement>& statements, const Insertion& how, const NewArchived& message) {
  const auto& mail = message.archived.message;
  const bool is_sent = message.archived.direction == model::Direction::sent;
  const auto size = mail.body_plain.size() + (mail.body_html ? mail.body_html->size() : 0);
  auto found_subject = spaced(mail.subject);
  auto found_text = spaced(message.text ? *message.text : mail.body_plain);
  if (found_text.is_null() && message.text) found_text = sql::Value{*message.text};
  const auto sent_as = is_sent ? null_if_empty(mail.message_id_header) : sql::Value{};
  statements.emplace_back(how.sql, how.account, how.step, how.key, mail.id, mail.thread_id,
                          archive_key::within_reach(mail.date), is_sent,
                          model::is_shown(mail.labels), is_unread(mail.labels), how.is_stand_in,
                          size, sent_as, mail.subject, mail.snippet, to_json_text(mail.labels),
                          to_json_text(message.correspondents), details_of(mail),
                          message.spot.folder, message.spot.uid, message.reading);
  statements.emplace_back(add_text, how.key, how.account, mail.id, mail.body_plain, mail.body_html,
                          std::move(found_subject), std::move(found_text));
}

}  // namespace

Task<std::vector<Statement>> SqliteArchive::insertions(std::int64_t account, std::string step,
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
  statements.emplace_back(add_correspondents, account, to_json_text(keys));
  statements.emplace_back(add_to_index, account, to_json_text(keys));
  co_return statements;
}

Task<Committed> SqliteArchive::commit_once(const model::Access& access, model::ConnectionId id,
                                           const ArchiveState& seen, const ArchiveStep& step) {
  Committed done;
  const auto found = co_await account_of(access, id);
  if (!found) co_return done;
  const auto account = *found;

  std::set<std::string> known;
  if (!step.added.empty()) {
    std::vector<std::string> ids;
    for (const auto& one : step.added) ids.push_back(one.archived.message.id.str());
    const sql::Rows rows = co_await database_.read(find_known, account, to_json_text(ids));
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
    statements.emplace_back(remove_messages, account, mark, to_json_text(removed));
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
    statements.emplace_back(remove_stand_ins, account, mark, to_json_text(sent));
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
  tell_index(statements);
  const auto results = co_await database_.atomically(std::move(statements), Urgency::bulk);
  done.is_stored = !results[0].empty();
  if (!done.is_stored) done.added.clear();
  co_return done;
}

Task<Committed> SqliteArchive::commit(const model::Access& access, model::ConnectionId id,
                                      ArchiveState seen, ArchiveStep step) {
  for (int attempt = 1;; ++attempt) {
    try {
      co_return co_await commit_once(access, id, seen, step);
    } catch (const Error& error) {
      // Another process took a key that was free before.
      if (error.code != Errc::conflict || attempt == most_attempts) throw;
    }
  }
}

Task<std::vector<model::MessageId>> SqliteArchive::absent(const model::Access& access,
                                                          model::ConnectionId id,
                                                          std::vector<model::MessageId> ids) {
  std::vector<std::string> wanted;
  wanted.reserve(ids.size());
  for (const auto& one : ids) wanted.push_back(one.str());
  const sql::Rows rows =
      co_await database_.read(find_absent, id, access.only_user(), to_json_text(wanted));
  co_return all_from(rows, id_from<model::MessageId>);
}

Task<bool> SqliteArchive::note(const model::Access& access, model::ConnectionId id,
                               NewArchived message) {
  const bool is_stand_in = message.archived.message.id.empty();
  if (is_stand_in) {
    auto& mail = message.archived.message;
    mail.id = model::MessageId{"pending-" + crypto::random_token(12)};
    // Otherwise all messages of unknown threads would be one conversation.
    if (mail.thread_id.empty()) mail.thread_id = model::ThreadId{mail.id.str()};
  }
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
    const std::vector<std::int64_t> keys{how.key};
    insert(statements, how, *placed[0].message);
    statements.emplace_back(add_correspondents, *account, to_json_text(keys));
    statements.emplace_back(add_to_index, *account, to_json_text(keys));
    tell_index(statements);
    try {
      co_await database_.atomically(std::move(statements));
      co_return true;
    } catch (const Error& error) {
      if (error.code != Errc::conflict || attempt == most_attempts) throw;
    }
  }
}

std::span<const sql::Sql> statements_of_sqlite_archive_storing() {
  static constexpr sql::Sql all[] = {begin_archive,
                                     find_state,
                                     find_account,
                                     list_archived,
                                     find_known,
                                     find_absent,
                                     find_taken,
                                     go_on,
                                     remove_messages,
                                     remove_stand_ins,
                                     remove_old_stand_ins,
                                     bring_again,
                                     relabel,
                                     add_message,
                                     note_message,
                                     add_text,
                                     add_correspondents,
                                     add_to_index,
                                     tell_changes,
                                     forget_changes};
  return all;
}

}  // namespace gmail_mcp::store
