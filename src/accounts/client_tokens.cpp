#include "accounts/client_tokens.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <utility>

#include "accounts/client_documents.h"
#include "accounts/mail_scopes.h"
#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/digest.h"

namespace gmail_mcp::accounts {

namespace json = boost::json;

namespace {

constexpr std::string_view access_prefix = "gma_";
constexpr std::string_view refresh_prefix = "gmr_";
constexpr std::chrono::seconds lost_answer{10};
constexpr std::chrono::seconds remembered{5};
constexpr std::chrono::minutes use_noted_every{10};
constexpr std::size_t longest_token = 16'384;

model::Access token_access() { return model::Access::system("tokens of signed-in clients"); }

OAuthRefusal invalid_grant(std::string description) {
  return {"invalid_grant", std::move(description)};
}

std::string member(const json::object& from, std::string_view key) {
  return std::string{std::string_view{from.at(key).as_string()}};
}

std::vector<std::string> members(const json::object& from, std::string_view key) {
  std::vector<std::string> out;
  for (const auto& one : from.at(key).as_array()) out.emplace_back(one.as_string());
  return out;
}

bool is_verifier(std::string_view text) {
  return text.size() >= 43 && text.size() <= 128 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_' || c == '~';
         });
}

bool proves(std::string_view verifier, std::string_view challenge) {
  if (!is_verifier(verifier)) return false;
  const auto made = crypto::base64url_encode(crypto::sha256(verifier));
  return crypto::equal_in_constant_time(made, challenge);
}

Error not_good(std::string message) {
  return Error{Errc::unauthenticated, std::move(message),
               "Let the program refresh its token, or sign in again."};
}

}  // namespace

ClientTokens::ClientTokens(store::Store& store, const crypto::KeyRing& keys, const ClientApps& apps,
                           Clock& clock, Log& log, SignInRules rules)
    : store_{store},
      apps_{apps},
      clock_{clock},
      log_{log},
      rules_{std::move(rules)},
      codes_{keys, AuthorizationServer::code_label},
      access_{keys, "oauth access"},
      refreshes_{keys, "oauth refresh"},
      known_{clock} {}

// A client without a secret only says who it is; what is sealed is bound to that.
std::optional<OAuthRefusal> ClientTokens::judge_client(const std::string& client_id) const {
  const bool is_known =
      client_id.size() <= longest_token &&
      (ClientDocuments::is_address(client_id) || apps_.open(client_id, clock_.now()).has_value());
  if (is_known) return std::nullopt;
  return OAuthRefusal{"invalid_client", "No such client is registered here. Register again."};
}

Task<std::variant<TokenAnswer, OAuthRefusal>> ClientTokens::give(http::QueryFields form) {
  for (const auto* name : {"grant_type", "client_id", "code", "code_verifier", "redirect_uri",
                           "refresh_token", "scope"}) {
    if (!single_field(form, name)) {
      co_return OAuthRefusal{"invalid_request", "A parameter is there twice."};
    }
  }
  co_await store_.audit().room();
  const auto client_id = single_field(form, "client_id").value();
  if (auto refused = judge_client(client_id)) co_return *std::move(refused);
  const auto resource = single_field(form, "resource");
  if (!resource || !is_our_resource(*resource, rules_)) {
    co_return OAuthRefusal{"invalid_target",
                           "The resource is not the one that this server protects."};
  }
  const auto type = single_field(form, "grant_type").value();
  auto client = crypto::sha256_hex(client_id);
  if (type == "authorization_code") {
    co_return co_await redeem(std::move(form), std::move(client));
  }
  if (type == "refresh_token") co_return co_await refresh(std::move(form), std::move(client));
  co_return OAuthRefusal{"unsupported_grant_type",
                         "Only authorization_code and refresh_token are known here."};
}

Task<ClientTokens::Given> ClientTokens::redeem(http::QueryFields form, std::string client) {
  const auto now = clock_.now();
  const auto code = http::query_value(form, "code");
  const auto opened = code.size() <= longest_token ? codes_.open(code, client, now) : std::nullopt;
  if (!opened) co_return invalid_grant("The code is none that this client was given.");
  const auto parsed = json::parse(opened->plain);
  const auto& kept = parsed.as_object();
  if (opened->is_expired) co_return invalid_grant("The code has expired.");
  // Whoever has only the code cannot use it up for the one who may.
  // OAuth 2.1 clients no longer send the redirect_uri here: PKCE binds the code.
  const auto redirect = http::query_value(form, "redirect_uri");
  if (!redirect.empty() && redirect != member(kept, "redirect")) {
    co_return invalid_grant("The redirect_uri is not the one of the request.");
  }
  if (!proves(http::query_value(form, "code_verifier"), member(kept, "challenge"))) {
    co_return invalid_grant("The code_verifier does not fit the code_challenge.");
  }
  const auto id = member(kept, "grant");
  const auto grant = co_await store_.client_grants().advance(id, 0, 1, now, now + rules_.idle_life);
  if (!grant) {
    co_await end(id, member(kept, "label"), "code_reused");
    co_return invalid_grant("The code was used already, so what it gave has been revoked.");
  }
  co_await store_.client_grants().revoke_all_but(token_access(), grant->external_user_id,
                                                 most_of_one_user, now);
  record(*grant, member(kept, "label"), "sign_in.given");
  log_.info("tokens_given", {{"client", member(kept, "label")}, {"grant", id}});
  co_return answer_for(*grant, grant->scopes, member(kept, "label"));
}

