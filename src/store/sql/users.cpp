#include <algorithm>

#include "base/error.h"
#include "crypto/random.h"
#include "sql/compose.h"
#include "store/sql/parts.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;

constexpr auto find_user = named("users.find_user", "SELECT ", user_columns,
                                 " FROM users WHERE external_user_id = ?1 AND external_user_id = "
                                 "coalesce(?2, external_user_id)");

// The WHERE is the ownership rule: a caller limited to a user cannot create another one. A user who
// is there already is updated to the same, so that nobody can remove the row before it is returned.
constexpr auto insert_user = named(
    "users.insert_user",
    "INSERT INTO users (id, external_user_id, created_at, updated_at) "
    "SELECT ?1, CAST(?2 AS TEXT), ?3, ?3 WHERE CAST(?2 AS TEXT) = coalesce(?4, ?2) "
    "ON CONFLICT (external_user_id) DO UPDATE SET external_user_id = excluded.external_user_id "
    "RETURNING ",
    user_columns);

// Whoever connects an account for the user at the same time has the row, or waits for this.
constexpr Sql lock_user{"users.lock_user",
                        "SELECT id FROM users WHERE external_user_id = ?1 FOR UPDATE"};

constexpr Sql delete_user{
    "users.delete_user",
    "DELETE FROM users WHERE external_user_id = ?1 "
    "AND external_user_id = coalesce(?2, external_user_id) "
    "AND NOT EXISTS (SELECT 1 FROM connections AS c WHERE c.user_id = users.id)"};

// Their sessions end, in every process, and nothing is left that leads to the person.
constexpr Sql tell_of_sessions{
    "users.tell_of_sessions",
    "INSERT INTO news (origin, what, connection_id) SELECT '', 'session_end', s.name "
    "FROM mcp_sessions AS s WHERE s.person = ?1 AND s.person = coalesce(?2, s.person) "
    "AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.external_user_id = ?1)"};
constexpr Sql unwatch_of_sessions{
    "users.unwatch_of_sessions",
    "DELETE FROM mcp_session_watches WHERE session IN (SELECT s.name FROM mcp_sessions AS s "
    "WHERE s.person = ?1 AND s.person = coalesce(?2, s.person) "
    "AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.external_user_id = ?1))"};
constexpr Sql end_sessions{
    "users.end_sessions",
    "UPDATE mcp_sessions SET owner = '', person = NULL, ended_at = coalesce(ended_at, ?3) "
    "WHERE person = ?1 AND person = coalesce(?2, person) "
    "AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.external_user_id = ?1)"};

constexpr auto list_users = named(
    "users.list_users", "SELECT ", user_columns,
    ", (SELECT count(*) FROM connections AS c WHERE c.user_id = users.id AND c.status = 'active') "
    "FROM users WHERE CAST(?1 AS TEXT) IS NULL OR external_user_id = ?1 "
    "ORDER BY created_at DESC, id DESC LIMIT ?2");

UserSummary summary_from(const sql::Row& row) {
  return {.user = user_from(row), .active_connections = row[5].integer()};
}

class SqlUsers final : public Users {
 public:
  SqlUsers(sql::Database& database, const Clock& clock, const Dialect& dialect, Memory& memory)
      : database_{database}, clock_{clock}, dialect_{dialect}, memory_{memory} {}

  Task<model::User> get_or_create(const model::Access& access,
                                  model::ExternalUserId external_id) override {
    // A user is created once and looked up often, so reading first spares the writer and the disk.
    const auto known = co_await find(access, external_id);
    if (known) co_return *known;
    const Memory::Changing guard{memory_};
    if (auto fault = model::user_id_fault(external_id.str())) throw Error{*std::move(fault)};
    const sql::Rows rows = co_await database_.write(insert_user, crypto::random_uuid(), external_id,
                                                    clock_.now(), access.only_user());
    if (rows.empty()) throw Error{Errc::not_found, "There is no such user."};
    co_return user_from(rows[0]);
  }

  Task<std::optional<model::User>> find(const model::Access& access,
                                        model::ExternalUserId external_id) override {
    auto question = Question{access}.add(external_id.str());
    return memory_.recall(
        memory_.users, std::move(question),
        [this, &access, id = std::move(external_id)] { return look_up(access, id); });
  }

  Task<bool> erase(const model::Access& access, model::ExternalUserId external_id) override {
    const Memory::Changing guard{memory_};
    std::vector<Statement> statements;
    if (dialect_.locks_rows) statements.emplace_back(lock_user, external_id);
    statements.emplace_back(delete_user, external_id, access.only_user());
    statements.emplace_back(tell_of_sessions, external_id, access.only_user());
    statements.emplace_back(unwatch_of_sessions, external_id, access.only_user());
    statements.emplace_back(end_sessions, external_id, access.only_user(), clock_.now());
    co_await database_.atomically(std::move(statements));
    const auto left = co_await look_up(access, std::move(external_id));
    co_return !left;
  }

  Task<std::vector<UserSummary>> list(const model::Access& access, std::int64_t limit) override {
    const sql::Rows rows =
        co_await database_.read(list_users, access.only_user(), std::max(limit, std::int64_t{0}));
    co_return all_from(rows, summary_from);
  }

 private:
  Task<std::optional<model::User>> look_up(const model::Access& access,
                                           model::ExternalUserId external_id) {
    const sql::Rows rows = co_await database_.read(find_user, external_id, access.only_user());
    co_return first_from(rows, user_from);
  }

  sql::Database& database_;
  const Clock& clock_;
  const Dialect& dialect_;
  Memory& memory_;
};

}  // namespace

std::unique_ptr<Users> sql_users(sql::Database& database, const Clock& clock,
                                 const Dialect& dialect, Memory& memory) {
  return std::make_unique<SqlUsers>(database, clock, dialect, memory);
}

std::span<const sql::Sql> statements_of_users() {
  static constexpr sql::Sql all[] = {find_user,           insert_user, lock_user,
                                     delete_user,         list_users,  tell_of_sessions,
                                     unwatch_of_sessions, end_sessions};
  return all;
}

}  // namespace gmail_mcp::store
