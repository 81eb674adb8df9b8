#include "jwt/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "jwt/text.h"
#include "schema/json_text.h"

namespace gmail_mcp::jwt {

namespace json = boost::json;

namespace {

constexpr std::size_t max_set_bytes = std::size_t{256} << 10;
constexpr std::size_t max_keys = 100;
constexpr std::size_t max_candidates = 4;
constexpr int min_rsa_bits = 2048;
constexpr int max_rsa_bits = 8192;

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// What OpenSSL notes about a bad key or signature would be taken for a failure of the next TLS
// connection on this thread.
struct ForgetFailures {
  ~ForgetFailures() { ERR_clear_error(); }
};

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> number(std::string_view big_endian) {
  return Owned<BIGNUM>{BN_bin2bn(bytes(big_endian), static_cast<int>(big_endian.size()), nullptr)};
}

using KeyPtr = std::shared_ptr<EVP_PKEY>;

KeyPtr owned(EVP_PKEY* key) {
  return key == nullptr ? nullptr : KeyPtr{key, [](EVP_PKEY* one) { EVP_PKEY_free(one); }};
}

// nullptr for values that are no public key of this type.
KeyPtr made_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> params{OSSL_PARAM_BLD_to_param(builder)};
  const Owned<EVP_PKEY_CTX> context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return owned(key);
}

// The bytes of a member in base64url (RFC 7518 §6.3); "" if there are none.
std::string bytes_at(const json::object& jwk, std::string_view name) {
  return base64url_bytes(text_at(jwk, name)).value_or("");
}

KeyPtr rsa_key(const json::object& jwk) {
  const auto modulus = bytes_at(jwk, "n");
  const auto exponent = bytes_at(jwk, "e");
  if (modulus.empty() || modulus.size() > max_rsa_bits / CHAR_BIT + 1) return nullptr;
  // A large exponent only costs time (OpenSSL allows up to 64 bits for large keys), and an even one
  // is none.
  const bool is_odd = !exponent.empty() && (static_cast<unsigned char>(exponent.back()) & 1U) != 0;
  if (exponent.size() > 8 || !is_odd) return nullptr;
  const auto n = number(modulus);
  const auto e = number(exponent);
  if (!n || !e || BN_is_one(e.get()) == 1 || BN_is_odd(n.get()) != 1) return nullptr;
  const int bits = BN_num_bits(n.get());
  if (bits < min_rsa_bits || bits > max_rsa_bits) return nullptr;
  const Owned<OSSL_PARAM_BLD> builder{OSSL_PARAM_BLD_new()};
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return made_of("RSA", builder.get());
}

KeyPtr ec_key(const json::object& jwk, const char* group, std::size_t size) {
  const auto x = bytes_at(jwk, "x");
  const auto y = bytes_at(jwk, "y");
  if (x.size() != size || y.size() != size) return nullptr;  // RFC 7518 §6.2.1.2
  const std::string point = "\x04" + x + y;                  // SEC 1 §2.3.3, uncompressed
  const Owned<OSSL_PARAM_BLD> builder{OSSL_PARAM_BLD_new()};
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  auto key = made_of("EC", builder.get());
  if (!key) return nullptr;
  // Otherwise a point beside the curve would be taken.
  const Owned<EVP_PKEY_CTX> context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
  return context && EVP_PKEY_public_check(context.get()) == 1 ? key : nullptr;
}

KeyPtr ed25519_key(const json::object& jwk) {
  const auto x = bytes_at(jwk, "x");
  if (x.size() != 32) return nullptr;
  return owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(x), x.size()));
}

// RFC 7517 §4.2 and §4.3.
bool is_for_verifying(const json::object& jwk) {
  if (jwk.contains("use") && text_at(jwk, "use") != "sig") return false;
  const auto* operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return true;
  const auto* list = operations->if_array();
  return list != nullptr && std::any_of(list->begin(), list->end(), [](const json::value& one) {
           return one.is_string() && one.get_string() == "verify";
         });
}

const EVP_MD* digest_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::rs256:
    case Algorithm::ps256:
    case Algorithm::es256: return EVP_sha256();
    case Algorithm::rs384:
    case Algorithm::es384: return EVP_sha384();
    case Algorithm::rs512: return EVP_sha512();
    case Algorithm::ed25519: break;  // has its own
  }
  return nullptr;
}

// The two numbers of an ECDSA signature, one after the other (RFC 7518 §3.4), as OpenSSL takes
// them; "" if they are none.
std::string der_signature(std::string_view signature, std::size_t size) {
  if (signature.size() != 2 * size) return {};
  const Owned<ECDSA_SIG> pair{ECDSA_SIG_new()};
  auto r = number(signature.substr(0, size));
  auto s = number(signature.substr(size));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());  // they belong to the pair now
  static_cast<void>(s.release());
  unsigned char* made = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &made);
  if (length <= 0) return {};
  std::string der{reinterpret_cast<const char*>(made), static_cast<std::size_t>(length)};
  OPENSSL_free(made);
  return der;
}

}  // namespace

