#include "crypto/fernet.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace gmail_mcp::crypto {

namespace {

// The parts of a token: version ‖ seconds ‖ IV ‖ ciphertext ‖ HMAC of all before.
constexpr char version = '\x80';
constexpr std::size_t time_size = 8;
constexpr std::size_t block_size = 16;
constexpr std::size_t header_size = 1 + time_size + block_size;
constexpr std::size_t mac_size = 32;
constexpr std::size_t key_size = 32;

constexpr std::string_view how_to_make_a_key = "`gmail-mcp keygen` makes one.";

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Wipes what OpenSSL wrote, before the memory is freed.
struct Wiped {
  explicit Wiped(std::size_t size) : text(size, '\0') {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }

  std::string text;
};

const EVP_CIPHER* aes_128_cbc() {
  static const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> algorithm{
      EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr), EVP_CIPHER_free};
  return algorithm.get();
}

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

// Appends the ciphertext of `plain` to `token`, whose last block is the IV.
void append_encrypted(std::string& token, const Secret& key, std::string_view plain) {
  const CipherContext context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  const std::size_t start = token.size();
  const std::string iv = token.substr(start - block_size);
  token.resize(start + (plain.size() / block_size + 1) * block_size);
  int body = 0;
  int rest = 0;
  if (EVP_EncryptInit_ex2(context.get(), aes_128_cbc(), raw(key.reveal()), raw(iv), nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), raw(token) + start, &body, raw(plain),
                        static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), raw(token) + start + body, &rest) != 1) {
    throw Error{Errc::internal, "OpenSSL cannot encrypt with AES-128-CBC."};
  }
}

std::optional<Secret> decrypted(std::string_view iv, const Secret& key, std::string_view cipher) {
  const CipherContext context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  Wiped plain{cipher.size() + block_size};
  int body = 0;
  int rest = 0;
  if (EVP_DecryptInit_ex2(context.get(), aes_128_cbc(), raw(key.reveal()), raw(iv), nullptr) != 1 ||
      EVP_DecryptUpdate(context.get(), raw(plain.text), &body, raw(cipher),
                        static_cast<int>(cipher.size())) != 1 ||
      EVP_DecryptFinal_ex(context.get(), raw(plain.text) + body, &rest) != 1) {
    return std::nullopt;
  }
  return Secret{
      plain.text.substr(0, static_cast<std::size_t>(body) + static_cast<std::size_t>(rest))};
}

// RFC 5869 without salt: the input key is uniformly random already.
Secret hkdf_sha256(const Secret& key, std::string_view label) {
  static const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> algorithm{
      EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free};
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context{
      EVP_KDF_CTX_new(algorithm.get()), EVP_KDF_CTX_free};
  // OSSL_PARAM points to what it passes in without promising not to write; HKDF only reads.
  std::string digest = "SHA256";
  std::string info{label};
  auto* secret = const_cast<char*>(key.reveal().data());
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  Wiped derived{key_size};
  if (!context || EVP_KDF_derive(context.get(), raw(derived.text), key_size, parameters) != 1) {
    throw Error{Errc::internal, "OpenSSL cannot derive a key with HKDF."};
  }
  return Secret{derived.text};
}

std::string big_endian(std::uint64_t number) {
  std::string bytes(time_size, '\0');
  for (std::size_t i = time_size; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number);
  return bytes;
}

std::optional<std::string> key_bytes(std::string_view text) {
  if (text.size() == 2 * key_size) return from_hex(text);
  if (text.size() != 44) return std::nullopt;
  auto bytes = base64_decode(text);
  if (!bytes || bytes->size() != key_size) return std::nullopt;
  return bytes;
}

