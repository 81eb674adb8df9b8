#include "store/sql/sealed_connections.h"

#include <algorithm>
#include <utility>

#include "sql/compose.h"
#include "store/sql/parts.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

using sql::named;
using sql::Sql;
using sql::Statement;

namespace {

constexpr Sql list_sealed{
    "connections.list_sealed",
    "SELECT c.access_token_encrypted, c.refresh_token_encrypted, c.app_password_encrypted "
    "FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE coalesce(c.access_token_encrypted, c.refresh_token_encrypted, "
    "c.app_password_encrypted) IS NOT NULL "
    "AND (CAST(?1 AS TEXT) IS NULL OR u.external_user_id = ?1) "
    "ORDER BY c.created_at DESC, c.id DESC LIMIT ?2"};

constexpr char sealed_of[] =
    "SELECT c.id, c.access_token_encrypted, c.refresh_token_encrypted, c.app_password_encrypted "
    "FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE coalesce(c.access_token_encrypted, c.refresh_token_encrypted, "
    "c.app_password_encrypted) IS NOT NULL "
    "AND (CAST(?1 AS TEXT) IS NULL OR u.external_user_id = ?1) ";
constexpr auto first_sealed =
    named("connections.first_sealed", sealed_of, "ORDER BY c.id LIMIT ?2");
constexpr auto next_sealed =
    named("connections.next_sealed", sealed_of, "AND c.id > ?3 ORDER BY c.id LIMIT ?2");
// The row is as it was seen when its ciphertexts are: no two seals of a secret are equal.
constexpr auto replace_sealed = named(
    "connections.replace_sealed",
    "UPDATE connections SET access_token_encrypted = ?3, refresh_token_encrypted = ?4, "
    "app_password_encrypted = ?5 WHERE id = ?1 AND coalesce(access_token_encrypted, '') = ?6 "
    "AND coalesce(refresh_token_encrypted, '') = ?7 AND coalesce(app_password_encrypted, '') = ?8",
    owned_connection, "RETURNING id");

}  // namespace

Task<std::vector<Ciphertexts>> sealed_connections(sql::Database& database,
                                                  std::optional<model::ExternalUserId> only,
                                                  std::int64_t limit) {
  const sql::Rows rows =
      co_await database.read(list_sealed, only, std::max(limit, std::int64_t{0}));
  co_return all_from(rows, [](const sql::Row& row) { return ciphertexts_from(row, 0); });
}

Task<std::vector<SealedConnection>> sealed_connections_after(
    sql::Database& database, std::optional<model::ExternalUserId> only,
    std::optional<model::ConnectionId> after, std::int64_t limit) {
  const auto at_most = std::max(limit, std::int64_t{0});
  Statement statement{first_sealed, only, at_most};
  if (after) statement = Statement{next_sealed, only, at_most, after};
  const sql::Rows rows = co_await database.read(std::move(statement));
  co_return all_from(rows, [](const sql::Row& row) {
    return SealedConnection{.id = model::ConnectionId{row[0].text()},
                            .ciphertexts = ciphertexts_from(row, 1)};
  });
}

Task<std::int64_t> reseal_connections(sql::Database& database,
                                      std::optional<model::ExternalUserId> only,
                                      std::vector<Resealed> all) {
  std::vector<Statement> statements;
  for (auto& one : all) {
    statements.emplace_back(
        replace_sealed, one.id, only, null_if_empty(std::move(one.anew.access_token)),
        null_if_empty(std::move(one.anew.refresh_token)),
        null_if_empty(std::move(one.anew.app_password)), std::move(one.seen.access_token),
        std::move(one.seen.refresh_token), std::move(one.seen.app_password));
  }
  const auto results = co_await database.atomically(std::move(statements), sql::Urgency::bulk);
  std::int64_t replaced = 0;
  for (const auto& rows : results) replaced += static_cast<std::int64_t>(rows.size());
  co_return replaced;
}

std::span<const sql::Sql> statements_of_sealed_connections() {
  static constexpr sql::Sql all[] = {list_sealed, first_sealed, next_sealed, replace_sealed};
  return all;
}

}  // namespace gmail_mcp::store
