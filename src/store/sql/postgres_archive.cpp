// The archive in PostgreSQL: what it spells in its own way, and its full text.
#include "store/sql/postgres_archive.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "sql/compose.h"
#include "store/sql/archive_mine.h"
#include "store/sql/archive_rows.h"
#include "store/sql/archive_statements.h"
#include "store/sql/search_words.h"
#include "store/sql/sql_archive.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;

// Lists are compared with = ANY (ARRAY(…)), which takes the index whatever the planner knows.

constexpr Sql take_postgres_turn{
    "archive.take_postgres_turn",
    "SELECT a.account FROM archives AS a JOIN connections AS c ON c.id = a.connection_id "
    "JOIN users AS u ON u.id = c.user_id WHERE a.connection_id = ?1 "
    "AND u.external_user_id = coalesce(?2, u.external_user_id) FOR NO KEY UPDATE OF a"};

// The connection's row is locked, or it could begin to end in between, without this archive. The
// condition on archives comes first because each attempted row uses up a number, and an account has
// only twenty bits in a key.
constexpr Sql begin_postgres_archive{
    "archive.begin_postgres_archive",
    "INSERT INTO archives (connection_id, cursor, step, walk, walking, begun_at) "
    "SELECT c.id, '', ?3, 0, 'no', ?4 FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE c.id = ?1 AND u.external_user_id = coalesce(?2, u.external_user_id) "
    "AND c.status NOT IN ('disconnected', 'removing') AND c.erasing = '' "
    "AND c.kind = coalesce(?5, c.kind) AND NOT EXISTS (SELECT 1 FROM archives AS a WHERE "
    "a.connection_id = c.id) FOR SHARE OF c "
    "ON CONFLICT (connection_id) DO NOTHING RETURNING account"};

constexpr Sql is_as_seen_in_postgres{
    "archive.is_as_seen_in_postgres",
    "SELECT 1 FROM archives WHERE account = ?1 AND step = ?2 FOR NO KEY UPDATE"};

constexpr Sql find_known_in_postgres{
    "archive.find_known_in_postgres",
    "SELECT message_id FROM archive_messages WHERE account = ?1 "
    "AND message_id = ANY (ARRAY(SELECT json_array_elements_text(CAST(?2 AS JSON))))"};
constexpr auto find_absent_in_postgres =
    named("archive.find_absent_in_postgres",
          "SELECT wanted.id FROM json_array_elements_text(CAST(?3 AS JSON)) AS wanted(id) "
          "WHERE NOT EXISTS (SELECT 1 FROM archive_messages AS m WHERE m.account = "
          "(SELECT account FROM",
          mine, ") AND m.message_id = wanted.id)");
constexpr Sql find_taken_in_postgres{
    "archive.find_taken_in_postgres",
    "SELECT m.key, m.sent_at, m.folder, m.uid "
    "FROM json_array_elements_text(CAST(?1 AS JSON)) AS block(first) CROSS JOIN LATERAL "
    "(SELECT n.key, n.sent_at, n.folder, n.uid FROM archive_messages AS n WHERE n.key "
    "BETWEEN CAST(block.first AS BIGINT) AND CAST(block.first AS BIGINT) + 1023 OFFSET 0) AS m"};
constexpr Sql find_rows_in_postgres{
    "archive.find_rows_in_postgres",
    "SELECT message_id, key, folder, uid FROM archive_messages WHERE account = ?1 "
    "AND message_id = ANY (ARRAY(SELECT json_array_elements_text(CAST(?2 AS JSON)))) "
    "AND is_stand_in = 0"};
constexpr auto find_gone_in_postgres =
    named("archive.find_gone_in_postgres",
          "SELECT m.message_id FROM json_array_elements(CAST(?5 AS JSON)) AS gap(ends) "
          "CROSS JOIN LATERAL (SELECT n.message_id FROM archive_messages AS n WHERE n.account = "
          "(SELECT account FROM",
          mine,
          ") AND n.folder = ?3 AND n.folder <> '' AND n.uid BETWEEN CAST(gap.ends->>0 AS BIGINT) "
          "AND CAST(gap.ends->>1 AS BIGINT) AND n.uid < ?4 AND n.uid > 0 OFFSET 0) AS m");

constexpr Sql add_postgres_text{
    "archive.add_postgres_text",
    "WITH added AS (INSERT INTO archive_texts (key, body_plain, body_html, found_text) "
    "SELECT m.key, ?4, ?5, ?7 FROM archive_messages AS m "
    "WHERE m.key = ?1 AND m.account = ?2 AND m.message_id = ?3 "
    "ON CONFLICT DO NOTHING RETURNING key) "
    "INSERT INTO archive_words (key, words) SELECT key, CAST(?6 AS TSVECTOR) FROM added"};
