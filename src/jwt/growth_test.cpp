// Text from strangers and from issuers: four times as much takes four times the work.
#include <gtest/gtest.h>

#include "base/testing/growth.h"
#include "crypto/base64.h"
#include "jwt/issuer_keys.h"
#include "jwt/token.h"

namespace gmail_mcp::jwt {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::repeated;

TEST(JwtGrowth, Tokens) {
  constexpr std::size_t largest = max_token_bytes / 4 - 64;
  const auto read = [](const std::string& text) {
    const auto token = take_apart(text);
    if (token) claims_issuer(*token, "https://login.example.com/");
  };
  for (const auto* unit : {".", "a", "eyJ", "e30.", "=", "\xff"}) {
    expect_linear(
        unit, largest, [unit](std::size_t n) { return repeated(unit, n); }, read);
  }
  for (const auto* unit : {"[", "{\"a\":", "\"a\",", "1,", "\\"}) {
    const auto make = [unit](std::size_t n) {
      const auto header = crypto::base64url_encode(R"({"alg":"RS256"})");
      return header + "." + crypto::base64url_encode(repeated(unit, n * 3 / 4)) + ".aQ";
    };
    expect_linear(unit, largest, make, read);
  }
}

TEST(JwtGrowth, DocumentsOfIssuers) {
  for (const auto* unit : {"[", "{\"keys\":", "{\"kty\":\"oct\"},", "\"a\",", "1,"}) {
    const auto make = [unit](std::size_t n) { return "{\"keys\":[" + repeated(unit, n); };
    expect_linear(unit, 8 << 10, make,
                  [](const std::string& text) { KeySet::parse(text).has_value(); });
    expect_linear(unit, 8 << 10, make, [](const std::string& text) {
      IssuerMetadata::parse(text, "https://login.example.com/").has_value();
    });
  }
  const auto ages = [](std::size_t n) { return repeated("max-age=x,", n); };
  expect_linear("max-age", 8 << 10, ages, [](const std::string& text) {
    lifetime_of_keys(http::Headers{{"Cache-Control", text}});
  });
}

}  // namespace
}  // namespace gmail_mcp::jwt
