#include "accounts/jwt_callers.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <memory>
#include <utility>

#include "crypto/digest.h"
#include "http/url.h"
#include "model/user.h"
#include "store/client_grants.h"

namespace gmail_mcp::accounts {

namespace json = boost::json;

namespace {

constexpr std::size_t max_client_bytes = 200;

std::string claim_text(const json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string{std::string_view{*text}} : std::string{};
}

// A list separated by spaces (RFC 8693 §4.2), or an array, as some issuers write it.
std::vector<std::string> claim_list(const json::object& claims, std::string_view name) {
  std::vector<std::string> out;
  const auto* value = claims.if_contains(name);
  const auto* list = value != nullptr ? value->if_array() : nullptr;
  if (list == nullptr) return split_scopes(claim_text(claims, name));
  for (const auto& one : *list) {
    if (const auto* text = one.if_string()) out.emplace_back(std::string_view{*text});
  }
  return out;
}

std::vector<std::string> scopes_of(const json::object& claims, const std::string& scope_claim) {
  if (!scope_claim.empty()) return claim_list(claims, scope_claim);
  return claim_list(claims, claims.contains("scope") ? "scope" : "scp");
}

// For the audit: the names by which issuers call the client (RFC 9068 §2.2, OpenID Connect Core §2,
// Entra's version 1).
std::string client_of(const json::object& claims) {
  for (const auto* name : {"azp", "client_id", "appid"}) {
    auto client = claim_text(claims, name);
    const bool plain =
        std::all_of(client.begin(), client.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!client.empty() && client.size() <= max_client_bytes && plain) return client;
  }
  return {};
}

Error unusable(std::string message) {
  return Error{Errc::unauthenticated, std::move(message),
               "The operator of this server chooses the claim with server.oauth.user_claim."};
}

std::string credential_of(const std::string& issuer) {
  const auto url = http::Url::parse(issuer);
  return "jwt/" + (url ? url->host : std::string{});
}

}  // namespace

JwtCallers::JwtCallers(jwt::IssuerKeys& keys, JwtRules rules, Clock& clock)
    : keys_{keys},
      rules_{std::move(rules)},
      clock_{clock},
      credential_{credential_of(keys.issuer())},
      known_{clock} {
  demands_.issuer = keys.issuer();
  demands_.audiences = rules_.audiences;
}

Task<std::optional<model::Caller>> JwtCallers::recognize(std::string token) {
  if (!jwt::looks_like_a_token(token)) co_return std::nullopt;
  const auto digest = crypto::sha256(token);
  auto keys = co_await keys_.current();
  // A key that the issuer took back may have signed it.
  const auto* known = known_.believed(digest);
  if (known != nullptr && known->proof() == keys && known->holds(clock_.now())) {
    co_return known->caller();
  }
  const auto apart = jwt::take_apart(token).value();
  auto claims = jwt::verify(apart, *keys, demands_, clock_.now());
  // Only a token that claims to be ours makes us ask the issuer.
  const bool needs_another_key = !claims && !keys->knows(apart.key_id);
  if (needs_another_key && jwt::claims_issuer(apart, demands_.issuer)) {
    auto before = keys;
    keys = co_await keys_.newer_than(std::move(before));
    claims = jwt::verify(apart, *keys, demands_, clock_.now());
  }
  // A stream that uses it ends as well.
  if (!claims) known_.forget(digest);
  RecognisedTokens::Found good;
  good.caller = caller(claims.value());
  good.expires = claims->expires + demands_.leeway;
  good.believed_until = RecognisedTokens::Moment::max();
  good.proof = std::move(keys);
  co_return known_.remember(digest, std::move(good)).caller();
}

model::Caller JwtCallers::caller(const jwt::Claims& claims) const {
  const auto& name = rules_.user_claim;
  auto user = claim_text(claims.all, name);
  if (user.empty()) throw unusable("The token does not say whose it is: the claim " + name + ".");
  // Anybody can tell some issuers that an address is theirs.
  const auto* verified = claims.all.if_contains("email_verified");
  const bool is_verified =
      verified != nullptr && ((verified->is_bool() && verified->get_bool()) ||
                              (verified->is_string() && verified->get_string() == "true"));
  if (name == "email" && !is_verified) {
    throw unusable("The token's address is not verified by its issuer.");
  }
  // Some issuers let people choose what the claim says, and nobody may be another's user.
  if (user.starts_with(store::sign_in_users))
    throw unusable("The token's user cannot be a user_id here.");
  if (model::user_id_fault(user)) throw unusable("The token's user cannot be a user_id here.");
  auto grant = rules_.scopes.grant(scopes_of(claims.all, rules_.scope_claim));
  if (!grant) throw scope_is_missing(rules_.scopes.names().front());
  model::Caller who;
  who.kind = model::CallerKind::user;
  who.only_user = model::ExternalUserId{std::move(user)};
  who.credential = credential_;
  who.grant = std::move(*grant);
  who.grant.client = client_of(claims.all);
  return who;
}

}  // namespace gmail_mcp::accounts
