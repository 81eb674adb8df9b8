#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "jwt/algorithm.h"
#include "jwt/key.h"

namespace gmail_mcp::jwt {

inline constexpr std::size_t max_token_bytes = std::size_t{8} << 10;

/// A signed token taken apart (RFC 7515 §7.1). Nothing of it is verified, and its claims are not
/// even read.
struct Unverified {
  Algorithm algorithm = Algorithm::rs256;
  std::string key_id;       // kid; may be empty
  std::string signed_part;  // the token without its signature
  std::string signature;
  std::string claims;  // JSON text
};

/// Whether the text has the form of a signed token: three parts, the first of which begins like a
/// JSON object. Cheap; says nothing about whose it is.
bool looks_like_a_token(std::string_view text);

/// Errors: unauthenticated, for anything but a compact JWS of at most 8 KiB with one of our
/// algorithms, without `crit`, whose `typ` is at+jwt (RFC 9068 §2.1) or JWT, or is missing.
Result<Unverified> take_apart(std::string_view token);

/// Whether it says that it is of this issuer, which may be a lie.
bool claims_issuer(const Unverified& token, std::string_view issuer);

/// What a token must say.
struct Rules {
  std::string issuer;                  // iss, exactly
  std::vector<std::string> audiences;  // of which aud must name one, exactly
  std::chrono::seconds leeway{60};     // for clocks that differ
};

struct Claims {
  boost::json::object all;
  Timestamp expires;
};

/// The claims, when a key of the set signed them and they keep the rules: iss, aud and exp must be
/// there, nbf and iat may be (RFC 7519 §4.1, RFC 9068 §4). Errors: unauthenticated, with the
/// reason.
Result<Claims> verify(const Unverified& token, const KeySet& keys, const Rules& rules,
                      Timestamp now);

}  // namespace gmail_mcp::jwt
