#include "crypto/sealer.h"

#include <openssl/evp.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace gmail_mcp::crypto {

namespace {

// The parts of a sealed text: version ‖ name of the key ‖ nonce ‖ ciphertext ‖ tag. The ciphertext
// begins with the last second of validity.
constexpr char sealed_version = '\x01';
constexpr std::size_t name_size = 4;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t seconds_size = 8;
constexpr std::size_t head_size = 1 + name_size + nonce_size;
constexpr std::size_t max_sealed = std::size_t{1} << 20;

using GcmContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

const EVP_CIPHER* aes_256_gcm() {
  static const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> algorithm{
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), EVP_CIPHER_free};
  return algorithm.get();
}

// The label has no NUL, so no other pair of label and binding gives the same text.
std::string authenticated_with(std::string_view head, std::string_view label,
                               std::string_view bound_to) {
  std::string text{head};
  text += label;
  text += '\0';
  text += bound_to;
  return text;
}

[[noreturn]] void refuse_to_seal() {
  throw Error{Errc::internal, "OpenSSL cannot encrypt with AES-256-GCM."};
}

std::string eight_bytes(std::int64_t number) {
  auto rest = static_cast<std::uint64_t>(number);
  std::string bytes(seconds_size, '\0');
  for (std::size_t i = seconds_size; i-- > 0; rest >>= 8) bytes[i] = static_cast<char>(rest);
  return bytes;
}

std::int64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(number);
}

}  // namespace

class Sealer::Keys {
 public:
  explicit Keys(std::function<std::vector<Secret>()> derive) : derive_{std::move(derive)} {}

  const std::vector<Key>& all() {
    std::call_once(once_, [this] {
      for (auto& secret : derive_()) {
        auto name = hmac_sha256(secret.reveal(), "name").substr(0, name_size);
        keys_.push_back({std::move(name), std::move(secret)});
      }
      derive_ = nullptr;
    });
    return keys_;
  }

 private:
  std::function<std::vector<Secret>()> derive_;
  std::once_flag once_;
  std::vector<Key> keys_;
};

Sealer::Sealer(const KeyRing& keys, std::string_view label)
    : Sealer{[keys, of = std::string{label}] { return keys.derive_all(of); }, label} {}

Sealer::Sealer(std::function<std::vector<Secret>()> derive, std::string_view label)
    : keys_{std::make_shared<Keys>(std::move(derive))}, label_{label} {}

Sealer Sealer::for_this_process(std::string_view label) {
  constexpr std::size_t key_bytes = 32;
  return Sealer{[random = Secret{random_bytes(key_bytes)}] { return std::vector{random}; }, label};
}

std::string Sealer::seal(std::string_view plain, std::string_view bound_to, Timestamp until) const {
  const auto& key = keys_->all().front();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(until).time_since_epoch().count();
  std::string sealed{sealed_version};
  sealed += key.name;
  sealed += random_bytes(nonce_size);
  const auto bound = authenticated_with(sealed, label_, bound_to);
  const auto text = eight_bytes(seconds) + std::string{plain};

  const GcmContext context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  const auto* nonce = bytes_of(sealed) + 1 + name_size;
  std::string cipher(text.size(), '\0');
  std::string tag(tag_size, '\0');
  int size = 0;
  if (!context ||
      EVP_EncryptInit_ex2(context.get(), aes_256_gcm(), bytes_of(key.secret.reveal()), nonce,
                          nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(bound),
                        static_cast<int>(bound.size())) != 1 ||
      EVP_EncryptUpdate(context.get(), bytes_of(cipher), &size, bytes_of(text),
                        static_cast<int>(text.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), bytes_of(tag), &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size),
                          bytes_of(tag)) != 1) {
    refuse_to_seal();
  }
  return base64url_encode(sealed + cipher + tag);
}

std::optional<Sealer::Opened> Sealer::open(std::string_view sealed, std::string_view bound_to,
                                           Timestamp now) const {
  if (sealed.size() > max_sealed) return std::nullopt;
  const auto decoded = base64_decode(sealed);
  if (!decoded || decoded->size() < head_size + seconds_size + tag_size) return std::nullopt;
  // Another spelling of the same bytes is not what we gave out.
  if (base64url_encode(*decoded) != sealed || decoded->front() != sealed_version) {
    return std::nullopt;
  }
  const std::string_view head = std::string_view{*decoded}.substr(0, head_size);
  const auto name = head.substr(1, name_size);
  auto tag = decoded->substr(decoded->size() - tag_size);
  const auto cipher =
      std::string_view{*decoded}.substr(head_size, decoded->size() - head_size - tag_size);
  const auto bound = authenticated_with(head, label_, bound_to);
  const auto& keys = keys_->all();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].name != name) continue;
    const GcmContext context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
    std::string text(cipher.size(), '\0');
    int size = 0;
    const bool is_ours =
        context &&
        EVP_DecryptInit_ex2(context.get(), aes_256_gcm(), bytes_of(keys[i].secret.reveal()),
                            bytes_of(head.substr(1 + name_size)), nullptr) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(bound),
                          static_cast<int>(bound.size())) == 1 &&
        EVP_DecryptUpdate(context.get(), bytes_of(text), &size, bytes_of(cipher),
                          static_cast<int>(cipher.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_size),
                            bytes_of(tag)) == 1 &&
        EVP_DecryptFinal_ex(context.get(), bytes_of(tag), &size) == 1;
    if (!is_ours) continue;
    Opened opened;
    const std::chrono::seconds until{number_of(std::string_view{text}.substr(0, seconds_size))};
    opened.until = Timestamp{until};
    opened.is_expired = now > opened.until;
    opened.plain = text.substr(seconds_size);
    opened.key = i;
    return opened;
  }
  return std::nullopt;
}

std::optional<std::string> Sealer::open_valid(std::string_view sealed, std::string_view bound_to,
                                              Timestamp now) const {
  auto opened = open(sealed, bound_to, now);
  if (!opened || opened->is_expired) return std::nullopt;
  return std::move(opened->plain);
}

}  // namespace gmail_mcp::crypto
