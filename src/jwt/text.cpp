#include "jwt/text.h"

#include <algorithm>
#include <utility>

#include "crypto/base64.h"

namespace gmail_mcp::jwt {

namespace json = boost::json;

std::optional<std::string> base64url_bytes(std::string_view text) {
  auto decoded = crypto::base64_decode(text);
  if (!decoded || crypto::base64url_encode(*decoded) != text) return std::nullopt;
  return decoded;
}

std::optional<json::object> read_object(std::string_view text, const schema::JsonRules& rules) {
  auto read = schema::read_json(text, rules);
  auto* value = std::get_if<json::value>(&read);
  if (value == nullptr || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

std::string_view text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

}  // namespace gmail_mcp::jwt
