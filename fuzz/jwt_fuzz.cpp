// Any bytes as a token, or as an issuer's documents. The first byte chooses. No token is ever taken
// for good here: nobody has the private keys.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "jwt/issuer_keys.h"
#include "jwt/token.h"

namespace jwt = gmail_mcp::jwt;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

// RFC 8037 appendix A.2.
const jwt::KeySet& known_keys() {
  static const auto keys =
      jwt::KeySet::parse(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k",)"
                         R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  return *keys;
}

void read_token(std::string_view text) {
  const auto token = jwt::take_apart(text);
  if (!token) return;
  check(jwt::max_token_bytes >= text.size());
  const jwt::Rules rules{"https://issuer.example", {"https://mail.example.com/mcp"}};
  check(!jwt::verify(*token, known_keys(), rules, gmail_mcp::Timestamp{}).has_value());
  jwt::claims_issuer(*token, rules.issuer);
}

void read_keys(std::string_view text) {
  const auto keys = jwt::KeySet::parse(text);
  if (!keys) return;
  check(keys->size() > 0 && keys->size() <= 100);
  check(keys->candidates(jwt::Algorithm::rs256, "").size() <= 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 3) {
    case 0: read_token(text); break;
    case 1: read_keys(text); break;
    default: jwt::IssuerMetadata::parse(text, "https://issuer.example").has_value(); break;
  }
  return 0;
}
