// The archive in SQLite: what it spells in its own way, and FTS5.
#include "store/sql/sqlite_archive.h"

#include <string>

#include "sql/compose.h"
#include "store/sql/archive_mine.h"
#include "store/sql/archive_rows.h"
#include "store/sql/archive_statements.h"
#include "store/sql/sql_archive.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;
using sql::Urgency;

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
constexpr Sql find_known{
    "archive.find_known",
    "SELECT m.message_id FROM json_each(?2) AS wanted CROSS JOIN archive_messages AS m "
    "ON m.account = ?1 AND m.message_id = wanted.value"};
constexpr auto find_absent =
    named("archive.find_absent",
          "SELECT wanted.value FROM json_each(?3) AS wanted WHERE NOT EXISTS (SELECT 1 FROM", mine,
          "JOIN archive_messages AS m ON m.account = a.account "
          "AND m.message_id = wanted.value)");
constexpr Sql find_taken{
    "archive.find_taken",
    "SELECT m.key, m.sent_at, m.folder, m.uid FROM json_each(?1) AS block CROSS JOIN "
    "archive_messages AS m "
    "ON m.key BETWEEN block.value AND block.value + 1023"};
constexpr auto remove_messages =
    named("archive.remove_messages", "DELETE FROM archive_messages WHERE account = ?1 AND", as_seen,
          "AND message_id IN (SELECT value FROM json_each(?3))");
constexpr auto remove_stand_ins = named(
    "archive.remove_stand_ins", "DELETE FROM archive_messages WHERE account = ?1 AND", as_seen,
    "AND is_stand_in = 1 AND sent_as IS NOT NULL AND sent_as IN (SELECT value FROM json_each(?3))");
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

// Looks between the present ranges: as many look-ups as there are gaps, however many messages.
constexpr auto find_gone =
    named("archive.find_gone", "SELECT m.message_id FROM json_each(?5) AS gap CROSS JOIN", mine,
          "CROSS JOIN archive_messages AS m ON m.account = a.account AND m.folder = ?3 "
          "AND m.folder <> '' AND m.uid BETWEEN json_extract(gap.value, '$[0]') "
          "AND json_extract(gap.value, '$[1]') WHERE m.uid < ?4 AND m.uid > 0");
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

// ?6: the conditions as [kind, is excluded, ...]; a message must not match an excluded one, and
// must match all others. ?8 and ?9: patterns of details and labels, or NULL, which decide most rows
// without reading their JSON.
constexpr char meets_conditions[] =
    " (?8 IS NULL OR m.details LIKE ?8 ESCAPE '\\') "
    "AND (?9 IS NULL OR m.labels LIKE ?9) AND NOT EXISTS "
    "(SELECT 1 FROM json_each(?6) AS c WHERE json_extract(c.value, '$[1]') = "
    "CASE json_extract(c.value, '$[0]') "
    "WHEN 'sent' THEN m.is_sent "
    "WHEN 'labelled' THEN EXISTS (SELECT 1 FROM json_each(m.labels) AS l "
    "WHERE l.value = json_extract(c.value, '$[2]')) "
    "WHEN 'attachment' THEN EXISTS (SELECT 1 FROM json_each(m.details, '$.attachments') AS f "
    "WHERE json_extract(f.value, '$[6]')) "
    "ELSE EXISTS (SELECT 1 FROM json_each(c.value, '$[3]') AS field "
    "CROSS JOIN json_tree(m.details, field.value) AS p "
    "CROSS JOIN json_each(c.value, '$[2]') AS pattern "
    "WHERE p.atom LIKE pattern.value ESCAPE '\\') END) ";
constexpr auto find_words =
    named("archive.find_words",
          "SELECT m.key, m.size FROM archive_index AS i CROSS JOIN archive_messages AS m "
          "ON m.key = i.rowid WHERE archive_index MATCH ?3 "
          "AND i.rowid >= (SELECT account * 8796093022208 + ?7 FROM",
          mine, ") AND i.rowid < (SELECT account * 8796093022208 + ?4 FROM", mine,
          ") AND m.account = (SELECT account FROM", mine, ") AND", meets_conditions,
          "ORDER BY i.rowid DESC LIMIT ?5");
// Without a word to look for: ?3 is what must not be there, or NULL.
constexpr auto find_by_conditions =
    named("archive.find_by_conditions", "SELECT m.key, m.size FROM", mine,
          "CROSS JOIN archive_messages AS m ON m.key >= a.account * 8796093022208 + ?7 "
          "AND m.key < a.account * 8796093022208 + ?4 WHERE m.is_shown = 1 AND",
          meets_conditions,
          "AND (?3 IS NULL OR m.key NOT IN (SELECT i.rowid FROM archive_index AS i "
          "WHERE archive_index MATCH ?3 "
          "AND i.rowid >= (SELECT account * 8796093022208 + ?7 FROM",
          mine, ") AND i.rowid < (SELECT account * 8796093022208 + ?4 FROM", mine,
          "))) ORDER BY m.key DESC LIMIT ?5");
