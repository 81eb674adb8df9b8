#include "jwt/testing/signer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "crypto/base64.h"

namespace gmail_mcp::jwt::testing {

namespace json = boost::json;

namespace {

void must(bool holds) {
  if (!holds) throw std::runtime_error{"OpenSSL does not do what the test needs"};
}

EVP_PKEY* new_key(std::string_view algorithm) {
  if (algorithm == "ES256") return EVP_EC_gen("P-256");
  if (algorithm == "ES384") return EVP_EC_gen("P-384");
  if (algorithm == "EdDSA") return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  return EVP_RSA_gen(2048);
}

std::string number_of(EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  must(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string bytes(static_cast<std::size_t>(size != 0 ? size : BN_num_bytes(number)), '\0');
  must(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size())) >= 0);
  BN_free(number);
  return crypto::base64url_encode(bytes);
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm == "EdDSA") return nullptr;
  if (algorithm.ends_with("384")) return EVP_sha384();
  return algorithm.ends_with("512") ? EVP_sha512() : EVP_sha256();
}

// r and s, one after the other.
std::string joined_numbers(const std::string& der, int size) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  must(pair != nullptr);
  std::string out(static_cast<std::size_t>(2 * size), '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  must(BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes, size) == size);
  must(BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes + size, size) == size);
  ECDSA_SIG_free(pair);
  return out;
}

}  // namespace

Signer::Signer(std::string algorithm, std::string id)
    : algorithm_{std::move(algorithm)},
      id_{std::move(id)},
      key_{new_key(algorithm_), [](EVP_PKEY* key) { EVP_PKEY_free(key); }} {
  must(key_ != nullptr);
}

json::object Signer::jwk() const {
  json::object out{{"kid", id_}, {"alg", algorithm_}, {"use", "sig"}};
  if (algorithm_ == "EdDSA") {
    std::array<unsigned char, 32> raw{};
    std::size_t size = raw.size();
    must(EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size) == 1);
    out["kty"] = "OKP";
    out["crv"] = "Ed25519";
    out["x"] = crypto::base64url_encode({reinterpret_cast<const char*>(raw.data()), size});
  } else if (algorithm_.starts_with("ES")) {
    const int size = algorithm_ == "ES256" ? 32 : 48;
    out["kty"] = "EC";
    out["crv"] = algorithm_ == "ES256" ? "P-256" : "P-384";
    out["x"] = number_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, size);
    out["y"] = number_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size);
  } else {
    out["kty"] = "RSA";
    out["n"] = number_of(key_.get(), OSSL_PKEY_PARAM_RSA_N);
    out["e"] = number_of(key_.get(), OSSL_PKEY_PARAM_RSA_E);
  }
  return out;
}

std::string Signer::sign(const json::object& claims, const json::object& header) const {
  json::object all{{"alg", algorithm_}, {"kid", id_}, {"typ", "at+jwt"}};
  for (const auto& [name, value] : header) all[name] = value;
  return sign_text(json::serialize(all), json::serialize(claims));
}

std::string Signer::sign_text(std::string_view header, std::string_view claims) const {
  const auto text = crypto::base64url_encode(header) + "." + crypto::base64url_encode(claims);
  return text + "." + crypto::base64url_encode(signature(text));
}

std::string Signer::signature(const std::string& text) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* padding = nullptr;
  must(EVP_DigestSignInit(context, &padding, digest_of(algorithm_), nullptr, key_.get()) == 1);
  if (algorithm_ == "PS256") {
    must(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1);
    must(EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  must(EVP_DigestSign(context, nullptr, &size, bytes, text.size()) == 1);
  std::string made(size, '\0');
  must(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(made.data()), &size, bytes,
                      text.size()) == 1);
  made.resize(size);
  EVP_MD_CTX_free(context);
  if (!algorithm_.starts_with("ES")) return made;
  return joined_numbers(made, algorithm_ == "ES256" ? 32 : 48);
}

std::string Signer::public_pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PUBKEY(memory, key_.get()) == 1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  std::string pem{data, static_cast<std::size_t>(size)};
  BIO_free(memory);
  return pem;
}

std::string key_set(std::initializer_list<const Signer*> signers) {
  json::array keys;
  for (const auto* one : signers) keys.push_back(one->jwk());
  return json::serialize(json::object{{"keys", std::move(keys)}});
}

}  // namespace gmail_mcp::jwt::testing
