#include "store/dump.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "sql/compose.h"
#include "store/search_query.h"
#include "store/sql/archive_key.h"
#include "store/sql/parts.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;

constexpr std::int64_t rows_a_read = 500;
constexpr std::int64_t bytes_a_read = std::int64_t{4} << 20;
constexpr std::int64_t bytes_beside_texts = 1000;  // of a message

// ------------------------------------------------------------------------------------- tables
constexpr char of_users[] = "id, external_user_id, email, created_at, updated_at";
constexpr auto users_first =
    named("dump.users_first", "SELECT ", of_users, " FROM users ORDER BY id LIMIT ?1");
constexpr auto users_next =
    named("dump.users_next", "SELECT ", of_users, " FROM users WHERE id > ?2 ORDER BY id LIMIT ?1");
constexpr auto load_user = named("dump.load_user", "INSERT INTO users (", of_users,
                                 ") VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING");

// Without the lease of a refresh.
constexpr char of_connections[] =
    "id, user_id, gmail_address, kind, status, is_active, scopes, google_sub, display_name, "
    "access_token_encrypted, refresh_token_encrypted, app_password_encrypted, token_expires_at, "
    "created_at, updated_at, last_used_at, version, last_ok_at, last_error_at, last_error, "
    "lost_at, erasing";
constexpr auto connections_first = named("dump.connections_first", "SELECT ", of_connections,
                                         " FROM connections ORDER BY id LIMIT ?1");
constexpr auto connections_next = named("dump.connections_next", "SELECT ", of_connections,
                                        " FROM connections WHERE id > ?2 ORDER BY id LIMIT ?1");
constexpr auto load_connection =
    named("dump.load_connection", "INSERT INTO connections (", of_connections,
          ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
          "?18, ?19, ?20, ?21, ?22) ON CONFLICT DO NOTHING");

constexpr char of_user_tokens[] =
    "id, user_id, name, digest, limits, created_at, expires_at, last_used_at, revoked_at";
constexpr auto user_tokens_first = named("dump.user_tokens_first", "SELECT ", of_user_tokens,
                                         " FROM user_tokens ORDER BY id LIMIT ?1");
constexpr auto user_tokens_next = named("dump.user_tokens_next", "SELECT ", of_user_tokens,
                                        " FROM user_tokens WHERE id > ?2 ORDER BY id LIMIT ?1");
constexpr auto load_user_token =
    named("dump.load_user_token", "INSERT INTO user_tokens (", of_user_tokens,
          ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING");

constexpr char of_sends[] =
    "id, user_id, connection_id, tool, idempotency_key, fingerprint, rfc822_message_id, status, "
    "result_json, delivered, process_id, created_at, updated_at";
constexpr auto sends_first =
    named("dump.sends_first", "SELECT ", of_sends, " FROM sends ORDER BY id LIMIT ?1");
constexpr auto sends_next =
    named("dump.sends_next", "SELECT ", of_sends, " FROM sends WHERE id > ?2 ORDER BY id LIMIT ?1");
constexpr auto load_send =
    named("dump.load_send", "INSERT INTO sends (", of_sends,
          ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
          "ON CONFLICT DO NOTHING");

constexpr char of_spent_sends[] = "account, hour, sends";
constexpr auto spent_sends_first = named("dump.spent_sends_first", "SELECT ", of_spent_sends,
                                         " FROM spent_sends ORDER BY account, hour LIMIT ?1");
constexpr auto spent_sends_next =
    named("dump.spent_sends_next", "SELECT ", of_spent_sends,
          " FROM spent_sends WHERE (account, hour) > (?2, ?3) ORDER BY account, hour LIMIT ?1");
constexpr auto load_spent_send =
    named("dump.load_spent_send", "INSERT INTO spent_sends (", of_spent_sends,
          ") VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");

constexpr char of_client_grants[] =
    "id, user_id, address, hosted_domain, client, client_name, scopes, audience, generation, "
    "created_at, used_at, rotated_at, expires_at, revoked_at";
constexpr auto client_grants_first = named("dump.client_grants_first", "SELECT ", of_client_grants,
                                           " FROM client_grants ORDER BY id LIMIT ?1");
constexpr auto client_grants_next = named("dump.client_grants_next", "SELECT ", of_client_grants,
                                          " FROM client_grants WHERE id > ?2 ORDER BY id LIMIT ?1");
constexpr auto load_client_grant =
    named("dump.load_client_grant", "INSERT INTO client_grants (", of_client_grants,
          ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) "
          "ON CONFLICT DO NOTHING");

