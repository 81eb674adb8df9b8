#include "store/client_grants.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "sql/compose.h"
#include "store/sql/parts.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;

constexpr Sql ask_request{"client_grants.ask_request",
                          "INSERT INTO sign_in_requests (state_hash, browser_hash, request, "
                          "expires_at) VALUES (?1, ?2, ?3, ?4)"};
constexpr Sql take_request{
    "client_grants.take_request",
    "DELETE FROM sign_in_requests WHERE state_hash = ?1 AND browser_hash = ?2 "
    "RETURNING state_hash, browser_hash, request, expires_at"};

constexpr char insert_grant_of_user[] =
    "INSERT INTO client_grants (id, user_id, address, hosted_domain, client, client_name, scopes, "
    "audience, generation, created_at, used_at, rotated_at, expires_at) "
    "SELECT ?1, u.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?10, ?11 FROM users AS u "
    "WHERE u.id = ?2 AND u.external_user_id = coalesce(?12, u.external_user_id)";
constexpr auto insert_grant =
    named("client_grants.insert_grant", insert_grant_of_user, " RETURNING id");
// Where a user may be removed at the same time: this waits for that, and finds nobody.
constexpr auto insert_grant_locking = named(
    "client_grants.insert_grant_locking", insert_grant_of_user, " FOR KEY SHARE OF u RETURNING id");

constexpr char grant_columns[] =
    "id, user_id, (SELECT u.external_user_id FROM users AS u WHERE u.id = client_grants.user_id), "
    "address, hosted_domain, client, client_name, scopes, audience, generation, created_at, "
    "used_at, rotated_at, expires_at, revoked_at";
constexpr char of_owner[] =
    " AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = client_grants.user_id "
    "AND u.external_user_id = coalesce(?2, u.external_user_id))";

constexpr auto find_grant = named("client_grants.find_grant", "SELECT ", grant_columns,
                                  " FROM client_grants WHERE id = ?1", of_owner);
constexpr auto advance_grant =
    named("client_grants.advance_grant",
          "UPDATE client_grants SET generation = ?3, used_at = ?4, rotated_at = ?4, "
          "expires_at = ?5 WHERE id = ?1 AND generation >= ?2 AND generation < ?3 "
          "AND revoked_at IS NULL AND expires_at > ?4 RETURNING ",
          grant_columns);
constexpr Sql touch_grant{"client_grants.touch_grant",
                          "UPDATE client_grants SET used_at = ?2 WHERE id = ?1 AND used_at < ?2"};
constexpr auto revoke_grant =
    named("client_grants.revoke_grant",
          "UPDATE client_grants SET revoked_at = ?3 WHERE id = ?1 AND revoked_at IS NULL", of_owner,
          " RETURNING id");
constexpr Sql revoke_of_user{
    "client_grants.revoke_of_user",
    "UPDATE client_grants SET revoked_at = ?4 WHERE revoked_at IS NULL AND user_id = "
    "(SELECT u.id FROM users AS u WHERE u.external_user_id = ?1 "
    "AND u.external_user_id = coalesce(?2, u.external_user_id)) AND id NOT IN "
    "(SELECT g.id FROM client_grants AS g WHERE g.user_id = client_grants.user_id "
    "AND g.revoked_at IS NULL AND g.expires_at > ?4 ORDER BY g.used_at DESC, g.id DESC LIMIT ?3)"};
// A person may have two connections of their account, when its address has changed.
constexpr char without_mailbox[] =
    "EXISTS (SELECT 1 FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE c.user_id = client_grants.user_id AND c.google_sub <> '' "
    "AND u.external_user_id = CAST(?3 AS TEXT) || c.google_sub "
    "AND u.external_user_id = coalesce(?1, u.external_user_id) "
    "AND (c.status IN ('disconnected', 'removing') "
    "OR (c.status = 'reconnect_required' AND c.lost_at IS NOT NULL)) "
    "AND NOT EXISTS (SELECT 1 FROM connections AS o WHERE o.user_id = c.user_id "
    "AND o.google_sub = c.google_sub AND o.status = 'active')) RETURNING ";
constexpr auto revoke_without_mailbox_all =
    named("client_grants.revoke_without_mailbox_all",
          "UPDATE client_grants SET revoked_at = ?2 WHERE revoked_at IS NULL AND ", without_mailbox,
          grant_columns);
constexpr auto revoke_without_mailbox_of =
    named("client_grants.revoke_without_mailbox_of",
          "UPDATE client_grants SET revoked_at = ?2 WHERE revoked_at IS NULL "
          "AND user_id = (SELECT e.user_id FROM connections AS e WHERE e.id = ?4) AND ",
          without_mailbox, grant_columns);
constexpr auto list_grants = named("client_grants.list_grants", "SELECT ", grant_columns,
                                   " FROM client_grants WHERE generation > ?1", of_owner,
                                   " ORDER BY created_at DESC, id DESC LIMIT ?3");
constexpr Sql purge_grants{"client_grants.purge_grants",
                           "DELETE FROM client_grants WHERE expires_at < ?1 OR revoked_at < ?1"};
constexpr Sql purge_requests{"client_grants.purge_requests",
                             "DELETE FROM sign_in_requests WHERE expires_at < ?1"};

SignInRequest request_from(const sql::Row& row) {
  return {.state_hash = row[0].text(),
          .browser_hash = row[1].text(),
          .request = row[2].text(),
          .expires_at = row[3].time()};
}

