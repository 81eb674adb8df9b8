#include "store/user_tokens.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/error.h"
#include "sql/compose.h"
#include "store/sql/parts.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

namespace json = boost::json;

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;

constexpr std::size_t digests_at_once = 16;

constexpr char token_columns[] =
    "t.id, u.external_user_id, t.name, t.limits, t.created_at, t.expires_at, t.last_used_at, "
    "t.revoked_at, t.digest";

constexpr char insert_token_of_user[] =
    "INSERT INTO user_tokens (id, user_id, name, digest, limits, created_at, expires_at) "
    "SELECT ?1, u.id, ?3, ?4, ?5, ?6, ?7 FROM users AS u WHERE u.external_user_id = ?2 "
    "AND u.external_user_id = coalesce(?8, u.external_user_id) "
    "AND (SELECT count(*) FROM user_tokens AS t WHERE t.user_id = u.id AND t.revoked_at IS NULL "
    "AND (t.expires_at IS NULL OR t.expires_at > ?9)) < ?10";
constexpr auto insert_token =
    named("user_tokens.insert_token", insert_token_of_user, " RETURNING id");
// Where a user may be removed at the same time: this waits for that, and finds nobody.
constexpr auto insert_token_locking = named(
    "user_tokens.insert_token_locking", insert_token_of_user, " FOR KEY SHARE OF u RETURNING id");
constexpr auto find_token =
    named("user_tokens.find_token", "SELECT ", token_columns,
          " FROM user_tokens AS t JOIN users AS u ON u.id = t.user_id WHERE t.digest = ?1 "
          "AND u.external_user_id = coalesce(?2, u.external_user_id)");
constexpr auto find_tokens =
    named("user_tokens.find_tokens", "SELECT ", token_columns,
          " FROM user_tokens AS t JOIN users AS u ON u.id = t.user_id WHERE t.digest IN (?1, ?2, "
          "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
          "AND u.external_user_id = coalesce(?17, u.external_user_id)");
constexpr auto list_tokens = named("user_tokens.list_tokens", "SELECT ", token_columns,
                                   " FROM user_tokens AS t JOIN users AS u ON u.id = t.user_id "
                                   "WHERE u.external_user_id = coalesce(?1, u.external_user_id) "
                                   "AND u.external_user_id = coalesce(?2, u.external_user_id) "
                                   "ORDER BY t.created_at DESC, t.id DESC LIMIT ?3");
constexpr Sql revoke_token{
    "user_tokens.revoke_token",
    "UPDATE user_tokens SET revoked_at = coalesce(revoked_at, ?3) WHERE id = ?1 "
    "AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = user_tokens.user_id "
    "AND u.external_user_id = coalesce(?2, u.external_user_id)) RETURNING digest"};
constexpr Sql find_live{
    "user_tokens.find_live",
    "SELECT t.id FROM user_tokens AS t JOIN users AS u ON u.id = t.user_id "
    "WHERE t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2) "
    "AND u.external_user_id = coalesce(?1, u.external_user_id) LIMIT 1"};
constexpr Sql purge_tokens{"user_tokens.purge_tokens",
                           "DELETE FROM user_tokens WHERE (revoked_at < ?2 OR expires_at < ?2) "
                           "AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = user_tokens.user_id "
                           "AND u.external_user_id = coalesce(?1, u.external_user_id))"};

json::array list_of(const std::vector<std::string>& words) {
  json::array list;
  for (const auto& word : words) list.emplace_back(word);
  return list;
}

std::string limits_to_text(const model::Grant& grant) {
  json::object limits;
  if (!grant.connections.empty()) limits["connections"] = list_of(grant.connections);
  if (!grant.toolsets.empty()) limits["toolsets"] = list_of(grant.toolsets);
  if (grant.read_only) limits["read_only"] = true;
  if (grant.approval) limits["approval"] = model::to_string(*grant.approval);
  return json::serialize(limits);
}

// Limits that cannot be read would be none.
Error unreadable_limits() {
  return {Errc::internal, "The database holds limits of a token that cannot be read."};
}

std::vector<std::string> words_of(const json::value& value) {
  const auto* list = value.if_array();
  if (list == nullptr || list->empty()) throw unreadable_limits();
  std::vector<std::string> words;
  for (const auto& one : *list) {
    if (!one.is_string()) throw unreadable_limits();
    words.emplace_back(one.get_string());
  }
  return words;
}