constexpr Sql add_postgres_correspondents{
    "archive.add_postgres_correspondents",
    "INSERT INTO archive_correspondents (account, email, key, name, is_shown) "
    "SELECT m.account, one.person->>0, m.key, one.person->>1, m.is_shown "
    "FROM archive_messages AS m "
    "CROSS JOIN LATERAL json_array_elements(CAST(m.correspondents AS JSON)) AS one(person) "
    "WHERE m.account = ?1 AND m.key = ANY (ARRAY(SELECT CAST(added.key AS BIGINT) "
    "FROM json_array_elements_text(CAST(?2 AS JSON)) AS added(key))) "
    // A longer text does not fit into an index, and is no address.
    "AND octet_length(one.person->>0) <= 1000 "
    "ON CONFLICT DO NOTHING"};
constexpr auto remove_postgres_messages = named(
    "archive.remove_postgres_messages", "DELETE FROM archive_messages WHERE account = ?1 AND",
    as_seen, "AND message_id = ANY (ARRAY(SELECT json_array_elements_text(CAST(?3 AS JSON))))");
constexpr auto remove_postgres_stand_ins =
    named("archive.remove_postgres_stand_ins",
          "DELETE FROM archive_messages WHERE account = ?1 AND", as_seen,
          "AND is_stand_in = 1 AND sent_as IS NOT NULL AND sent_as = ANY (ARRAY("
          "SELECT json_array_elements_text(CAST(?3 AS JSON))))");
constexpr auto mark_failed_in_postgres = named(
    "archive.mark_failed_in_postgres",
    "UPDATE archive_messages SET reading = least(reading, 0) - 1 WHERE account = ?1 AND", as_seen,
    "AND message_id = ANY (ARRAY(SELECT json_array_elements_text(CAST(?3 AS JSON))))");
constexpr auto take_out_of_postgres = named(
    "archive.take_out_of_postgres", "DELETE FROM archive_messages WHERE account = ?1 AND", as_seen,
    "AND key = ANY (ARRAY(SELECT CAST(taken.key AS BIGINT) "
    "FROM json_array_elements_text(CAST(?3 AS JSON)) AS taken(key)))");

constexpr Sql search_postgres{
    "archive.search_postgres",
    "SELECT key, size FROM gmail_mcp_search(CAST(?1 AS UUID), ?2, ?3, CAST(?4 AS BIGINT), "
    "CAST(?5 AS BIGINT), ?6, CAST(?7 AS BIGINT), ?8, ?9)"};
// The account stands in subqueries, so that rows come in the order of keys without sorting, and no
// more of them are read than are wanted. CASE keeps an order of tests: the cheap ones come first.
constexpr auto search_postgres_by_conditions =
    named("archive.search_postgres_by_conditions",
          "SELECT m.key, m.size FROM archive_messages AS m "
          "WHERE m.key >= (SELECT account * 8796093022208 + ?7 FROM",
          mine, ") AND m.key < (SELECT account * 8796093022208 + ?4 FROM", mine,
          ") AND m.is_shown = 1 AND (CAST(?9 AS TEXT) IS NULL OR m.labels LIKE CAST(?9 AS TEXT)) "
          "AND CASE WHEN CAST(?8 AS TEXT) IS NULL "
          "OR lower(m.details COLLATE \"C\") LIKE lower(CAST(?8 AS TEXT) COLLATE \"C\") "
          "THEN gmail_mcp_meets(CAST(?6 AS JSONB), m.is_sent, m.labels, m.details) ELSE FALSE END "
          "AND (CAST(?3 AS TEXT) IS NULL OR NOT EXISTS (SELECT 1 FROM archive_words AS w "
          "WHERE w.key = m.key AND ts_match_vq(w.words, CAST(CAST(?3 AS TEXT) AS TSQUERY)))) "
          "ORDER BY m.key DESC LIMIT ?5");
constexpr auto read_postgres_messages =
    named("archive.read_postgres_messages", "SELECT ", archived_columns,
          " FROM json_array_elements_text(CAST(?3 AS JSON)) WITH ORDINALITY "
          "AS wanted(key, place) CROSS JOIN",
          mine,
          "JOIN archive_messages AS m ON m.key = CAST(wanted.key AS BIGINT) "
          "AND m.account = a.account JOIN archive_texts AS t ON t.key = m.key "
          "ORDER BY wanted.place");
constexpr auto list_postgres_conversations = named(
    "archive.list_postgres_conversations",
    "SELECT v.thread_id, f.subject, v.message_count, v.unread_count, l.sent_at, l.snippet, "
    "v.last_key, (SELECT '[' || string_agg(n.correspondents, ',' ORDER BY n.key DESC) || ']' FROM "
    "(SELECT m.key, m.correspondents FROM archive_messages AS m WHERE m.account = v.account "
    "AND m.thread_id = v.thread_id AND m.is_shown = 1 ORDER BY m.key DESC LIMIT 100) AS n) FROM "
    "(SELECT * FROM archive_conversations AS o WHERE o.account = (SELECT account FROM",
    mine, ") AND o.last_key < (SELECT account * 8796093022208 + ?3 FROM", mine,
    ") ORDER BY o.last_key DESC LIMIT ?4) AS v "
    "JOIN archive_messages AS f ON f.key = v.first_key "
    "JOIN archive_messages AS l ON l.key = v.last_key ORDER BY v.last_key DESC");

