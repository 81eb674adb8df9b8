#pragma once

#include <openssl/evp.h>

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace gmail_mcp::jwt::testing {

/// An issuer's private key, made anew, for tests: it signs tokens as an authorization server does.
class Signer {
 public:
  /// `algorithm`: "RS256", "RS384", "RS512", "PS256", "ES256", "ES384" or "EdDSA".
  Signer(std::string algorithm, std::string id);

  /// Its public key (RFC 7517), with kid and alg.
  boost::json::object jwk() const;
  /// A token with this key's alg and kid, typ at+jwt, and what `header` says beyond or instead.
  std::string sign(const boost::json::object& claims, const boost::json::object& header = {}) const;
  /// The two given parts, joined and signed.
  std::string sign_text(std::string_view header, std::string_view claims) const;
  /// The public key in PEM, of which a careless server makes an HMAC key.
  std::string public_pem() const;

 private:
  std::string signature(const std::string& text) const;

  std::string algorithm_;
  std::string id_;
  std::shared_ptr<EVP_PKEY> key_;
};

/// A JWK Set of these keys.
std::string key_set(std::initializer_list<const Signer*> signers);

}  // namespace gmail_mcp::jwt::testing