constexpr auto read_messages =
    named("archive.read_messages", "SELECT ", archived_columns,
          " FROM json_each(?3) AS wanted CROSS JOIN", mine,
          "JOIN archive_messages AS m ON m.key = wanted.value AND m.account = a.account "
          "JOIN archive_texts AS t ON t.key = m.key ORDER BY wanted.key");
constexpr auto list_conversations = named(
    "archive.list_conversations",
    "SELECT v.thread_id, f.subject, v.message_count, v.unread_count, l.sent_at, l.snippet, "
    "v.last_key, (SELECT json_group_array(json(n.correspondents)) FROM "
    "(SELECT m.correspondents FROM archive_messages AS m WHERE m.account = v.account "
    "AND m.thread_id = v.thread_id AND m.is_shown = 1 ORDER BY m.key DESC LIMIT 100) AS n) FROM",
    mine,
    "CROSS JOIN archive_conversations AS v ON v.account = a.account "
    "AND v.last_key < a.account * 8796093022208 + ?3 "
    "JOIN archive_messages AS f ON f.key = v.first_key "
    "JOIN archive_messages AS l ON l.key = v.last_key ORDER BY v.last_key DESC LIMIT ?4");

constexpr ArchiveStatements sqlite_statements{.take_turn = {},  // one change at a time anyway
                                              .begin = begin_archive,
                                              .as_seen = is_as_seen,
                                              .known = find_known,
                                              .absent = find_absent,
                                              .taken = find_taken,
                                              .rows = find_rows,
                                              .gone = find_gone,
                                              .add_text = add_text,
                                              .add_correspondents = add_correspondents,
                                              .remove_messages = remove_messages,
                                              .remove_stand_ins = remove_stand_ins,
                                              .mark_failed = mark_failed,
                                              .take_out = take_out,
                                              .find_words = find_words,
                                              .find_by_conditions = find_by_conditions,
                                              .messages = read_messages,
                                              .conversations = list_conversations};

// ------------------------------------------------------------------------------ the index of words

constexpr Sql add_to_index{
    "archive.add_to_index",
    "INSERT INTO archive_index (rowid, subject, body) "
    "SELECT t.key, coalesce(t.found_subject, m.subject), coalesce(t.found_text, t.body_plain) "
    "FROM json_each(?2) AS added CROSS JOIN archive_messages AS m ON m.key = added.value "
    "AND m.account = ?1 AND m.is_shown = 1 JOIN archive_texts AS t ON t.key = m.key "
    "ORDER BY added.key"};
constexpr Sql tell_changes{
    "archive.tell_changes",
    "INSERT INTO archive_index (archive_index, rowid, subject, body) "
    "SELECT command, key, subject, body FROM archive_index_changes ORDER BY id LIMIT 2000"};
constexpr Sql forget_changes{"archive.forget_changes",
                             "DELETE FROM archive_index_changes WHERE id IN "
                             "(SELECT id FROM archive_index_changes ORDER BY id LIMIT 2000)"};
// Must run before the same keys are used again, because the index finds a message by its key and
// its old words.
constexpr Sql tell_index_of{"archive.tell_index_of",
                            "INSERT INTO archive_index (archive_index, rowid, subject, body) "
                            "SELECT command, key, subject, body FROM archive_index_changes "
                            "WHERE key IN (SELECT value FROM json_each(?1)) ORDER BY id"};
constexpr Sql forget_told_of{
    "archive.forget_told_of",
    "DELETE FROM archive_index_changes WHERE key IN (SELECT value FROM json_each(?1))"};

constexpr std::int64_t pages_a_piece = 250;
// A larger database would be locked for seconds while it is rewritten.
constexpr std::int64_t most_compacted_bytes = std::int64_t{128} << 20;
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

// Terms have letters, digits and blanks only, so nothing in them ends a string.
std::string to_match(const SearchQuery::Term& term) {
  std::string match = term.in_subject ? "subject : \"" : "\"";
  match += with_word_breaks(term.text);
  match += term.is_prefix ? "\" *" : "\"";
  return match;
}