Task<ClientTokens::Given> ClientTokens::refresh(http::QueryFields form, std::string client) {
  const auto now = clock_.now();
  const auto token = http::query_value(form, "refresh_token");
  std::optional<crypto::Sealer::Opened> opened;
  if (token.starts_with(refresh_prefix) && token.size() <= longest_token) {
    opened = refreshes_.open(token.substr(refresh_prefix.size()), client, now);
  }
  if (!opened) co_return invalid_grant("The refresh token is none that this client was given.");
  const auto parsed = json::parse(opened->plain);
  const auto& kept = parsed.as_object();
  const auto id = member(kept, "g");
  const auto label = member(kept, "l");
  const auto generation = kept.at("n").as_int64();

  auto grant = co_await store_.client_grants().find(token_access(), id);
  if (!grant || !grant->is_good_at(now)) {
    co_return invalid_grant("The sign-in has ended: let the person sign in again.");
  }
  if (!rules_.admits(grant->address, grant->hosted_domain)) {
    co_await end(id, label, "not_admitted_any_more");
    co_return invalid_grant("This Google account may not sign in to this server any more.");
  }
  const auto asked = http::query_value(form, "scope");
  auto scopes = trim(asked).empty() ? grant->scopes : known_mail_scopes(asked);
  const bool is_within = std::all_of(scopes.begin(), scopes.end(), [&](const std::string& one) {
    return std::find(grant->scopes.begin(), grant->scopes.end(), one) != grant->scopes.end();
  });
  if (scopes.empty() || !is_within) {
    co_return OAuthRefusal{"invalid_scope", "A refresh cannot give more than the person allowed."};
  }

  const auto next = generation + 1;
  auto advanced = co_await store_.client_grants().advance(id, 1, next, now, now + rules_.idle_life);
  if (advanced) {
    record(*advanced, label, "sign_in.refreshed");
    co_return answer_for(*advanced, std::move(scopes), label);
  }
  grant = co_await store_.client_grants().find(token_access(), id);
  const bool may_be_lost = grant && grant->is_good_at(now) && grant->generation == next &&
                           now - grant->rotated_at <= lost_answer;
  if (may_be_lost) co_return answer_for(*grant, std::move(scopes), label);
  co_await end(id, label, "refresh_token_reused");
  co_return invalid_grant(
      "The refresh token was used already, so the sign-in has been revoked: sign in again.");
}

Task<void> ClientTokens::end(std::string grant_id, std::string label, std::string reason) {
  const auto grant = co_await store_.client_grants().find(token_access(), grant_id);
  const bool ended = co_await store_.client_grants().revoke(token_access(), grant_id, clock_.now());
  known_.end(grant_id);
  // Of what had ended before, nothing is repeated.
  if (!ended || !grant) co_return;
  record(*grant, label, "sign_in.revoked/" + reason);
  log_.warning("sign_in_revoked", {{"reason", reason}, {"grant", grant_id}, {"client", label}});
}

void ClientTokens::record(const store::ClientGrant& grant, const std::string& label,
                          std::string what) const {
  store_.audit().record(sign_in_entry(grant, label, std::move(what), clock_.now()));
}

Task<void> ClientTokens::watch() {
  while (true) {
    co_await clock_.sleep(remembered);
    std::set<std::string> grants;
    for (auto& held : known_.held()) grants.insert(std::move(held.source));
    for (const auto& id : grants) {
      try {
        const auto grant = co_await read_grant(id);
        if (!grant || grant->revoked_at) known_.end(id);
      } catch (const Error&) {
        // A database that does not answer says so to those who call.
        break;
      }
    }
  }
}

