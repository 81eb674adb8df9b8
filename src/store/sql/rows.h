#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/connection.h"
#include "model/user.h"
#include "sql/database.h"
#include "store/connections.h"

// Converts between rows and values. Each list of columns is beside the function that reads it.
namespace gmail_mcp::store {

/// Scopes are a JSON array of strings, as the Python program wrote them; a list separated by spaces
/// or commas can be read too.
std::string scopes_to_text(const std::vector<std::string>& scopes);
std::vector<std::string> scopes_from_text(std::string_view text);

/// The result of `read` for each row, or for the first row if there is one.
template <class Read>
auto all_from(const sql::Rows& rows, Read read) {
  std::vector<decltype(read(rows[0]))> all;
  all.reserve(rows.size());
  for (const sql::Row& row : rows) all.push_back(read(row));
  return all;
}
template <class Read>
auto first_from(const sql::Rows& rows, Read read) {
  std::optional<decltype(read(rows[0]))> first;
  if (!rows.empty()) first = read(rows[0]);
  return first;
}

/// The text of the first column, as an id.
template <class T>
T id_from(const sql::Row& row) {
  return T{row[0].text()};
}

/// The value of a word in the database. We wrote it ourselves, so an unknown one is Errc::internal.
template <class T>
T known(std::optional<T> value) {
  if (!value) throw Error{Errc::internal, "The database holds a word that is not known."};
  return *value;
}

/// NULL for the empty string, which means no token.
sql::Value null_if_empty(std::string text);

/// The condition of a change of connections: ?2 is the user whose they must be, NULL for everybody.
inline constexpr char owned_connection[] =
    " AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = connections.user_id "
    "AND u.external_user_id = coalesce(?2, u.external_user_id)) ";

/// For SELECT ... FROM connections AS c JOIN users AS u.
inline constexpr char connection_columns[] =
    "c.id, c.user_id, u.external_user_id, c.gmail_address, c.kind, c.status, c.scopes, "
    "c.google_sub, c.display_name, c.token_expires_at, c.created_at, c.updated_at, "
    "c.last_used_at, c.version, c.last_ok_at, c.last_error_at, c.last_error";
inline constexpr std::size_t connection_column_count = 17;
/// The same for RETURNING, which sees one table.
inline constexpr char returned_connection_columns[] =
    "id, user_id, (SELECT u.external_user_id FROM users AS u WHERE u.id = connections.user_id), "
    "gmail_address, kind, status, scopes, google_sub, display_name, token_expires_at, created_at, "
    "updated_at, last_used_at, version, last_ok_at, last_error_at, last_error";
model::Connection connection_from(const sql::Row& row);

/// These follow the columns of a connection.
inline constexpr char credential_columns[] =
    ", access_token_encrypted, refresh_token_encrypted, app_password_encrypted, "
    "refresh_lease_until";
/// From three columns: access token, refresh token, App Password.
Ciphertexts ciphertexts_from(const sql::Row& row, std::size_t first);
StoredCredential credential_from(const sql::Row& row);

inline constexpr char user_columns[] = "id, external_user_id, email, created_at, updated_at";
model::User user_from(const sql::Row& row);

}  // namespace gmail_mcp::store