// Null: the index is not needed. Terms are not joined by AND, because then a term without any
// letters of the index (an ellipsis) would match nothing.
sql::Value to_match(const SearchQuery& query) {
  std::string match;
  for (const auto& term : query.terms) {
    match += (match.empty() ? "" : " ") + to_match(term);
  }
  const bool has_terms = !match.empty();
  for (const auto& term : query.excluded) {
    if (!match.empty()) match += has_terms ? " NOT " : " OR ";
    match += to_match(term);
  }
  return match.empty() ? sql::Value{} : sql::Value{std::move(match)};
}

sql::Value spaced(const std::string& text) {
  return needs_word_breaks(text) ? sql::Value{with_word_breaks(text)} : sql::Value{};
}

class Fts5 final : public WordIndex {
 public:
  /// The subject and the text, where they are not indexed as they are stored.
  Indexed indexed(std::int64_t account, const NewArchived& message) const override {
    static_cast<void>(account);
    const auto& mail = message.archived.message;
    Indexed found{spaced(mail.subject), spaced(message.text ? *message.text : mail.body_plain)};
    if (found.second.is_null() && message.text) found.second = sql::Value{*message.text};
    return found;
  }

  sql::Value query(const SearchQuery& query) const override { return to_match(query); }

  void add(std::vector<Statement>& statements, std::int64_t account,
           const std::vector<std::int64_t>& keys) const override {
    statements.emplace_back(add_to_index, account, to_json_text(keys));
  }

  // Triggers record what the index is to be told. After a cascade the next change tells it; until
  // then the index has keys without a message.
  void tell(std::vector<Statement>& statements) const override {
    statements.emplace_back(tell_changes);
    statements.emplace_back(forget_changes);
  }

  void tell_of(std::vector<Statement>& statements,
               const std::vector<std::int64_t>& keys) const override {
    statements.emplace_back(tell_index_of, to_json_text(keys));
    statements.emplace_back(forget_told_of, to_json_text(keys));
  }

  Task<void> scrub_removed(sql::Database& database) const override {
    co_await database.write(note_removed);
  }

  // The index merges its parts into one, a few pages at a time, and leaves out what was deleted;
  // then the database is rewritten. The first piece (a negative number of pages) includes all
  // parts; later parts do not contain erased data.
  Task<bool> scrub(sql::Database& database) const override {
    const sql::Rows chores = co_await database.read(find_chores);
    if (chores.empty()) co_return false;
    const auto& first = chores[0][0].text();
    std::vector<Statement> statements;
    if (first == "index") {
      tell(statements);
      co_await database.atomically(std::move(statements), Urgency::bulk);
      co_return true;
    }
    if (first == "scrubbed") {
      co_await database.compact(most_compacted_bytes);
      co_await database.write(end_compacting);
      co_return true;
    }
    statements.emplace_back(count_changes);
    statements.emplace_back(merge_pages, first == "scrub" ? -pages_a_piece : pages_a_piece);
    statements.emplace_back(count_changes);
    if (first == "scrub") {
      statements.emplace_back(begin_scrubbing);
      statements.emplace_back(note_scrubbing);
    }
    const auto results = co_await database.atomically(std::move(statements), Urgency::bulk);
    // According to the documentation of FTS5, below two nothing was merged.
    const bool is_done = results[2][0][0].integer() - results[0][0][0].integer() < 2;
    if (!is_done) co_return true;
    std::vector<Statement> done;
    done.emplace_back(end_scrubbing);
    done.emplace_back(note_scrubbed);
    co_await database.atomically(std::move(done), Urgency::bulk);
    co_return true;
  }
};

const Fts5 fts5;

}  // namespace

std::unique_ptr<Archives> open_sqlite_archive(sql::Database& database, const Clock& clock,
                                              std::string origin) {
  return std::make_unique<SqlArchive>(database, clock, std::move(origin), sqlite_statements, fts5);
}

std::vector<Statement> sqlite_mail_insertions(sql::Rows rows) {
  return mail_insertions(sqlite_statements, fts5, std::move(rows));
}

std::span<const sql::Sql> statements_of_sqlite_archive() {
  static constexpr sql::Sql all[] = {
      begin_archive,    find_known,         find_absent,        find_taken,      remove_messages,
      remove_stand_ins, add_text,           add_correspondents, find_gone,       find_rows,
      is_as_seen,       mark_failed,        take_out,           find_words,      find_by_conditions,
      read_messages,    list_conversations, add_to_index,       tell_changes,    forget_changes,
      tell_index_of,    forget_told_of,     find_chores,        end_scrubbing,   note_scrubbed,
      end_compacting,   count_changes,      merge_pages,        begin_scrubbing, note_removed,
      note_scrubbing};
  return all;
}

}  // namespace gmail_mcp::store
