#include "sql/testing/rest_tokens.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <vector>

#include "base/text.h"

namespace gmail_mcp::sql::testing {

namespace json = boost::json;

namespace {

constexpr std::int64_t allowed_skew = 30;  // seconds

std::string to_base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  while (!text.empty() && text.back() == '=') text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

std::optional<std::string> from_base64url(std::string_view url_text) {
  std::string text{url_text};
  for (char& c : text) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  const std::size_t padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  std::string bytes(text.size() / 4 * 3 + 1, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0 || padding > 2) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string signature_of(std::string_view signed_part, std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(),
       digest.data(), &size);
  return to_base64url({reinterpret_cast<const char*>(digest.data()), size});
}

TokenFault unreadable(std::string message, std::string details = {}) {
  return {"PGRST301", std::move(message), std::move(details)};
}

TokenFault refused(std::string message) { return {"PGRST303", std::move(message), {}}; }

std::optional<json::object> object_in(std::string_view part) {
  const auto text = from_base64url(part);
  if (!text) return std::nullopt;
  boost::system::error_code failure;
  auto value = json::parse(*text, failure);
  if (failure || !value.is_object()) return std::nullopt;
  return value.get_object();
}

// The moment that a claim names: nothing if it is not there, a fault if it is no number.
std::optional<TokenFault> check_moment(const json::object& claims, std::string_view name,
                                       std::optional<double>& moment) {
  const auto* claim = claims.if_contains(name);
  if (claim == nullptr) return std::nullopt;
  if (!claim->is_number()) return refused(fmt::format("The JWT '{}' claim must be a number", name));
  moment = claim->to_number<double>();
  return std::nullopt;
}

}  // namespace

std::string make_token(const json::object& claims, std::string_view secret) {
  std::string token =
      to_base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + to_base64url(json::serialize(claims));
  const auto signature = signature_of(token, secret);
  return token + "." + signature;
}

std::variant<json::object, TokenFault> read_token(std::string_view token, std::string_view secret,
                                                  std::int64_t now) {
  if (token.empty()) return unreadable("Empty JWT is sent in Authorization header");
  const auto parts = split(token, '.');
  if (parts.size() != 3) {
    return unreadable(fmt::format("Expected 3 parts in JWT; got {}", parts.size()));
  }
  const auto head = object_in(parts[0]);
  if (!head) return unreadable("JWT couldn't be decoded");
  const auto* algorithm = head->if_contains("alg");
  if (algorithm == nullptr || *algorithm != "HS256") {
    return unreadable("Wrong or unsupported encoding algorithm");
  }
  if (signature_of(token.substr(0, token.rfind('.')), secret) != parts[2]) {
    return unreadable("No suitable key or wrong key type",
                      "None of the keys was able to decode the JWT");
  }
  const auto claims = object_in(parts[1]);
  if (!claims) return refused("Parsing claims failed");
  std::optional<double> expires, begins, issued;
  if (auto fault = check_moment(*claims, "exp", expires)) return *fault;
  if (auto fault = check_moment(*claims, "nbf", begins)) return *fault;
  if (auto fault = check_moment(*claims, "iat", issued)) return *fault;
  const auto moment = static_cast<double>(now);
  if (expires && *expires < moment - allowed_skew) return refused("JWT expired");
  if (begins && *begins > moment + allowed_skew) return refused("JWT not yet valid");
  if (issued && *issued > moment + allowed_skew) return refused("JWT issued at future");
  return *claims;
}

}  // namespace gmail_mcp::sql::testing
