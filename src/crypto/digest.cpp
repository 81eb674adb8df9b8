#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstddef>
#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace gmail_mcp::crypto {

namespace {

constexpr std::size_t digest_size = 32;

const unsigned char* hashed_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL 3 searches its providers whenever an algorithm is named; the search costs more than a
// short digest. The handles are immutable, so each is fetched once.
const EVP_MD* sha256_algorithm() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free};
  return algorithm.get();
}

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// Making a context costs more than a short digest: a thread keeps one, which each digest begins
// anew and wipes at its end.
EVP_MD_CTX* sha256_context() {
  thread_local const DigestContext context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  return context.get();
}

using MacContext = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

MacContext new_hmac() {
  static const MacContext blank = [] {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> algorithm{
        EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free};
    MacContext context{EVP_MAC_CTX_new(algorithm.get()), EVP_MAC_CTX_free};
    std::array<char, 7> name{"SHA256"};
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
        OSSL_PARAM_construct_end()};
    if (EVP_MAC_CTX_set_params(context.get(), parameters.data()) != 1) context.reset();
    return context;
  }();
  return MacContext{blank ? EVP_MAC_CTX_dup(blank.get()) : nullptr, EVP_MAC_CTX_free};
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string digest(digest_size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(digest.data());
  auto* context = sha256_context();
  if (EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) != 1 ||
      EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context, out, nullptr) != 1) {
    throw Error{Errc::internal, "OpenSSL cannot compute SHA-256."};
  }
  return digest;
}

std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(bytes)); }

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  // An absent key would make OpenSSL keep the previous one, so an empty key is still a pointer.
  const unsigned char* key_bytes = key.empty() ? hashed_bytes("") : hashed_bytes(key);
  std::string code(digest_size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(code.data());
  std::size_t size = 0;
  const auto context = new_hmac();
  if (!context || EVP_MAC_init(context.get(), key_bytes, key.size(), nullptr) != 1 ||
      EVP_MAC_update(context.get(), hashed_bytes(bytes), bytes.size()) != 1 ||
      EVP_MAC_final(context.get(), out, &size, code.size()) != 1 || size != code.size()) {
    throw Error{Errc::internal, "OpenSSL cannot compute HMAC-SHA256."};
  }
  return code;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace gmail_mcp::crypto
