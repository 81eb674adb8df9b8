#include "store/mcp_sessions.h"

#include <utility>

#include "crypto/digest.h"
#include "store/sql/parts.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

namespace {

using sql::Sql;
using sql::Statement;

constexpr Sql find_session{
    "mcp_sessions.find_session",
    "SELECT s.used_at, s.ended_at, s.log_level, w.uri FROM mcp_sessions AS s "
    "LEFT JOIN mcp_session_watches AS w ON w.session = s.name WHERE s.name = ?1"};
constexpr Sql note_session{
    "mcp_sessions.note_session",
    "INSERT INTO mcp_sessions (name, owner, person, sealed_with, log_level, used_at) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at, "
    "log_level = coalesce(excluded.log_level, mcp_sessions.log_level) "
    "WHERE mcp_sessions.ended_at IS NULL"};
constexpr Sql end_session{
    "mcp_sessions.end_session",
    "INSERT INTO mcp_sessions (name, owner, person, sealed_with, used_at, ended_at) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?5) "
    "ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at, ended_at = excluded.ended_at "
    "WHERE mcp_sessions.ended_at IS NULL"};
constexpr Sql watch_resource{
    "mcp_sessions.watch_resource",
    "INSERT INTO mcp_session_watches (session, uri) "
    "SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT) "
    "WHERE EXISTS (SELECT 1 FROM mcp_sessions WHERE name = ?1 AND ended_at IS NULL) "
    "AND (SELECT count(*) FROM mcp_session_watches WHERE session = ?1) < ?3 "
    "ON CONFLICT (session, uri) DO NOTHING"};
constexpr Sql unwatch_resource{"mcp_sessions.unwatch_resource",
                               "DELETE FROM mcp_session_watches WHERE session = ?1 AND uri = ?2"};
constexpr Sql unwatch_all{"mcp_sessions.unwatch_all",
                          "DELETE FROM mcp_session_watches WHERE session = ?1"};
constexpr Sql tell_of_session{"mcp_sessions.tell_of_session",
                              "INSERT INTO news (origin, what, connection_id) VALUES (?1, ?2, ?3)"};
constexpr Sql forget_oldest{
    "mcp_sessions.forget_oldest",
    "DELETE FROM mcp_sessions WHERE owner = ?1 AND name IN (SELECT o.name FROM mcp_sessions AS o "
    "WHERE o.owner = ?1 ORDER BY o.used_at DESC, o.name LIMIT ?2 OFFSET ?3)"};
constexpr Sql count_by_key{
    "mcp_sessions.count_by_key",
    "SELECT sealed_with, count(*) FROM mcp_sessions WHERE ended_at IS NULL GROUP BY sealed_with"};
constexpr Sql purge_sessions{"mcp_sessions.purge_sessions",
                             "DELETE FROM mcp_sessions WHERE used_at < ?1"};

// An owner's sessions are counted now and then only, because that costs more than keeping one.
constexpr std::uint64_t writes_between_counts = 64;
constexpr std::int64_t forgotten_at_once = 10'000;

class SqlMcpSessions final : public McpSessions {
 public:
  SqlMcpSessions(sql::Database& database, const Clock& clock, std::string origin)
      : database_{database}, clock_{clock}, origin_{std::move(origin)} {}

  Task<std::optional<McpSessionRow>> find(std::string name) override {
    const sql::Rows rows = co_await database_.read(find_session, name);
    std::optional<McpSessionRow> found;
    if (rows.empty()) co_return found;
    found.emplace();
    found->used = rows[0][0].time();
    found->ended = !rows[0][1].is_null();
    if (!rows[0][2].is_null()) found->log_level = rows[0][2].text();
    for (const auto& row : rows) {
      if (!row[3].is_null()) found->watched.push_back(row[3].text());
    }
    co_return found;
  }

  Task<void> keep(McpSessionChange change) override {
    const auto owner = crypto::sha256_hex(change.owner);
    std::vector<Statement> statements;
    statements.emplace_back(note_session, change.name, owner, person_of(change), change.sealed_with,
                            change.log_level, clock_.now());
    for (auto& uri : change.unwatched) {
      statements.emplace_back(unwatch_resource, change.name, std::move(uri));
    }
    for (auto& uri : change.watched) {
      statements.emplace_back(watch_resource, change.name, std::move(uri), most_watched);
    }
    // Of its mere use the others need not hear.
    if (statements.size() > 1 || change.log_level) {
      statements.emplace_back(tell_of_session, origin_, "session", change.name);
    }
    bound(statements, owner);
    co_await database_.atomically(std::move(statements));
  }

  Task<void> end(McpSessionChange session) override {
    const auto owner = crypto::sha256_hex(session.owner);
    std::vector<Statement> statements;
    statements.emplace_back(end_session, session.name, owner, person_of(session),
                            session.sealed_with, clock_.now());
    statements.emplace_back(unwatch_all, session.name);
    statements.emplace_back(tell_of_session, origin_, "session_end", session.name);
    bound(statements, owner);
    co_await database_.atomically(std::move(statements));
  }

  Task<std::map<std::string, std::int64_t>> counts_by_key() override {
    const sql::Rows rows = co_await database_.read(count_by_key);
    std::map<std::string, std::int64_t> counts;
    for (const auto& row : rows) counts[row[0].text()] = row[1].integer();
    co_return counts;
  }

  Task<void> purge(Timestamp unused_since) override {
    co_await database_.write(purge_sessions, unused_since);
  }

 private:
  static sql::Value person_of(const McpSessionChange& change) {
    return change.person ? sql::Value{change.person->str()} : sql::Value{};
  }
  void bound(std::vector<Statement>& statements, const std::string& owner) {
    if (++writes_ % writes_between_counts != 0) return;
    statements.emplace_back(forget_oldest, owner, forgotten_at_once, most_of_one);
  }

  sql::Database& database_;
  const Clock& clock_;
  std::string origin_;
  std::uint64_t writes_ = 0;
};

}  // namespace

std::unique_ptr<McpSessions> sql_mcp_sessions(sql::Database& database, const Clock& clock,
                                              std::string origin) {
  return std::make_unique<SqlMcpSessions>(database, clock, std::move(origin));
}

std::span<const sql::Sql> statements_of_mcp_sessions() {
  static constexpr sql::Sql all[] = {
      find_session, note_session,    end_session,   watch_resource, unwatch_resource,
      unwatch_all,  tell_of_session, forget_oldest, count_by_key,   purge_sessions};
  return all;
}

}  // namespace gmail_mcp::store