TokenAnswer ClientTokens::answer_for(const store::ClientGrant& grant,
                                     std::vector<std::string> scopes,
                                     const std::string& label) const {
  const auto now = clock_.now();
  json::object access;
  access["u"] = grant.external_user_id.str();
  access["c"] = grant.client_name;
  access["l"] = label;
  access["a"] = grant.audience;
  access["g"] = grant.id;
  auto& listed = access["s"].emplace_array();
  for (const auto& one : scopes) listed.emplace_back(json::string{one});
  json::object next;
  next["g"] = grant.id;
  next["l"] = label;
  next["n"] = grant.generation;
  TokenAnswer answer;
  answer.expires_in = rules_.access_life;
  answer.access_token = std::string{access_prefix} +
                        access_.seal(json::serialize(access), "", now + rules_.access_life);
  answer.refresh_token =
      std::string{refresh_prefix} +
      refreshes_.seal(json::serialize(next), grant.client, now + rules_.idle_life);
  answer.scopes = std::move(scopes);
  return answer;
}

Task<std::optional<OAuthRefusal>> ClientTokens::take_back(http::QueryFields form) {
  const auto token = single_field(form, "token");
  const auto client_id = single_field(form, "client_id");
  if (!token || token->empty() || !client_id) {
    co_return OAuthRefusal{"invalid_request", "The token is missing, or there twice."};
  }
  if (auto refused = judge_client(*client_id)) co_return refused;
  co_await store_.audit().room();
  const auto client = crypto::sha256_hex(*client_id);
  const auto now = clock_.now();
  std::optional<crypto::Sealer::Opened> opened;
  if (token->size() <= longest_token && token->starts_with(refresh_prefix)) {
    opened = refreshes_.open(token->substr(refresh_prefix.size()), client, now);
  } else if (token->size() <= longest_token && token->starts_with(access_prefix)) {
    opened = access_.open(token->substr(access_prefix.size()), "", now);
  }
  if (!opened) co_return std::nullopt;
  const auto parsed = json::parse(opened->plain);
  const auto id = member(parsed.as_object(), "g");
  const auto label = member(parsed.as_object(), "l");
  const auto grant = co_await store_.client_grants().find(token_access(), id);
  if (grant && grant->client == client) co_await end(id, label, "by_client");
  co_return std::nullopt;
}

Task<std::optional<store::ClientGrant>> ClientTokens::read_grant(std::string id) {
  auto grant = co_await store_.client_grants().find(token_access(), id);
  if (grant && grant->is_good_at(clock_.now()) &&
      clock_.now() - grant->used_at >= use_noted_every) {
    grant->used_at = clock_.now();
    co_await store_.client_grants().touch(id, clock_.now());
  }
  co_return grant;
}

Task<std::optional<model::Caller>> ClientTokens::recognize(std::string token) {
  if (!token.starts_with(access_prefix)) co_return std::nullopt;
  const auto now = clock_.now();
  const auto digest = crypto::sha256(token);
  const auto* known = known_.believed(digest);
  if (known != nullptr && known->holds(now)) co_return known->caller();
  if (known != nullptr && known->has_ended()) throw not_good("The access token was revoked.");
  std::optional<crypto::Sealer::Opened> opened;
  if (token.size() <= longest_token) {
    opened = access_.open(std::string_view{token}.substr(access_prefix.size()), "", now);
  }
  if (!opened) throw not_good("The access token is not one of this server.");
  if (opened->is_expired) throw not_good("The access token has expired.");
  const auto parsed = json::parse(opened->plain);
  const auto& said = parsed.as_object();
  if (member(said, "a") != rules_.resource) {
    throw not_good("The access token is for another server.");
  }
  auto allowed = scope_map_.grant(members(said, "s"));
  if (!allowed) throw not_good("The access token allows nothing here.");
  RecognisedTokens::Found found;
  found.caller.kind = model::CallerKind::user;
  found.caller.only_user = model::ExternalUserId{member(said, "u")};
  found.caller.credential = "sign_in/" + member(said, "l");
  found.caller.grant = *std::move(allowed);
  found.caller.grant.client = member(said, "c");
  found.source = member(said, "g");
  found.expires = opened->until;
  found.believed_until = clock_.steady_now() + remembered;
  const auto grant = co_await read_grant(found.source);
  found.has_ended = !grant || grant->revoked_at;
  if (grant) found.caller.only_user = grant->external_user_id;
  if (grant && !rules_.admits(grant->address, grant->hosted_domain)) {
    throw not_good("The person who signed in may not use this server any more.");
  }
  const auto& token_now = known_.remember(digest, std::move(found));
  if (token_now.has_ended()) throw not_good("The access token was revoked.");
  co_return token_now.caller();
}

bool ClientTokens::recognized(const model::Caller& caller) {
  return caller.credential.starts_with("sign_in");
}

}  // namespace gmail_mcp::accounts
