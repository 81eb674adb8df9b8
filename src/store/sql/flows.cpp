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

constexpr char insert_flow_of_user[] =
    "INSERT INTO oauth_states (id, state, user_id, scopes, redirect_uri, code_verifier, "
    "return_url, expected_email, browser_hash, expires_at, created_at) "
    "SELECT ?1, ?2, u.id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM users AS u "
    "WHERE u.id = ?3 AND u.external_user_id = coalesce(?12, u.external_user_id)";
constexpr auto insert_flow = named("flows.insert_flow", insert_flow_of_user, " RETURNING id");
// Where a user may be removed at the same time: this waits for that, and finds nobody.
constexpr auto insert_flow_locking =
    named("flows.insert_flow_locking", insert_flow_of_user, " FOR KEY SHARE OF u RETURNING id");

constexpr char flow_columns[] =
    "state, user_id, (SELECT u.external_user_id FROM users AS u WHERE u.id = "
    "oauth_states.user_id), "
    "scopes, redirect_uri, code_verifier, return_url, expected_email, browser_hash, expires_at";

constexpr char by_owner[] =
    " AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = oauth_states.user_id "
    "AND u.external_user_id = coalesce(?2, u.external_user_id))";

constexpr auto find_flow = named("flows.find_flow", "SELECT ", flow_columns,
                                 " FROM oauth_states WHERE state = ?1", by_owner);
constexpr auto bind_flow =
    named("flows.bind_flow",
          "UPDATE oauth_states SET browser_hash = ?3 WHERE state = ?1 AND expires_at > ?4",
          by_owner, " RETURNING id");
constexpr auto take_flow = named("flows.take_flow", "DELETE FROM oauth_states WHERE state = ?1",
                                 by_owner, " RETURNING ", flow_columns);
constexpr auto purge_flows =
    named("flows.purge_flows", "DELETE FROM oauth_states WHERE expires_at < ?1", by_owner,
          " RETURNING id");
constexpr auto sealed_flows =
    named("flows.sealed_flows", "SELECT state, code_verifier FROM oauth_states WHERE state > ?1",
          by_owner, " ORDER BY state LIMIT ?3");
constexpr auto replace_verifier =
    named("flows.replace_verifier",
          "UPDATE oauth_states SET code_verifier = ?3 WHERE state = ?1 AND code_verifier = ?4",
          by_owner, " RETURNING id");
constexpr auto count_flows =
    named("flows.count_flows", "SELECT count(*) FROM oauth_states WHERE expires_at > ?1", by_owner);

Flow flow_from(const sql::Row& row) {
  return {.state_hash = row[0].text(),
          .user_id = model::UserId{row[1].text()},
          .external_user_id = model::ExternalUserId{row[2].text()},
          .scopes = scopes_from_text(row[3].text()),
          .redirect_uri = row[4].text(),
          .code_verifier_encrypted = row[5].text(),
          .return_url = row[6].text(),
          .expected_email = row[7].text(),
          .browser_hash = row[8].text(),
          .expires_at = row[9].time()};
}

class SqlFlows final : public Flows {
 public:
  SqlFlows(sql::Database& database, const Clock& clock, const Dialect& dialect)
      : database_{database}, clock_{clock}, dialect_{dialect} {}

  Task<void> begin(const model::Access& access, Flow flow) override {
    Statement statement{insert_flow,
                        crypto::random_uuid(),
                        std::move(flow.state_hash),
                        flow.user_id,
                        scopes_to_text(flow.scopes),
                        std::move(flow.redirect_uri),
                        std::move(flow.code_verifier_encrypted),
                        std::move(flow.return_url),
                        std::move(flow.expected_email),
                        std::move(flow.browser_hash),
                        flow.expires_at,
                        clock_.now(),
                        access.only_user()};
    if (dialect_.locks_rows) statement.sql = insert_flow_locking;
    const sql::Rows rows = co_await database_.write(std::move(statement));
    if (rows.empty()) throw Error{Errc::not_found, "There is no such user."};
  }

  Task<std::optional<Flow>> find(const model::Access& access, std::string state_hash) override {
    const sql::Rows rows =
        co_await database_.read(find_flow, std::move(state_hash), access.only_user());
    co_return first_from(rows, flow_from);
  }

  Task<bool> bind_browser(const model::Access& access, std::string state_hash,
                          std::string browser_hash) override {
    const sql::Rows rows =
        co_await database_.write(bind_flow, std::move(state_hash), access.only_user(),
                                 std::move(browser_hash), clock_.now());
    co_return !rows.empty();
  }

  Task<std::optional<Flow>> consume(const model::Access& access, std::string state_hash) override {
    const sql::Rows rows =
        co_await database_.write(take_flow, std::move(state_hash), access.only_user());
    co_return first_from(rows, flow_from);
  }

  Task<std::int64_t> purge_expired(const model::Access& access, Timestamp before) override {
    const sql::Rows rows = co_await database_.write(purge_flows, before, access.only_user());
    co_return static_cast<std::int64_t>(rows.size());
  }

  Task<std::vector<SealedFlow>> sealed_after(const model::Access& access, std::string after,
                                             std::int64_t limit) override {
    const sql::Rows rows = co_await database_.read(
        sealed_flows, std::move(after), access.only_user(), std::max(limit, std::int64_t{0}));
    co_return all_from(rows, [](const sql::Row& row) {
      return SealedFlow{.state_hash = row[0].text(), .code_verifier_encrypted = row[1].text()};
    });
  }

  Task<bool> reseal(const model::Access& access, SealedFlow seen, std::string anew) override {
    const sql::Rows rows =
        co_await database_.write(replace_verifier, std::move(seen.state_hash), access.only_user(),
                                 std::move(anew), std::move(seen.code_verifier_encrypted));
    co_return !rows.empty();
  }

  Task<std::int64_t> pending(const model::Access& access) override {
    const sql::Rows rows = co_await database_.read(count_flows, clock_.now(), access.only_user());
    co_return rows[0][0].integer();
  }

 private:
  sql::Database& database_;
  const Clock& clock_;
  const Dialect& dialect_;
};

}  // namespace

std::unique_ptr<Flows> sql_flows(sql::Database& database, const Clock& clock,
                                 const Dialect& dialect) {
  return std::make_unique<SqlFlows>(database, clock, dialect);
}

std::span<const sql::Sql> statements_of_flows() {
  static constexpr sql::Sql all[] = {insert_flow, insert_flow_locking, find_flow,
                                     bind_flow,   take_flow,           purge_flows,
                                     count_flows, sealed_flows,        replace_verifier};
  return all;
}

}  // namespace gmail_mcp::store
