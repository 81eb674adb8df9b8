#pragma once

#include <openssl/evp.h>

#include <boost/json/object.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "jwt/algorithm.h"

namespace gmail_mcp::jwt {

/// A public key of an issuer (RFC 7517): RSA of 2048 to 8192 bits, EC on P-256 or P-384, or
/// Ed25519. Immutable and thread-safe; copies refer to the same key.
class Key {
 public:
  /// nullopt for a key that is not for verifying one of our algorithms, or is malformed.
  static std::optional<Key> from_jwk(const boost::json::object& jwk);

  const std::string& id() const { return id_; }  // kid; may be empty
  /// Whether a token may name this algorithm: only those of the key's type, and only the one that
  /// the key names, if it does.
  bool fits(Algorithm algorithm) const;
  /// `signature`: the bytes of RFC 7518, not DER.
  bool verifies(Algorithm algorithm, std::string_view signed_part,
                std::string_view signature) const;

 private:
  enum class Type { rsa, p256, p384, ed25519 };
  Key() = default;

  std::string id_;
  Type type_ = Type::rsa;
  std::optional<Algorithm> only_;  // its `alg`
  std::shared_ptr<EVP_PKEY> key_;
};

/// The keys of an issuer. A value.
class KeySet {
 public:
  /// Of a JWK Set document of at most 256 KiB (RFC 7517 §5). Keys that cannot be used are left out,
  /// as are all beyond the first hundred. Errors: unavailable when it is no such document or no key
  /// of it can be used.
  static Result<KeySet> parse(std::string_view text);

  std::size_t size() const { return keys_.size(); }
  /// Those that may have signed a token with this header, at most four: the keys of that id, and
  /// those without an id; all, when the token names none.
  std::vector<const Key*> candidates(Algorithm algorithm, std::string_view id) const;
  /// Whether a key has this id.
  bool knows(std::string_view id) const;

 private:
  std::vector<Key> keys_;
};

}  // namespace gmail_mcp::jwt
