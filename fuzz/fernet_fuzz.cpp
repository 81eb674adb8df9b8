// Whatever bytes stand in the database or the configuration: the key ring answers with a value or
// an error. The input is read as a token, as a key, and as a token that was signed with our key, so
// that what lies behind the signature is reached too.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "crypto/fernet.h"

namespace {

void require(bool truth) {
  if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace crypto = gmail_mcp::crypto;
  using gmail_mcp::Secret;
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  static const auto keys = crypto::KeyRing::parse({Secret{std::string(64, '6')}}).value();

  // Nobody can write a token for a key he does not have; the corpus has none.
  require(!keys.decrypt(input));
  const auto opened = keys.decrypt(keys.encrypt(input));
  require(opened && opened->equals(input));

  std::string sealed = '\x80' + std::string{input};
  sealed += crypto::hmac_sha256(std::string(16, '\x66'), sealed);
  const auto behind = keys.decrypt(crypto::base64url_encode(sealed));
  require(!behind || behind->size() < input.size());

  if (const auto strict = crypto::base64_decode_strict(input)) {
    require(crypto::base64_encode(*strict) == input);
    require(crypto::base64_decode(input) == strict);
  }
  if (const auto bytes = crypto::base64_decode(input)) {
    require(crypto::base64_decode(crypto::base64url_encode(*bytes)) == bytes);
  }
  if (const auto ring = crypto::KeyRing::parse({Secret{std::string{input}}})) {
    require(ring->decrypt(ring->encrypt(input)).has_value());
  }
  return 0;
}
