// SqlArchive: reading.
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <set>

#include "base/error.h"
#include "base/text.h"
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

// A page ends early rather than fill the memory with long mail.
constexpr std::int64_t most_bytes_a_page = 4'000'000;

// The account stands in subqueries, so that every engine can take the rows in the order of an index
// and stop at the limit.

// First finds the messages and their sizes, so that a page is cut before its bodies are read.
constexpr auto find_history =
    named("archive.find_history",
          "SELECT m.key, m.size FROM archive_correspondents AS p "
          "CROSS JOIN archive_messages AS m WHERE p.account = (SELECT account FROM",
          mine, ") AND p.email = ?3 AND p.key < (SELECT account * 8796093022208 + ?4 FROM", mine,
          ") AND m.key = p.key AND p.is_shown = 1 ORDER BY p.key DESC LIMIT ?5");

constexpr char contact_columns[] =
    "SELECT p.email, p.name, p.message_count, "
    "(SELECT m.sent_at FROM archive_messages AS m WHERE m.key = p.first_key), "
    "(SELECT m.sent_at FROM archive_messages AS m WHERE m.key = p.last_key) "
    "FROM archive_contacts AS p WHERE p.account = (SELECT account FROM";
constexpr auto find_contact =
    named("archive.find_contact", contact_columns, mine, ") AND p.email = ?3");
constexpr auto list_contacts = named("archive.list_contacts", contact_columns, mine,
                                     ") ORDER BY p.last_key DESC, p.email LIMIT ?3");

std::string to_cursor(std::int64_t key) { return std::to_string(archive_key::position(key)); }

std::int64_t from_cursor(const std::string& cursor, std::int64_t if_empty) {
  if (cursor.empty()) return if_empty;
  std::int64_t position = 0;
  const auto* end = cursor.data() + cursor.size();
  const auto read = std::from_chars(cursor.data(), end, position);
  if (read.ec != std::errc{} || read.ptr != end || position < 0 ||
      position >= archive_key::within_account) {
    throw Error{Errc::invalid_argument, "The cursor is not one of ours.",
                "Give the next_cursor of the page before, or none."};
  }
  return position;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Changes the case of each character by itself; ends at the first invalid UTF-8.
std::string in_case(std::string_view text, utf8proc_int32_t (*to_case)(utf8proc_int32_t)) {
  std::string out;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto* const end = at + text.size();
  while (at < end) {
    utf8proc_int32_t character = 0;
    const auto length = utf8proc_iterate(at, end - at, &character);
    if (length <= 0) break;
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = utf8proc_encode_char(to_case(character), bytes.data());
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
    at += length;
  }
  return out;
}

// LIKE ignores the case of ASCII letters; for the others both forms are given.
boost::json::array patterns_of(std::string_view value, bool is_whole) {
  const std::string_view more = is_whole ? "" : "%";
  boost::json::array patterns;
  for (const auto& written :
       {std::string{value}, in_case(value, utf8proc_tolower), in_case(value, utf8proc_toupper)}) {
    if (written.empty()) continue;
    std::string pattern{more};
    for (const char c : written) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += c;
    }
    pattern += more;
    patterns.emplace_back(std::move(pattern));
    if (is_ascii(value)) break;
  }
  return patterns;
}

// The details of every matching message must contain this: one of the people, or files. JSON
// escapes some characters. Null: nothing is known.
sql::Value must_hold(const SearchQuery& query) {
  using Kind = SearchQuery::Condition::Kind;
  sql::Value files;
  for (const auto& one : query.conditions) {
    if (one.is_excluded || one.kind == Kind::sent || one.kind == Kind::labelled) continue;
    if (one.kind == Kind::attachment) {
      files = sql::Value{std::string{"%\"attachments\":%"}};
      continue;
    }
    const bool is_as_written =
        is_ascii(one.value) && one.value.find_first_of("\\\"") == std::string::npos;
    if (!is_as_written) continue;
    const auto patterns = patterns_of(one.value, false);
    return sql::Value{std::string{patterns.front().as_string()}};
  }
  return files;
}

sql::Value must_be_labelled(const SearchQuery& query) {
  for (const auto& one : query.conditions) {
    const bool is_label = one.kind == SearchQuery::Condition::Kind::labelled && !one.is_excluded;
    if (is_label) return sql::Value{"%\"" + one.value + "\"%"};
  }
  return {};
}