std::optional<Algorithm> algorithm_of(std::string_view name) {
  static constexpr auto table =
      std::to_array<std::pair<std::string_view, Algorithm>>({{"RS256", Algorithm::rs256},
                                                             {"RS384", Algorithm::rs384},
                                                             {"RS512", Algorithm::rs512},
                                                             {"PS256", Algorithm::ps256},
                                                             {"ES256", Algorithm::es256},
                                                             {"ES384", Algorithm::es384},
                                                             {"EdDSA", Algorithm::ed25519},
                                                             {"Ed25519", Algorithm::ed25519}});
  for (const auto& [known, algorithm] : table) {
    if (known == name) return algorithm;
  }
  return std::nullopt;
}

std::optional<Key> Key::from_jwk(const json::object& jwk) {
  if (!is_for_verifying(jwk)) return std::nullopt;
  const ForgetFailures forget;
  Key key;
  key.id_ = text_at(jwk, "kid");
  if (jwk.contains("alg")) {
    key.only_ = algorithm_of(text_at(jwk, "alg"));
    if (!key.only_) return std::nullopt;
  }
  const auto type = text_at(jwk, "kty");
  const auto curve = text_at(jwk, "crv");
  if (type == "RSA") {
    key.type_ = Type::rsa;
    key.key_ = rsa_key(jwk);
  } else if (type == "EC" && curve == "P-256") {
    key.type_ = Type::p256;
    key.key_ = ec_key(jwk, "P-256", 32);
  } else if (type == "EC" && curve == "P-384") {
    key.type_ = Type::p384;
    key.key_ = ec_key(jwk, "P-384", 48);
  } else if (type == "OKP" && curve == "Ed25519") {
    key.type_ = Type::ed25519;
    key.key_ = ed25519_key(jwk);
  }
  if (!key.key_) return std::nullopt;
  return key;
}

bool Key::fits(Algorithm algorithm) const {
  if (only_ && *only_ != algorithm) return false;
  switch (algorithm) {
    case Algorithm::rs256:
    case Algorithm::rs384:
    case Algorithm::rs512:
    case Algorithm::ps256: return type_ == Type::rsa;
    case Algorithm::es256: return type_ == Type::p256;
    case Algorithm::es384: return type_ == Type::p384;
    case Algorithm::ed25519: return type_ == Type::ed25519;
  }
  return false;
}

bool Key::verifies(Algorithm algorithm, std::string_view signed_part,
                   std::string_view signature) const {
  if (!fits(algorithm)) return false;
  const ForgetFailures forget;
  std::string der;
  if (type_ == Type::p256 || type_ == Type::p384) {
    der = der_signature(signature, type_ == Type::p256 ? 32 : 48);
    if (der.empty()) return false;
    signature = der;
  }
  const Owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* padding = nullptr;
  if (!context || EVP_DigestVerifyInit(context.get(), &padding, digest_of(algorithm), nullptr,
                                       key_.get()) != 1) {
    return false;
  }
  if (algorithm == Algorithm::ps256 &&
      (EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(signed_part),
                          signed_part.size()) == 1;
}

Result<KeySet> KeySet::parse(std::string_view text) {
  const auto fault = [](const char* message) { return Error{Errc::unavailable, message}; };
  if (text.size() > max_set_bytes) return fault("The issuer's keys are longer than 256 KiB.");
  const auto document = read_object(text, {.depth = 8, .values = 20'000});
  const auto* list = document ? document->if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array()) return fault("The issuer's keys are no JWK Set.");
  KeySet set;
  for (const auto& one : list->get_array()) {
    const auto* jwk = one.if_object();
    if (jwk == nullptr) continue;
    if (auto key = Key::from_jwk(*jwk)) set.keys_.push_back(std::move(*key));
    if (set.keys_.size() == max_keys) break;
  }
  if (set.keys_.empty()) {
    return fault("None of the issuer's keys can be used: RSA, P-256, P-384 and Ed25519 can.");
  }
  return set;
}

std::vector<const Key*> KeySet::candidates(Algorithm algorithm, std::string_view id) const {
  std::vector<const Key*> out;
  for (const auto& key : keys_) {
    const bool may_be = id.empty() || key.id().empty() || key.id() == id;
    if (!may_be || !key.fits(algorithm)) continue;
    out.push_back(&key);
    if (out.size() == max_candidates) break;
  }
  return out;
}

bool KeySet::knows(std::string_view id) const {
  return std::any_of(keys_.begin(), keys_.end(), [id](const Key& key) { return key.id() == id; });
}

}  // namespace gmail_mcp::jwt