constexpr ArchiveStatements postgres_statements{.take_turn = take_postgres_turn,
                                                .begin = begin_postgres_archive,
                                                .as_seen = is_as_seen_in_postgres,
                                                .known = find_known_in_postgres,
                                                .absent = find_absent_in_postgres,
                                                .taken = find_taken_in_postgres,
                                                .rows = find_rows_in_postgres,
                                                .gone = find_gone_in_postgres,
                                                .add_text = add_postgres_text,
                                                .add_correspondents = add_postgres_correspondents,
                                                .remove_messages = remove_postgres_messages,
                                                .remove_stand_ins = remove_postgres_stand_ins,
                                                .mark_failed = mark_failed_in_postgres,
                                                .take_out = take_out_of_postgres,
                                                .find_words = search_postgres,
                                                .find_by_conditions = search_postgres_by_conditions,
                                                .messages = read_postgres_messages,
                                                .conversations = list_postgres_conversations};

constexpr Sql forget_people_in_news{"archive.forget_people_in_news",
                                    "UPDATE news SET people = NULL WHERE people IS NOT NULL"};

// PostgreSQL's texts are UTF-8 without U+0000, and so are those in JSON.
void make_text(std::string& text) {
  const bool has_nul = text.find('\0') != std::string::npos;
  if (!has_nul && is_valid_utf8(text)) return;
  text = repair_utf8(text);
  if (!has_nul) return;
  std::string clean;
  for (const char c : text) {
    if (c == '\0') {
      clean += "\xEF\xBF\xBD";
    } else {
      clean += c;
    }
  }
  text = std::move(clean);
}

void make_text(std::vector<std::string>& texts) {
  for (auto& text : texts) make_text(text);
}

void make_text(model::Address& address) {
  make_text(address.name);
  make_text(address.email);
}

void make_text(std::vector<model::Address>& addresses) {
  for (auto& address : addresses) make_text(address);
}

class PostgresWords final : public WordIndex {
 public:
  /// The tsvector, and the text that was indexed where it is not the plain body.
  Indexed indexed(std::int64_t account, const NewArchived& message) const override {
    const auto& mail = message.archived.message;
    return {sql::Value{
                tsvector_of(account, mail.subject, message.text ? *message.text : mail.body_plain)},
            sql::Value{message.text}};
  }

  sql::Value query(const SearchQuery& query) const override {
    return sql::Value{tsquery_of(query)};
  }

  void make_storable(NewArchived& message) const override {
    auto& mail = message.archived.message;
    for (auto* text : {&mail.subject, &mail.snippet, &mail.body_plain, &mail.message_id_header,
                       &mail.text_place, &mail.text_source}) {
      make_text(*text);
    }
    if (mail.body_html) make_text(*mail.body_html);
    if (message.text) make_text(*message.text);
    make_text(mail.from);
    for (auto* people : {&mail.to, &mail.cc, &mail.bcc, &mail.reply_to, &message.correspondents}) {
      make_text(*people);
    }
    make_text(mail.labels);
    make_text(mail.references);
    for (auto& file : mail.attachments) {
      for (auto* text : {&file.id, &file.filename, &file.mime_type, &file.content_id}) {
        make_text(*text);
      }
    }
  }

  void make_storable(NewLabels& change) const override { make_text(change.labels); }

  // Of rows nothing remains; only news may still name somebody.
  Task<void> scrub_removed(sql::Database& database) const override {
    co_await database.write(forget_people_in_news);
  }
};

const PostgresWords postgres_words;

}  // namespace

std::unique_ptr<Archives> open_postgres_archive(sql::Database& database, const Clock& clock,
                                                std::string origin) {
  return std::make_unique<SqlArchive>(database, clock, std::move(origin), postgres_statements,
                                      postgres_words);
}

std::vector<sql::Statement> postgres_mail_insertions(sql::Rows rows) {
  return mail_insertions(postgres_statements, postgres_words, std::move(rows));
}

std::span<const sql::Sql> statements_of_postgres_archive() {
  static constexpr sql::Sql all[] = {take_postgres_turn,       begin_postgres_archive,
                                     is_as_seen_in_postgres,   find_known_in_postgres,
                                     find_absent_in_postgres,  find_taken_in_postgres,
                                     find_rows_in_postgres,    find_gone_in_postgres,
                                     add_postgres_text,        add_postgres_correspondents,
                                     remove_postgres_messages, remove_postgres_stand_ins,
                                     mark_failed_in_postgres,  take_out_of_postgres,
                                     search_postgres,          search_postgres_by_conditions,
                                     read_postgres_messages,   list_postgres_conversations,
                                     forget_people_in_news};
  return all;
}

}  // namespace gmail_mcp::store
