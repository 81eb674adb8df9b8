#include "store/sql/foreign_accounts.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

namespace {

using sql::Sql;
using sql::Statement;

constexpr Sql oauth_accounts =
    "SELECT c.id, u.external_user_id, c.gmail_address, c.scopes, c.access_token_encrypted, "
    "c.refresh_token_encrypted, c.token_expires_at, c.is_active "
    "FROM gmail_connections AS c JOIN users AS u ON u.id = c.user_id "
    "ORDER BY c.created_at, c.id";

constexpr Sql columns_of_gmail_accounts =
    "SELECT name FROM pragma_table_info('gmail_accounts') ORDER BY cid";
constexpr Sql rows_of_gmail_accounts = "SELECT * FROM gmail_accounts ORDER BY rowid";
constexpr Sql columns_of_accounts = "SELECT name FROM pragma_table_info('accounts') ORDER BY cid";
constexpr Sql rows_of_accounts = "SELECT * FROM accounts ORDER BY rowid";

std::string text_of(const sql::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.variant())) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value.variant())) {
    return std::to_string(*number);
  }
  return {};
}

bool truth_of(const sql::Value& value) {
  const auto text = to_lower_ascii(text_of(value));
  return text != "0" && text != "false";
}

// Reads both forms that occur in one column there, all in UTC. An unreadable time counts as past.
std::optional<Timestamp> time_of(const sql::Value& value) {
  auto time = parse_iso8601(text_of(value));
  if (!time) return Timestamp{};
  return time.value();
}

// Where the wanted columns of another program's table are.
struct Places {
  std::optional<std::size_t> id, user, address, password, display_name, is_active;
};

std::optional<std::size_t> place_of(const std::vector<std::string>& columns,
                                    std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto it = std::find(columns.begin(), columns.end(), name);
    if (it != columns.end()) return static_cast<std::size_t>(it - columns.begin());
  }
  return std::nullopt;
}

Places places_in(const std::vector<std::string>& columns) {
  Places at;
  at.id = place_of(columns, {"id", "account_id"});
  at.user = place_of(columns, {"user_id", "external_user_id", "owner_id"});
  at.address = place_of(columns, {"email", "gmail_address", "email_address"});
  at.display_name = place_of(columns, {"display_name", "name"});
  at.is_active = place_of(columns, {"is_active", "active"});
  const auto password = std::find_if(columns.begin(), columns.end(), [](const std::string& name) {
    return name.find("password") != std::string::npos;
  });
  if (password != columns.end()) {
    at.password = static_cast<std::size_t>(password - columns.begin());
  }
  return at;
}

Error not_known() {
  return {Errc::misconfigured,
          "This is a database of neither gmail-multi-user-mcp nor gmail-mcp-multiuser.",
          "Name the SQLite file that program used; a database of gmail-mcp itself needs no import: "
          "set storage.sqlite.path to it."};
}

Task<std::vector<ForeignAccount>> read_oauth_accounts(sql::Database& database) {
  Statement all{oauth_accounts};
  const auto rows = co_await database.read(std::move(all));
  std::vector<ForeignAccount> accounts;
  for (const auto& row : rows) {
    ForeignAccount account;
    account.id = text_of(row[0]);
    account.user = text_of(row[1]);
    account.address = text_of(row[2]);
    account.scopes = scopes_from_text(text_of(row[3]));
    account.ciphertexts.access_token = text_of(row[4]);
    account.ciphertexts.refresh_token = text_of(row[5]);
    account.token_expires_at = time_of(row[6]);
    account.is_active = truth_of(row[7]);
    accounts.push_back(std::move(account));
  }
  co_return accounts;
}

Task<std::vector<ForeignAccount>> read_password_accounts(sql::Database& database, Sql columns_of,
                                                         Sql rows_of) {
  Statement names{columns_of};
  const auto named = co_await database.read(std::move(names));
  std::vector<std::string> columns;
  for (const auto& row : named) columns.push_back(to_lower_ascii(text_of(row[0])));
  const auto at = places_in(columns);
  if (!at.id || !at.user || !at.address || !at.password) throw not_known();
  Statement all{rows_of};
  const auto rows = co_await database.read(std::move(all));
  std::vector<ForeignAccount> accounts;
  for (const auto& row : rows) {
    ForeignAccount account;
    account.kind = model::ConnectionKind::app_password;
    account.id = text_of(row[*at.id]);
    account.user = text_of(row[*at.user]);
    account.address = text_of(row[*at.address]);
    account.ciphertexts.app_password = text_of(row[*at.password]);
    if (at.display_name) account.display_name = text_of(row[*at.display_name]);
    account.is_active = !at.is_active || truth_of(row[*at.is_active]);
    accounts.push_back(std::move(account));
  }
  co_return accounts;
}

Task<std::vector<ForeignAccount>> read_known_tables(sql::Database& database) {
  const auto tables = co_await database.tables();
  if (tables.contains("gmail_connections") && tables.contains("users")) {
    co_return co_await read_oauth_accounts(database);
  }
  if (tables.contains("gmail_accounts")) {
    co_return co_await read_password_accounts(database, columns_of_gmail_accounts,
                                              rows_of_gmail_accounts);
  }
  if (tables.contains("accounts")) {
    co_return co_await read_password_accounts(database, columns_of_accounts, rows_of_accounts);
  }
  throw not_known();
}

}  // namespace

Task<std::vector<ForeignAccount>> foreign_accounts_in(sql::Database& database) {
  try {
    co_return co_await read_known_tables(database);
  } catch (const Error& failed) {
    // The table has their name but is something else: it has other columns, or is a view.
    if (failed.code != Errc::internal) throw;
  }
  throw not_known();
}

}  // namespace gmail_mcp::store