std::string conditions_of(const SearchQuery& query) {
  using Kind = SearchQuery::Condition::Kind;
  boost::json::array list;
  for (const auto& one : query.conditions) {
    const auto people = [&](boost::json::array fields) {
      list.push_back(
          {"people", one.is_excluded, patterns_of(one.value, one.is_whole), std::move(fields)});
    };
    switch (one.kind) {
      case Kind::from: people({"$.from"}); break;
      case Kind::to: people({"$.to", "$.cc", "$.bcc"}); break;
      case Kind::cc: people({"$.cc"}); break;
      case Kind::bcc: people({"$.bcc"}); break;
      case Kind::attachment: list.push_back({"attachment", one.is_excluded}); break;
      case Kind::sent: list.push_back({"sent", one.is_excluded}); break;
      case Kind::labelled: list.push_back({"labelled", one.is_excluded, one.value}); break;
    }
  }
  return boost::json::serialize(list);
}

model::Contact contact_from(const sql::Row& row) {
  return {.email = row[0].text(),
          .name = row[1].text(),
          .message_count = row[2].integer(),
          .first_seen = row[3].time(),
          .last_seen = row[4].time()};
}

}  // namespace

Task<ArchivePage> SqlArchive::page(const model::Access& access, model::ConnectionId id,
                                   sql::Rows found, std::int64_t limit) {
  ArchivePage page;
  std::vector<std::int64_t> keys;
  std::int64_t bytes = 0;
  for (const auto& row : found) {
    bytes += row[1].integer();
    const bool is_full = static_cast<std::int64_t>(keys.size()) == limit;
    if (is_full || (!keys.empty() && bytes > most_bytes_a_page)) {
      page.next_cursor = to_cursor(keys.back());
      break;
    }
    keys.push_back(row[0].integer());
  }
  if (keys.empty()) co_return page;
  sql::Rows rows =
      co_await database_.read(statements_.messages, id, access.only_user(), to_json_text(keys));
  page.messages.reserve(rows.size());
  for (auto& row : rows) page.messages.push_back(archived_from(row));
  co_return page;
}

Task<ArchivePage> SqlArchive::history(const model::Access& access, model::ConnectionId id,
                                      std::string email, std::int64_t limit, std::string cursor) {
  const auto before = from_cursor(cursor, archive_key::within_account);
  auto found = co_await database_.read(find_history, id, access.only_user(),
                                       to_lower_ascii(trim(email)), before, limit + 1);
  auto latest = co_await page(access, std::move(id), std::move(found), limit);
  std::reverse(latest.messages.begin(), latest.messages.end());
  co_return latest;
}

Task<ArchivePage> SqlArchive::search(const model::Access& access, model::ConnectionId id,
                                     SearchQuery query, std::int64_t limit, std::string cursor) {
  auto before = from_cursor(cursor, archive_key::within_account);
  if (query.before) before = std::min(before, archive_key::wished(*query.before));
  const auto from = query.after ? archive_key::wished(*query.after) : 0;
  const auto sql = query.terms.empty() ? statements_.find_by_conditions : statements_.find_words;
  auto found = co_await database_.read(sql, id, access.only_user(), index_.query(query), before,
                                       limit + 1, conditions_of(query), from, must_hold(query),
                                       must_be_labelled(query));
  co_return co_await page(access, std::move(id), std::move(found), limit);
}

Task<std::optional<model::Contact>> SqlArchive::contact(const model::Access& access,
                                                        model::ConnectionId id, std::string email) {
  const sql::Rows rows =
      co_await database_.read(find_contact, id, access.only_user(), to_lower_ascii(trim(email)));
  co_return first_from(rows, contact_from);
}

Task<std::vector<model::Contact>> SqlArchive::contacts(const model::Access& access,
                                                       model::ConnectionId id, std::int64_t limit) {
  const sql::Rows rows = co_await database_.read(list_contacts, id, access.only_user(), limit);
  co_return all_from(rows, contact_from);
}

Task<ConversationPage> SqlArchive::conversations(const model::Access& access,
                                                 model::ConnectionId id, std::int64_t limit,
                                                 std::string cursor) {
  const auto before = from_cursor(cursor, archive_key::within_account);
  const sql::Rows rows =
      co_await database_.read(statements_.conversations, id, access.only_user(), before, limit + 1);
  ConversationPage page;
  std::int64_t last_key = 0;
  for (const auto& row : rows) {
    if (static_cast<std::int64_t>(page.conversations.size()) == limit) {
      page.next_cursor = to_cursor(last_key);
      break;
    }
    last_key = row[6].integer();
    model::Conversation conversation{.thread_id = model::ThreadId{row[0].text()},
                                     .subject = row[1].text(),
                                     .participants = participants_from(row[7].text()),
                                     .message_count = row[2].integer(),
                                     .unread_count = row[3].integer(),
                                     .last_message_at = row[4].time(),
                                     .snippet = row[5].text()};
    page.conversations.push_back(std::move(conversation));
  }
  co_return page;
}

std::span<const sql::Sql> statements_of_archive_reading() {
  static constexpr sql::Sql all[] = {find_history, find_contact, list_contacts};
  return all;
}

}  // namespace gmail_mcp::store