constexpr char of_mcp_sessions[] = "name, owner, person, sealed_with, log_level, used_at, ended_at";
constexpr auto mcp_sessions_first = named("dump.mcp_sessions_first", "SELECT ", of_mcp_sessions,
                                          " FROM mcp_sessions ORDER BY name LIMIT ?1");
constexpr auto mcp_sessions_next =
    named("dump.mcp_sessions_next", "SELECT ", of_mcp_sessions,
          " FROM mcp_sessions WHERE name > ?2 ORDER BY name LIMIT ?1");
constexpr auto load_mcp_session =
    named("dump.load_mcp_session", "INSERT INTO mcp_sessions (", of_mcp_sessions,
          ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING");
constexpr char of_mcp_watches[] = "session, uri";
constexpr auto mcp_watches_first =
    named("dump.mcp_watches_first", "SELECT ", of_mcp_watches,
          " FROM mcp_session_watches ORDER BY session, uri LIMIT ?1");
constexpr auto mcp_watches_next = named(
    "dump.mcp_watches_next", "SELECT ", of_mcp_watches,
    " FROM mcp_session_watches WHERE (session, uri) > (?2, ?3) ORDER BY session, uri LIMIT ?1");
constexpr auto load_mcp_watch = named("dump.load_mcp_watch", "INSERT INTO mcp_session_watches (",
                                      of_mcp_watches, ") VALUES (?1, ?2) ON CONFLICT DO NOTHING");

constexpr auto audit_first =
    named("dump.audit_first", "SELECT ", dumped_audit_columns, " FROM audit ORDER BY id LIMIT ?1");
constexpr auto audit_next = named("dump.audit_next", "SELECT ", dumped_audit_columns,
                                  " FROM audit WHERE id > ?2 ORDER BY id LIMIT ?1");

constexpr auto archives_first = named("dump.archives_first", "SELECT ", dumped_archive_columns,
                                      " FROM archives ORDER BY account LIMIT ?1");
constexpr auto archives_next = named("dump.archives_next", "SELECT ", dumped_archive_columns,
                                     " FROM archives WHERE account > ?2 ORDER BY account LIMIT ?1");

constexpr char of_mails[] =
    "m.key, m.account, m.message_id, m.thread_id, m.sent_at, m.is_sent, m.is_shown, m.is_unread, "
    "m.is_stand_in, m.walk, m.size, m.sent_as, m.subject, m.snippet, m.labels, m.correspondents, "
    "m.details, m.folder, m.uid, m.reading, t.body_plain, t.body_html, t.found_text";
constexpr Sql sizes_of_mails{
    "dump.sizes_of_mails",
    "SELECT key, size FROM archive_messages WHERE key > ?1 ORDER BY key LIMIT ?2"};
constexpr auto mails_between = named("dump.mails_between", "SELECT ", of_mails,
                                     " FROM archive_messages AS m JOIN archive_texts AS t "
                                     "ON t.key = m.key WHERE m.key > ?1 AND m.key <= ?2 "
                                     "ORDER BY m.key");
constexpr Sql keys_in_range{
    "dump.keys_in_range",
    "SELECT key FROM archive_messages WHERE key >= ?1 AND key <= ?2 ORDER BY key"};

constexpr Sql count_users{"dump.count_users", "SELECT count(*) FROM users"};
constexpr Sql count_connections{"dump.count_connections", "SELECT count(*) FROM connections"};
constexpr Sql count_user_tokens{"dump.count_user_tokens", "SELECT count(*) FROM user_tokens"};
constexpr Sql count_sends{"dump.count_sends", "SELECT count(*) FROM sends"};
constexpr Sql count_spent_sends{"dump.count_spent_sends", "SELECT count(*) FROM spent_sends"};
constexpr Sql count_client_grants{"dump.count_client_grants", "SELECT count(*) FROM client_grants"};
constexpr Sql count_mcp_sessions{"dump.count_mcp_sessions", "SELECT count(*) FROM mcp_sessions"};
constexpr Sql count_mcp_watches{"dump.count_mcp_watches",
                                "SELECT count(*) FROM mcp_session_watches"};
constexpr Sql count_audit{"dump.count_audit", "SELECT count(*) FROM audit"};
constexpr Sql count_archives{"dump.count_archives", "SELECT count(*) FROM archives"};
constexpr Sql count_archive_messages{"dump.count_archive_messages",
                                     "SELECT count(*) FROM archive_messages"};

struct TableSql {
  DumpedTable table;
  std::vector<std::size_t> times;  // the places of columns that are times
  std::vector<std::size_t> lists;  // those of a message that are JSON
  Sql count;
};

// "a, m.b" → "a", "b"
std::vector<std::string_view> names_in(std::string_view list) {
  std::vector<std::string_view> names;
  while (!list.empty()) {
    const auto end = std::min(list.find(", "), list.size());
    auto name = list.substr(0, end);
    if (const auto dot = name.find('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
    names.push_back(name);
    list.remove_prefix(std::min(end + 2, list.size()));
  }
  return names;
}

TableSql table_of(std::string_view name, std::string_view columns, Sql count,
                  std::vector<DumpedTable::Reference> references = {}) {
  TableSql made{{.name = name, .columns = names_in(columns), .references = std::move(references)},
                {},
                {},
                count};
  for (std::size_t i = 0; i < made.table.columns.size(); ++i) {
    const auto column = made.table.columns[i];
    if (column.ends_with("_at") || column == "at" || column == "hour") made.times.push_back(i);
    if (column == "labels" || column == "correspondents" || column == "details") {
      made.lists.push_back(i);
    }
  }
  return made;
}

enum Place : std::size_t {
  at_users,
  at_connections,
  at_user_tokens,
  at_sends,
  at_spent_sends,
  at_client_grants,
  at_mcp_sessions,
  at_mcp_watches,
  at_audit,
  at_archives,
  at_mails
};

const std::vector<TableSql>& all_tables() {
  static const std::vector<TableSql> all{
      table_of("users", of_users, count_users),
      table_of("connections", of_connections, count_connections, {{1, at_users}}),
      table_of("user_tokens", of_user_tokens, count_user_tokens, {{1, at_users}}),
      table_of("sends", of_sends, count_sends, {{1, at_users}, {2, at_connections}}),
      table_of("spent_sends", of_spent_sends, count_spent_sends),
      table_of("client_grants", of_client_grants, count_client_grants, {{1, at_users}}),
      table_of("mcp_sessions", of_mcp_sessions, count_mcp_sessions),
      table_of("mcp_session_watches", of_mcp_watches, count_mcp_watches, {{0, at_mcp_sessions}}),
      table_of("audit", dumped_audit_columns, count_audit),
      table_of("archives", dumped_archive_columns, count_archives, {{1, at_connections}}),
      table_of("archive_messages", of_mails, count_archive_messages, {{1, at_archives}}),
  };
  return all;
}

// ------------------------------------------------------------------------------------ reading

// Not every engine can hold U+0000, which JSON spells so.
void replace_nul(sql::Value& list) {
  constexpr std::string_view nul = "\\u0000";
  if (list.is_null() || list.text().find(nul) == std::string::npos) return;
  auto text = list.text();
  for (auto at = text.find(nul); at != std::string::npos; at = text.find(nul, at)) {
    text.replace(at, nul.size(), "\\ufffd");
  }
  list = sql::Value{std::move(text)};
}

// An index whose engine has to break words of the body itself may keep what came of it.
void forget_derived_text(sql::Row& mail) {
  auto& found = mail.back();
  const auto& plain = mail[mail.size() - 3];
  if (found.is_null() || found.text().size() <= plain.text().size()) return;
  if (with_word_breaks(plain.text()) == found.text()) found = sql::Value{};
}

// Engines write times in their own ways. One that cannot be read was put there by hand.
void write_alike(const TableSql& table, sql::Rows& rows) {
  for (auto& row : rows) {
    for (const auto place : table.lists) replace_nul(row[place]);
    for (const auto place : table.times) {
      if (row[place].is_null()) continue;
      if (const auto time = parse_iso8601(row[place].text())) row[place] = sql::Value{*time};
    }
  }
}

class SqlDumpReader final : public DumpReader {
 public:
  SqlDumpReader(sql::Database& database, std::unique_ptr<sql::Database> moment)
      : moment_{std::move(moment)}, from_{moment_ ? *moment_ : database} {}

  bool is_of_one_moment() const override { return moment_ != nullptr; }

  Task<sql::Rows> after(std::size_t table, sql::Row last) override {
    sql::Rows rows;
    if (table == at_mails) {
      const std::int64_t key = last.empty() ? 0 : last[0].integer();
      rows = co_await mails_after(key);
      for (auto& row : rows) forget_derived_text(row);
    } else {
      auto statement = statement_after(table, std::move(last));
      rows = co_await from_.read(std::move(statement));
    }
    write_alike(all_tables().at(table), rows);
    co_return rows;
  }

 private:
  static Statement statement_after(std::size_t table, sql::Row last) {
    const bool begins = last.empty();
    const auto by_first = [&](Sql first, Sql next) {
      if (begins) return Statement{first, rows_a_read};
      return Statement{next, rows_a_read, std::move(last[0])};
    };
    switch (table) {
      case at_users: return by_first(users_first, users_next);
      case at_connections: return by_first(connections_first, connections_next);
      case at_user_tokens: return by_first(user_tokens_first, user_tokens_next);
      case at_sends: return by_first(sends_first, sends_next);
      case at_spent_sends:
        if (begins) return Statement{spent_sends_first, rows_a_read};
        return Statement{spent_sends_next, rows_a_read, std::move(last[0]), std::move(last[1])};
      case at_client_grants: return by_first(client_grants_first, client_grants_next);
      case at_mcp_sessions: return by_first(mcp_sessions_first, mcp_sessions_next);
      case at_mcp_watches:
        if (begins) return Statement{mcp_watches_first, rows_a_read};
        return Statement{mcp_watches_next, rows_a_read, std::move(last[0]), std::move(last[1])};
      case at_audit: return by_first(audit_first, audit_next);
      case at_archives: return by_first(archives_first, archives_next);
      default: throw Error{Errc::internal, "There is no such table to dump."};
    }
  }

  // First the sizes, because mails may be large, and many at once more than memory should hold.
  Task<sql::Rows> mails_after(std::int64_t key) {
    while (true) {
      const sql::Rows sizes = co_await from_.read(sizes_of_mails, key, rows_a_read);
      if (sizes.empty()) co_return sql::Rows{};
      std::int64_t bytes = 0;
      auto last = key;
      for (const auto& row : sizes) {
        bytes += row[1].integer() + bytes_beside_texts;
        if (last != key && bytes > bytes_a_read) break;
        last = row[0].integer();
      }
      auto rows = co_await from_.read(mails_between, key, last);
      if (!rows.empty()) co_return rows;
      key = last;  // they went since, on an engine without one moment
    }
  }

  std::unique_ptr<sql::Database> moment_;  // null: as it is when it is asked
  sql::Database& from_;
};

// ------------------------------------------------------------------------------------ loading

constexpr char load_lease[] = "restore";
constexpr Sql find_mark{"dump.find_mark", "SELECT holder FROM leases WHERE name = ?1"};
// Servers do not start while it is there, so it does not end by itself.
constexpr Sql set_mark{
    "dump.set_mark",
    "INSERT INTO leases (name, holder, expires_at) SELECT ?1, ?2, ?3 "
    "WHERE NOT EXISTS (SELECT 1 FROM users) AND NOT EXISTS (SELECT 1 FROM audit) "
    "AND NOT EXISTS (SELECT 1 FROM spent_sends) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder"};
constexpr Sql remove_mark{"dump.remove_mark", "DELETE FROM leases WHERE name = ?1"};
constexpr char the_end_of_time[] = "9999-12-31T23:59:59.999Z";

class SqlDump final : public Dump {
 public:
  SqlDump(sql::Database& database, const Dialect& dialect, OpenMoment open_moment)
      : database_{database}, dialect_{dialect}, open_moment_{std::move(open_moment)} {}

  Task<std::unique_ptr<DumpReader>> read() override {
    std::unique_ptr<sql::Database> moment;
    if (open_moment_) moment = co_await open_moment_();
    co_return std::make_unique<SqlDumpReader>(database_, std::move(moment));
  }

  Task<DumpCounts> counts() override {
    DumpCounts counts;
    for (const auto& one : all_tables()) {
      Statement statement{one.count};
      const sql::Rows rows = co_await database_.read(std::move(statement));
      counts[std::string{one.table.name}] = rows[0][0].integer();
    }
    co_return counts;
  }

  Task<std::optional<std::string>> unfinished() override {
    const sql::Rows rows = co_await database_.read(find_mark, load_lease);
    if (rows.empty()) co_return std::nullopt;
    co_return rows[0][0].text();
  }

  Task<void> begin_load(std::string mark) override {
    co_await database_.write(set_mark, load_lease, mark, the_end_of_time);
    const auto found = co_await unfinished();
    if (found == mark) co_return;
    if (found) {
      throw Error{Errc::conflict, "Another restore into this database was not finished.",
                  "Restore that file again, or begin with an empty database."};
    }
    throw Error{Errc::conflict, "The database to restore into is not empty.",
                "Name an empty one: a backup is never mixed with what is there."};
  }

  Task<void> load(std::size_t table, sql::Rows rows) override {
    if (rows.empty()) co_return;
    for (const auto& row : rows) check_ids(table, row);
    if (table == at_mails) {
      const auto stored = co_await database_.read(keys_in_range, rows.front()[0], rows.back()[0]);
      std::erase_if(rows, [&](const sql::Row& row) {
        return std::binary_search(
            stored.begin(), stored.end(), row,
            [](const sql::Row& a, const sql::Row& b) { return a[0].integer() < b[0].integer(); });
      });
    }
    auto statements = insertions(table, std::move(rows));
    if (statements.empty()) co_return;
    co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
  }

  Task<void> finish_load() override {
    std::vector<Statement> statements;
    for (const auto& sql : dialect_.loading.finish) statements.emplace_back(sql);
    statements.emplace_back(remove_mark, load_lease);
    co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
  }

 private:
  // Some engines take texts of one form only as ids, and would leave the row out.
  void check_ids(std::size_t table, const sql::Row& row) const {
    const auto check = [this](const sql::Value& value) {
      const auto* id = std::get_if<std::string>(&value.variant());
      if (id == nullptr || dialect_.is_id(*id)) return;
      throw Error{
          Errc::unsupported, "The backup has an id that this database cannot hold.",
          "Ids of users, connections and sends must be UUIDs there; somebody has chosen \"" + *id +
              "\"."};
    };
    const bool has_id = table == at_users || table == at_connections || table == at_sends ||
                        table == at_client_grants;
    if (has_id) check(row[0]);
    if (table == at_mails) return;
    for (const auto& reference : all_tables()[table].table.references) {
      check(row[reference.column]);
    }
  }

  Sql insertion_into(std::size_t table) const {
    switch (table) {
      case at_users: return load_user;
      case at_connections: return load_connection;
      case at_user_tokens: return load_user_token;
      case at_sends: return load_send;
      case at_spent_sends: return load_spent_send;
      case at_client_grants: return load_client_grant;
      case at_mcp_sessions: return load_mcp_session;
      case at_mcp_watches: return load_mcp_watch;
      case at_audit: return dialect_.loading.audit;
      case at_archives: return dialect_.loading.archive;
      default: throw Error{Errc::internal, "There is no such table to load."};
    }
  }

  std::vector<Statement> insertions(std::size_t table, sql::Rows rows) const {
    if (table == at_mails) return dialect_.loading.mails(std::move(rows));
    std::vector<Statement> statements;
    statements.reserve(rows.size());
    for (auto& row : rows) {
      auto& statement = statements.emplace_back(insertion_into(table));
      statement.parameters = std::move(row);
    }
    return statements;
  }

  sql::Database& database_;
  const Dialect& dialect_;
  OpenMoment open_moment_;
};

}  // namespace

const std::vector<DumpedTable>& dumped_tables() {
  static const std::vector<DumpedTable> tables = [] {
    std::vector<DumpedTable> all;
    for (const auto& one : all_tables()) all.push_back(one.table);
    return all;
  }();
  return tables;
}

sql::Row before_mails_of(std::int64_t account) {
  sql::Row last;
  last.emplace_back(archive_key::first_of(account) - 1);
  return last;
}

std::unique_ptr<Dump> sql_dump(sql::Database& database, const Dialect& dialect,
                               OpenMoment open_moment) {
  return std::make_unique<SqlDump>(database, dialect, std::move(open_moment));
}

std::span<const sql::Sql> statements_of_dump() {
  static constexpr sql::Sql all[] = {users_first,        users_next,        load_user,
                                     connections_first,  connections_next,  load_connection,
                                     sends_first,        sends_next,        load_send,
                                     spent_sends_first,  spent_sends_next,  load_spent_send,
                                     audit_first,        audit_next,        archives_first,
                                     archives_next,      sizes_of_mails,    mails_between,
                                     keys_in_range,      find_mark,         set_mark,
                                     remove_mark,        count_users,       count_connections,
                                     count_sends,        count_spent_sends, client_grants_first,
                                     client_grants_next, load_client_grant, count_client_grants,
                                     mcp_sessions_first, mcp_sessions_next, load_mcp_session,
                                     count_mcp_sessions, mcp_watches_first, mcp_watches_next,
                                     load_mcp_watch,     count_mcp_watches, user_tokens_first,
                                     user_tokens_next,   load_user_token,   count_user_tokens,
                                     count_audit,        count_archives,    count_archive_messages};
  return all;
}

}  // namespace gmail_mcp::store