Error bad_key(std::size_t position, std::size_t length) {
  const bool right_length = length == 44 || length == 2 * key_size;
  const auto found =
      right_length
          ? fmt::format("has {} characters as it should, but they do not spell 32 bytes", length)
          : fmt::format("has {} character{}", length, length == 1 ? "" : "s");
  return Error{Errc::misconfigured,
               fmt::format("Encryption key {} {}; expected are 44 characters of base64 or 64 "
                           "hexadecimal digits.",
                           position, found),
               std::string{how_to_make_a_key}};
}

Error cannot_decrypt() {
  return Error{Errc::misconfigured,
               "A stored secret cannot be decrypted with the configured encryption key.",
               "Configure the key it was encrypted with again; a new key goes before it in the "
               "list, not in its place."};
}

}  // namespace

Result<KeyRing> KeyRing::parse(const std::vector<Secret>& keys) {
  if (keys.empty()) {
    return Error{Errc::misconfigured, "No encryption key is configured.",
                 std::string{how_to_make_a_key}};
  }
  std::vector<Key> ring;
  for (const auto& key : keys) {
    const auto text = trim(key.reveal());
    auto bytes = key_bytes(text);
    if (!bytes) return bad_key(ring.size() + 1, text.size());
    ring.push_back({.signing = Secret{bytes->substr(0, key_size / 2)},
                    .encryption = Secret{bytes->substr(key_size / 2)},
                    .whole = Secret{std::move(*bytes)}});
  }
  return KeyRing{std::move(ring)};
}

Secret KeyRing::generate() {
  return Secret{base64url_encode(random_bytes(key_size), Padding::with)};
}

std::string KeyRing::encrypt(std::string_view plain) const {
  const Key& key = keys_.front();
  const auto now = SystemClock{}.now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  std::string token{version};
  token.reserve(header_size + plain.size() + block_size + mac_size);
  token += big_endian(static_cast<std::uint64_t>(seconds));
  token += random_bytes(block_size);
  append_encrypted(token, key.encryption, plain);
  token += hmac_sha256(key.signing.reveal(), token);
  return base64url_encode(token, Padding::with);
}

std::optional<KeyRing::Opened> KeyRing::open(std::string_view token) const {
  const auto bytes = base64_decode(token);
  if (!bytes || bytes->size() < header_size + block_size + mac_size || bytes->front() != version) {
    return std::nullopt;
  }
  const std::string_view whole{*bytes};
  const auto sealed = whole.substr(0, whole.size() - mac_size);
  const auto mac = whole.substr(sealed.size());
  const auto cipher = sealed.substr(header_size);
  if (cipher.size() % block_size != 0) return std::nullopt;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    if (!equal_in_constant_time(hmac_sha256(key.signing.reveal(), sealed), mac)) continue;
    const auto iv = sealed.substr(1 + time_size, block_size);
    auto plain = decrypted(iv, key.encryption, cipher);
    if (!plain) return std::nullopt;
    return Opened{.key = i, .plain = std::move(*plain)};
  }
  return std::nullopt;
}

Result<Secret> KeyRing::decrypt(std::string_view token) const {
  auto opened = open(token);
  if (!opened) return cannot_decrypt();
  return std::move(opened->plain);
}

std::optional<std::size_t> KeyRing::opener_of(std::string_view token) const {
  const auto opened = open(token);
  if (!opened) return std::nullopt;
  return opened->key;
}

std::vector<std::string> KeyRing::fingerprints() const {
  constexpr std::size_t shown_bytes = 4;
  std::vector<std::string> names;
  for (const auto& derived : derive_all("fingerprint")) {
    names.push_back(to_hex(std::string_view{derived.reveal()}.substr(0, shown_bytes)));
  }
  return names;
}

Secret KeyRing::derive(std::string_view label) const {
  return hkdf_sha256(keys_.front().whole, label);
}

std::vector<Secret> KeyRing::derive_all(std::string_view label) const {
  std::vector<Secret> derived;
  for (const Key& key : keys_) derived.push_back(hkdf_sha256(key.whole, label));
  return derived;
}

}  // namespace gmail_mcp::crypto