ClientGrant grant_from(const sql::Row& row) {
  return {.id = row[0].text(),
          .user_id = model::UserId{row[1].text()},
          .external_user_id = model::ExternalUserId{row[2].text()},
          .address = row[3].text(),
          .hosted_domain = row[4].text(),
          .client = row[5].text(),
          .client_name = row[6].text(),
          .scopes = scopes_from_text(row[7].text()),
          .audience = row[8].text(),
          .generation = row[9].integer(),
          .created_at = row[10].time(),
          .used_at = row[11].time(),
          .rotated_at = row[12].time(),
          .expires_at = row[13].time(),
          .revoked_at = row[14].optional_time()};
}

class SqlClientGrants final : public ClientGrants {
 public:
  SqlClientGrants(sql::Database& database, const Dialect& dialect)
      : database_{database}, dialect_{dialect} {}

  Task<void> ask(SignInRequest request) override {
    co_await database_.write(ask_request, std::move(request.state_hash),
                             std::move(request.browser_hash), std::move(request.request),
                             request.expires_at);
  }

  Task<std::optional<SignInRequest>> answer(std::string state_hash,
                                            std::string browser_hash) override {
    const sql::Rows rows =
        co_await database_.write(take_request, std::move(state_hash), std::move(browser_hash));
    co_return first_from(rows, request_from);
  }

  Task<void> begin(const model::Access& access, ClientGrant grant) override {
    Statement statement{insert_grant,
                        std::move(grant.id),
                        grant.user_id,
                        std::move(grant.address),
                        std::move(grant.hosted_domain),
                        std::move(grant.client),
                        std::move(grant.client_name),
                        scopes_to_text(grant.scopes),
                        std::move(grant.audience),
                        grant.generation,
                        grant.created_at,
                        grant.expires_at,
                        access.only_user()};
    if (dialect_.locks_rows) statement.sql = insert_grant_locking;
    const sql::Rows rows = co_await database_.write(std::move(statement));
    if (rows.empty()) throw Error{Errc::not_found, "There is no such user."};
  }

  Task<std::optional<ClientGrant>> find(const model::Access& access, std::string id) override {
    if (!dialect_.is_id(id)) co_return std::nullopt;
    const sql::Rows rows = co_await database_.read(find_grant, std::move(id), access.only_user());
    co_return first_from(rows, grant_from);
  }

  Task<std::optional<ClientGrant>> advance(std::string id, std::int64_t least, std::int64_t to,
                                           Timestamp now, Timestamp expires_at) override {
    if (!dialect_.is_id(id)) co_return std::nullopt;
    const sql::Rows rows =
        co_await database_.write(advance_grant, std::move(id), least, to, now, expires_at);
    co_return first_from(rows, grant_from);
  }

  Task<void> touch(std::string id, Timestamp now) override {
    if (!dialect_.is_id(id)) co_return;
    co_await database_.write(touch_grant, std::move(id), now);
  }

  Task<bool> revoke(const model::Access& access, std::string id, Timestamp now) override {
    if (!dialect_.is_id(id)) co_return false;
    const sql::Rows rows =
        co_await database_.write(revoke_grant, std::move(id), access.only_user(), now);
    co_return !rows.empty();
  }

  Task<void> revoke_all_but(const model::Access& access, model::ExternalUserId user,
                            std::int64_t kept, Timestamp now) override {
    co_await database_.write(revoke_of_user, std::move(user), access.only_user(), kept, now);
  }

  Task<std::vector<ClientGrant>> revoke_without_mailbox(const model::Access& access,
                                                        std::optional<model::ConnectionId> of,
                                                        Timestamp now) override {
    const std::string prefix{sign_in_users};
    Statement statement{revoke_without_mailbox_all, access.only_user(), now, prefix};
    if (of) {
      statement =
          Statement{revoke_without_mailbox_of, access.only_user(), now, prefix, std::move(*of)};
    }
    const sql::Rows rows = co_await database_.write(std::move(statement));
    co_return all_from(rows, grant_from);
  }

  Task<std::vector<ClientGrant>> list(const model::Access& access, std::int64_t limit) override {
    const sql::Rows rows = co_await database_.read(list_grants, 0, access.only_user(),
                                                   std::max(limit, std::int64_t{0}));
    co_return all_from(rows, grant_from);
  }

  Task<void> purge(Timestamp ended_before, Timestamp asked_before) override {
    co_await database_.write(purge_grants, ended_before);
    co_await database_.write(purge_requests, asked_before);
  }

 private:
  sql::Database& database_;
  const Dialect& dialect_;
};

}  // namespace

std::unique_ptr<ClientGrants> sql_client_grants(sql::Database& database, const Dialect& dialect) {
  return std::make_unique<SqlClientGrants>(database, dialect);
}

std::span<const sql::Sql> statements_of_client_grants() {
  static constexpr sql::Sql all[] = {ask_request,
                                     take_request,
                                     insert_grant,
                                     insert_grant_locking,
                                     find_grant,
                                     advance_grant,
                                     touch_grant,
                                     revoke_grant,
                                     revoke_of_user,
                                     revoke_without_mailbox_all,
                                     revoke_without_mailbox_of,
                                     list_grants,
                                     purge_grants,
                                     purge_requests};
  return all;
}

}  // namespace gmail_mcp::store
