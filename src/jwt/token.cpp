#include "jwt/token.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/text.h"
#include "jwt/text.h"

namespace gmail_mcp::jwt {

namespace json = boost::json;

namespace {

constexpr schema::JsonRules header_rules{.depth = 4, .values = 100};
constexpr schema::JsonRules claim_rules{.depth = 16, .values = 2'000};

Error refused(const char* reason) {
  return Error{Errc::unauthenticated, reason, "Sign in again, or ask for a new token."};
}

// RFC 9068 §4 and RFC 8725 §3.11: so that a token made for another purpose is not taken.
bool is_of_our_type(const json::object& header) {
  if (!header.contains("typ")) return true;
  auto type = to_lower_ascii(text_at(header, "typ"));
  constexpr std::string_view prefix = "application/";
  if (type.starts_with(prefix)) type.erase(0, prefix.size());
  return type == "jwt" || type == "at+jwt";
}

bool is_signed_by_one_of(const KeySet& keys, const Unverified& token) {
  const auto candidates = keys.candidates(token.algorithm, token.key_id);
  return std::any_of(candidates.begin(), candidates.end(), [&token](const Key* key) {
    return key->verifies(token.algorithm, token.signed_part, token.signature);
  });
}

// A NumericDate (RFC 7519 §2): seconds, perhaps with a fraction.
std::optional<Timestamp> date_at(const json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double seconds = value->to_number<double>();
  // The year 33658 and what is before 1970 are mistakes.
  constexpr double latest = 1e12;
  if (!(seconds >= 0 && seconds < latest)) return std::nullopt;
  return Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)}};
}

bool names_one_of(const json::value* audience, const std::vector<std::string>& ours) {
  const auto is_ours = [&ours](const json::value& one) {
    return one.is_string() &&
           std::find(ours.begin(), ours.end(), std::string_view{one.get_string()}) != ours.end();
  };
  if (audience == nullptr) return false;
  const auto* list = audience->if_array();
  return list != nullptr ? std::any_of(list->begin(), list->end(), is_ours) : is_ours(*audience);
}

// "" when the claims keep the rules.
const char* broken_rule(const json::object& claims, const Rules& rules, Timestamp now) {
  if (text_at(claims, "iss") != rules.issuer) return "The token is of another issuer.";
  if (!names_one_of(claims.if_contains("aud"), rules.audiences)) {
    return "The token was made for another server: its audience is not this one.";
  }
  const auto expires = date_at(claims, "exp");
  if (!expires) return "The token does not say when it expires.";
  if (now >= *expires + rules.leeway) return "The token has expired.";
  for (const auto* name : {"nbf", "iat"}) {
    if (!claims.contains(name)) continue;
    const auto from = date_at(claims, name);
    if (!from || now + rules.leeway < *from) return "The token is not valid yet.";
  }
  // Whoever presents such a token must prove that they hold a key (RFC 7800), by a means of which
  // a bearer token has none: it could be a stolen one.
  if (claims.contains("cnf")) {
    return "The token is bound to a key (cnf), which this server cannot check.";
  }
  return "";
}

}  // namespace

bool looks_like_a_token(std::string_view text) {
  // "eyJ" is the beginning of {" in base64.
  return text.starts_with("eyJ") && std::count(text.begin(), text.end(), '.') == 2;
}

Result<Unverified> take_apart(std::string_view token) {
  const auto* malformed = "The token is not a signed token (JWT) that can be read.";
  if (token.size() > max_token_bytes) return refused("The token is longer than 8 KiB.");
  const auto first = token.find('.');
  if (first == std::string_view::npos) return refused(malformed);
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return refused(malformed);
  }
  const auto header_text = base64url_bytes(token.substr(0, first));
  auto claims = base64url_bytes(token.substr(first + 1, second - first - 1));
  auto signature = base64url_bytes(token.substr(second + 1));
  if (!header_text || !claims || !signature) return refused(malformed);
  const auto header = read_object(*header_text, header_rules);
  if (!header) return refused(malformed);
  const auto algorithm = algorithm_of(text_at(*header, "alg"));
  if (!algorithm) return refused("The token is not signed with an algorithm that is accepted.");
  // Extensions that must be understood (RFC 7515 §4.1.11). We know none, not even "b64".
  if (header->contains("crit")) return refused("The token needs an extension that is not known.");
  if (!is_of_our_type(*header)) return refused("The token is not an access token.");
  Unverified out;
  out.algorithm = *algorithm;
  out.key_id = text_at(*header, "kid");
  out.signed_part = token.substr(0, second);
  out.signature = std::move(*signature);
  out.claims = std::move(*claims);
  return out;
}

bool claims_issuer(const Unverified& token, std::string_view issuer) {
  const auto claims = read_object(token.claims, claim_rules);
  return claims && text_at(*claims, "iss") == issuer;
}

Result<Claims> verify(const Unverified& token, const KeySet& keys, const Rules& rules,
                      Timestamp now) {
  if (!is_signed_by_one_of(keys, token)) {
    return refused("The token's signature is not by a key of its issuer.");
  }
  auto all = read_object(token.claims, claim_rules);
  if (!all) return refused("The token's claims cannot be read.");
  const std::string_view broken = broken_rule(*all, rules, now);
  if (!broken.empty()) return refused(broken.data());
  Claims claims;
  claims.expires = date_at(*all, "exp").value_or(now);
  claims.all = std::move(*all);
  return claims;
}

}  // namespace gmail_mcp::jwt