model::Grant limits_from(const std::string& text) {
  boost::system::error_code not_json;
  const auto value = json::parse(text, not_json);
  if (not_json || !value.is_object()) throw unreadable_limits();
  model::Grant grant;
  for (const auto& [name, limit] : value.get_object()) {
    if (name == "connections") {
      grant.connections = words_of(limit);
    } else if (name == "toolsets") {
      grant.toolsets = words_of(limit);
    } else if (name == "read_only" && limit.is_bool()) {
      grant.read_only = limit.get_bool();
    } else if (name == "approval" && limit.is_string()) {
      grant.approval = known(model::approval(limit.get_string()));
    } else {
      throw unreadable_limits();
    }
  }
  return grant;
}

FoundToken token_from(const sql::Row& row) {
  return {.digest = row[8].text(),
          .token = {.id = row[0].text(),
                    .user = model::ExternalUserId{row[1].text()},
                    .name = row[2].text(),
                    .grant = limits_from(row[3].text()),
                    .created_at = row[4].time(),
                    .expires_at = row[5].optional_time(),
                    .last_used_at = row[6].optional_time(),
                    .revoked_at = row[7].optional_time()}};
}

class SqlUserTokens final : public UserTokens {
 public:
  SqlUserTokens(sql::Database& database, const Clock& clock, const Dialect& dialect,
                WriteBehind& write_behind)
      : database_{database}, clock_{clock}, dialect_{dialect}, write_behind_{write_behind} {}

  Task<bool> add(const model::Access& access, model::UserToken token, std::string digest,
                 std::int64_t most) override {
    Statement statement{insert_token,
                        std::move(token.id),
                        token.user,
                        std::move(token.name),
                        std::move(digest),
                        limits_to_text(token.grant),
                        token.created_at,
                        token.expires_at,
                        access.only_user(),
                        clock_.now(),
                        most};
    if (dialect_.locks_rows) statement.sql = insert_token_locking;
    const sql::Rows rows = co_await database_.write(std::move(statement));
    co_return !rows.empty();
  }

  Task<std::vector<FoundToken>> find(const model::Access& access,
                                     std::vector<std::string> digests) override {
    std::vector<FoundToken> found;
    for (std::size_t i = 0; i < digests.size(); i += digests_at_once) {
      const auto count = std::min(digests_at_once, digests.size() - i);
      Statement statement{find_token};
      if (count > 1) statement.sql = find_tokens;
      for (std::size_t k = 0; k < count; ++k) {
        statement.parameters.emplace_back(std::move(digests[i + k]));
      }
      if (count > 1) statement.parameters.resize(digests_at_once);
      statement.parameters.emplace_back(access.only_user());
      const sql::Rows rows = co_await database_.read(std::move(statement));
      for (const auto& row : rows) found.push_back(token_from(row));
    }
    co_return found;
  }

  Task<std::vector<model::UserToken>> list(const model::Access& access,
                                           std::optional<model::ExternalUserId> user,
                                           std::int64_t limit) override {
    const sql::Rows rows = co_await database_.read(list_tokens, access.only_user(), std::move(user),
                                                   std::max(limit, std::int64_t{0}));
    co_return all_from(rows, [](const sql::Row& row) { return token_from(row).token; });
  }

  Task<std::optional<model::UserToken>> revoke(const model::Access& access,
                                               std::string id) override {
    const sql::Rows rows =
        co_await database_.write(revoke_token, std::move(id), access.only_user(), clock_.now());
    if (rows.empty()) co_return std::nullopt;
    std::vector<std::string> digests{rows[0][0].text()};
    auto found = co_await find(access, std::move(digests));
    if (found.empty()) co_return std::nullopt;
    co_return std::move(found.front().token);
  }

  Task<bool> has_any(const model::Access& access) override {
    const sql::Rows rows = co_await database_.read(find_live, access.only_user(), clock_.now());
    co_return !rows.empty();
  }

  void touch(std::string id) override { write_behind_.touch_token(std::move(id)); }

  Task<void> purge(const model::Access& access, Timestamp before) override {
    co_await database_.write(purge_tokens, access.only_user(), before);
  }

 private:
  sql::Database& database_;
  const Clock& clock_;
  const Dialect& dialect_;
  WriteBehind& write_behind_;
};

}  // namespace

std::unique_ptr<UserTokens> sql_user_tokens(sql::Database& database, const Clock& clock,
                                            const Dialect& dialect, WriteBehind& write_behind) {
  return std::make_unique<SqlUserTokens>(database, clock, dialect, write_behind);
}

std::span<const sql::Sql> statements_of_user_tokens() {
  static constexpr sql::Sql all[] = {insert_token, insert_token_locking, find_token, find_tokens,
                                     list_tokens,  revoke_token,         find_live,  purge_tokens};
  return all;
}

}  // namespace gmail_mcp::store
