#include "store/sql/rows.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/error.h"

namespace gmail_mcp::store {

namespace json = boost::json;

namespace {

// In a row written by hand, optional columns of 001 may be missing.
Timestamp time_or_epoch(const sql::Value& value) {
  return value.is_null() ? Timestamp{} : value.time();
}

std::string text_or_empty(const sql::Value& value) {
  return value.is_null() ? std::string{} : value.text();
}

}  // namespace

std::string scopes_to_text(const std::vector<std::string>& scopes) {
  json::array array;
  for (const auto& scope : scopes) array.emplace_back(scope);
  return json::serialize(array);
}

std::vector<std::string> scopes_from_text(std::string_view text) {
  std::vector<std::string> scopes;
  boost::system::error_code not_json;
  const json::value value = json::parse(text, not_json);
  if (!not_json && value.is_array()) {
    for (const auto& scope : value.get_array()) {
      if (scope.is_string()) scopes.emplace_back(scope.get_string());
    }
    return scopes;
  }
  constexpr std::string_view separators = " ,";
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, start), text.size());
    if (end > start) scopes.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return scopes;
}

sql::Value null_if_empty(std::string text) {
  return text.empty() ? sql::Value{} : sql::Value{std::move(text)};
}

model::Connection connection_from(const sql::Row& row) {
  return {.id = model::ConnectionId{row[0].text()},
          .user_id = model::UserId{row[1].text()},
          .external_user_id = model::ExternalUserId{row[2].text()},
          .gmail_address = row[3].text(),
          .kind = known(model::connection_kind(row[4].text())),
          .status = known(model::connection_status(row[5].text())),
          .scopes = scopes_from_text(row[6].text()),
          .google_sub = row[7].text(),
          .display_name = row[8].text(),
          .token_expires_at = row[9].optional_time(),
          .created_at = time_or_epoch(row[10]),
          .updated_at = time_or_epoch(row[11]),
          .last_used_at = row[12].optional_time(),
          .version = row[13].integer(),
          .last_ok_at = row[14].optional_time(),
          .last_error_at = row[15].optional_time(),
          .last_error = row[16].text()};
}

Ciphertexts ciphertexts_from(const sql::Row& row, std::size_t first) {
  return {.access_token = text_or_empty(row[first]),
          .refresh_token = text_or_empty(row[first + 1]),
          .app_password = text_or_empty(row[first + 2])};
}

StoredCredential credential_from(const sql::Row& row) {
  return {.connection = connection_from(row),
          .ciphertexts = ciphertexts_from(row, 17),
          .refresh_lease_until = row[20].optional_time()};
}

model::User user_from(const sql::Row& row) {
  return {.id = model::UserId{row[0].text()},
          .external_id = model::ExternalUserId{row[1].text()},
          .email = text_or_empty(row[2]),
          .created_at = time_or_epoch(row[3]),
          .updated_at = time_or_epoch(row[4])};
}

}  // namespace gmail_mcp::store
