// Archived messages from a backup.
#include <utility>

#include "store/sql/archive_rows.h"
#include "store/sql/sql_archive.h"

namespace gmail_mcp::store {

namespace {

// In the order of the columns of store/dump.h, in which the texts follow.
constexpr sql::Sql load_message{
    "archive.load_message",
    "INSERT INTO archive_messages (key, account, message_id, thread_id, sent_at, is_sent, "
    "is_shown, is_unread, is_stand_in, walk, size, sent_as, subject, snippet, labels, "
    "correspondents, details, folder, uid, reading) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
    "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"};
constexpr std::size_t message_id_column = 2;
constexpr std::size_t subject_column = 12;
constexpr std::size_t message_columns = 20;

}  // namespace

std::vector<sql::Statement> mail_insertions(const ArchiveStatements& statements_of,
                                            const WordIndex& index, sql::Rows rows) {
  std::vector<sql::Statement> statements;
  std::vector<std::int64_t> keys;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& row = rows[i];
    const auto key = row[0].integer();
    const auto account = row[1].integer();
    keys.push_back(key);
    auto message_id = row[message_id_column];
    auto& plain = row[message_columns];
    auto& html = row[message_columns + 1];
    // Only these of it are indexed.
    NewArchived message;
    auto& mail = message.archived.message;
    mail.subject = row[subject_column].text();
    mail.body_plain = plain.text();
    message.text = std::move(row[message_columns + 2]).optional_text();
    auto indexed = index.indexed(account, message);
    statements.emplace_back(statements_of.add_text, key, account, std::move(message_id),
                            std::move(plain), std::move(html), std::move(indexed.first),
                            std::move(indexed.second));
    row.resize(message_columns);
    sql::Statement insertion{load_message};
    insertion.parameters = std::move(row);
    statements.insert(statements.end() - 1, std::move(insertion));
    const bool is_last_of_account = i + 1 == rows.size() || rows[i + 1][1].integer() != account;
    if (!is_last_of_account) continue;
    statements.emplace_back(statements_of.add_correspondents, account, to_json_text(keys));
    index.add(statements, account, keys);
    keys.clear();
  }
  return statements;
}

std::span<const sql::Sql> statements_of_archive_loading() {
  static constexpr sql::Sql all[] = {load_message};
  return all;
}

}  // namespace gmail_mcp::store
