#include "google/oauth.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "google/failure.h"
#include "http/retry.h"
#include "http/url.h"
#include "schema/json_text.h"

namespace gmail_mcp::google {

namespace json = boost::json;

namespace {

std::string string_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string{std::string_view{*text}} : std::string{};
}

std::optional<json::object> read_object(std::string_view body) {
  auto read = schema::read_json(body, {.values = 10'000, .allow_repeated_names = true});
  auto* value = std::get_if<json::value>(&read);
  if (value == nullptr || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

http::ClientRequest form(const std::string& url, const http::QueryFields& fields) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = url;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.add("Accept", "application/json");
  request.body = http::encode_query(fields);
  return request;
}

/// An error answer of the token endpoint (RFC 6749 §5.2).
struct Refusal {
  int status = 0;
  std::string error;  // an identifier, or empty when the body was not Google's
};

Refusal read_refusal(const http::ClientResponse& response) {
  Refusal refusal{.status = response.status, .error = {}};
  const auto body = read_object(response.body);
  if (!body) return refusal;
  const auto error = string_at(*body, "error");
  const bool is_identifier = !error.empty() && error.size() <= 64 &&
                             std::all_of(error.begin(), error.end(),
                                         [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); });
  if (is_identifier) refusal.error = error;
  return refusal;
}

// For the log: the only part of Google's answer that certainly contains nothing private.
std::string detail_of(std::string_view what, const Refusal& refusal) {
  return fmt::format("{}: {} {}", what, refusal.status, refusal.error);
}

bool is_about_the_client(std::string_view error) {
  for (const std::string_view known :
       {"invalid_client", "unauthorized_client", "redirect_uri_mismatch", "deleted_client",
        "disabled_client", "org_internal", "unsupported_grant_type"}) {
    if (error == known) return true;
  }
  return false;
}

// The errors common to all calls of the token endpoint; `begin` is the beginning of the sentence.
Error to_error(std::string_view begin, const http::ClientResponse& response, const Refusal& refusal,
               std::string_view client_id) {
  if (is_about_the_client(refusal.error)) {
    return {Errc::misconfigured,
            "Invalid client: Google does not accept this server's OAuth client.",
            "The operator must check client id, client secret and redirect URI against the Google "
            "Cloud console."};
  }
  if (auto denied = denial(begin, refusal.error, client_id)) return *std::move(denied);
  if (response.status == 429) {
    return {Errc::unavailable, "Rate limited by Google's sign-in service.",
            "Repeat the request later."};
  }
  return {Errc::unavailable, fmt::format("{}: Google cannot answer at the moment.", begin),
          "Repeat the request later."};
}

Error describe(std::string_view begin, std::string_view what, const http::ClientResponse& response,
               const Refusal& refusal, std::string_view client_id) {
  auto error = to_error(begin, response, refusal, client_id);
  error.detail = detail_of(what, refusal);
  if (error.retryable()) error.retry_after = http::retry_after(response.headers);
  return error;
}

std::chrono::seconds lifetime_at(const json::object& from) {
  constexpr std::chrono::seconds usual{3600};
  const auto* value = from.if_contains("expires_in");
  if (value == nullptr) return usual;
  if (const auto* number = value->if_int64())
    return std::chrono::seconds{std::max<long>(0, *number)};
  const auto* text = value->if_string();
  long number = 0;
  if (text == nullptr ||
      std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc{}) {
    return usual;
  }
  return std::chrono::seconds{std::max<long>(0, number)};
}

std::optional<TokenGrant> read_grant(std::string_view body) {
  const auto object = read_object(body);
  if (!object) return std::nullopt;
  TokenGrant grant;
  grant.access_token = Secret{string_at(*object, "access_token")};
  if (grant.access_token.empty()) return std::nullopt;
  grant.refresh_token = Secret{string_at(*object, "refresh_token")};
  grant.expires_in = lifetime_at(*object);
  for (auto& scope : split(string_at(*object, "scope"), ' ')) {
    if (!scope.empty()) grant.scopes.push_back(std::move(scope));
  }
  return grant;
}

// Google's two generations of userinfo: v1 of OpenID Connect, and v2 with other names.
Identity read_identity(const json::object& from) {
  Identity identity;
  identity.sub = string_at(from, "sub");
  if (identity.sub.empty()) identity.sub = string_at(from, "id");
  identity.email = string_at(from, "email");
  identity.name = string_at(from, "name");
  identity.hosted_domain = string_at(from, "hd");
  for (const std::string_view key : {"email_verified", "verified_email"}) {
    const auto* value = from.if_contains(key);
    if (value == nullptr) continue;
    // Some OpenID providers write it as a string.
    identity.email_verified = value->is_bool() ? value->get_bool() : string_at(from, key) == "true";
  }
  return identity;
}

Error no_address() {
  return {Errc::insufficient_scope, "The account has not granted the scope userinfo.email.",
          "The person must connect the account again and allow its address to be seen."};
}

}  // namespace

std::optional<Error> denial(std::string_view begin, std::string_view word,
                            std::string_view client_id) {
  if (word == "admin_policy_enforced") {
    return Error{Errc::forbidden,
                 fmt::format("{}: the account's organisation does not allow it.", begin),
                 trust_in(client_id)};
  }
  if (word == "access_denied") {
    return Error{Errc::forbidden, fmt::format("{}: access was denied at Google.", begin),
                 "The person may have chosen Cancel; they can connect the account again."};
  }
  return std::nullopt;
}

std::string consent_url(const Endpoints& endpoints, const OAuthClient& client,
                        const ConsentRequest& request) {
  http::QueryFields fields{
      {"client_id", client.client_id},
      {"redirect_uri", request.redirect_uri},
      {"response_type", "code"},
      {"scope", join(request.scopes, " ")},
      {"state", request.state},
      // A refresh token comes only with both of these.
      {"access_type", "offline"},
      {"prompt", "consent"},
      {"include_granted_scopes", "true"},
      {"code_challenge", request.code_challenge},
      {"code_challenge_method", "S256"},
  };
  if (!request.login_hint.empty()) fields.emplace_back("login_hint", request.login_hint);
  const char separator = endpoints.auth_url.find('?') == std::string::npos ? '?' : '&';
  return endpoints.auth_url + separator + http::encode_query(fields);
}

OAuthApi::OAuthApi(http::Client& http, Endpoints endpoints, OAuthClient client)
    : http_{http}, endpoints_{std::move(endpoints)}, client_{std::move(client)} {}

Task<TokenGrant> OAuthApi::exchange(std::string code, Secret code_verifier,
                                    std::string redirect_uri) {
  const http::QueryFields fields{{"grant_type", "authorization_code"},
                                 {"code", std::move(code)},
                                 {"redirect_uri", std::move(redirect_uri)},
                                 {"client_id", client_.client_id},
                                 {"client_secret", client_.client_secret.reveal()},
                                 {"code_verifier", code_verifier.reveal()}};
  auto request = form(endpoints_.token_url, fields);
  const auto response = co_await http_.send_once(std::move(request));
  constexpr std::string_view begin = "Connecting the account failed";
  if (response.status != 200) {
    const auto refusal = read_refusal(response);
    if (refusal.error == "invalid_grant" || refusal.error == "invalid_request") {
      throw Error{
          Errc::invalid_argument,
          "Google does not accept the authorization code: it was used, is too old or belongs "
          "to another request.",
          "Start connecting the account again."}
          .with_detail(detail_of("token exchange", refusal));
    }
    throw describe(begin, "token exchange", response, refusal, client_.client_id);
  }
  auto grant = read_grant(response.body);
  if (!grant)
    throw describe(begin, "token exchange without a token", response, read_refusal(response),
                   client_.client_id);
  co_return *std::move(grant);
}

Task<TokenGrant> OAuthApi::refresh(Secret refresh_token) {
  const http::QueryFields fields{{"grant_type", "refresh_token"},
                                 {"refresh_token", refresh_token.reveal()},
                                 {"client_id", client_.client_id},
                                 {"client_secret", client_.client_secret.reveal()}};
  auto request = form(endpoints_.token_url, fields);
  const auto response = co_await http_.send(std::move(request));
  constexpr std::string_view begin = "Token refresh failed";
  if (response.status != 200) {
    const auto refusal = read_refusal(response);
    if (refusal.error == "invalid_grant") {
      throw Error{Errc::reconnect_required,
                  "Token refresh failed: Google has withdrawn this server's access to the account.",
                  "The person must connect the account again."}
          .with_detail(detail_of("token refresh", refusal));
    }
    throw describe(begin, "token refresh", response, refusal, client_.client_id);
  }
  auto grant = read_grant(response.body);
  if (!grant)
    throw describe(begin, "token refresh without a token", response, read_refusal(response),
                   client_.client_id);
  co_return *std::move(grant);
}

Task<void> OAuthApi::revoke(Secret token) {
  const http::QueryFields fields{{"token", token.reveal()}};
  auto request = form(endpoints_.revoke_url, fields);
  const auto response = co_await http_.send(std::move(request));
  if (response.status == 200 || response.status == 204) co_return;
  const auto refusal = read_refusal(response);
  if (refusal.error == "invalid_token" || refusal.error == "invalid_grant") co_return;
  throw describe("Revoking the access failed", "revoke", response, refusal, client_.client_id);
}

Task<Identity> OAuthApi::identity(Secret access_token) {
  http::ClientRequest request;
  request.url = endpoints_.userinfo_url;
  request.headers.add("Authorization", "Bearer " + access_token.reveal());
  request.headers.add("Accept", "application/json");
  const auto response = co_await http_.send(std::move(request));
  const auto status = fmt::format("userinfo: {}", response.status);
  if (response.status == 401) {
    throw Error{Errc::reconnect_required, "Google does not accept the new access to the account.",
                "Start connecting the account again."}
        .with_detail(status);
  }
  if (response.status == 403) {
    throw no_address().with_detail(status);
  }
  const auto body = response.status == 200 ? read_object(response.body) : std::nullopt;
  auto identity = body ? read_identity(*body) : Identity{};
  if (identity.sub.empty()) {
    throw Error{Errc::unavailable, "Google did not say whose account this is.",
                "Repeat the request later."}
        .with_detail(status);
  }
  if (identity.email.empty()) throw no_address().with_detail("userinfo without an address");
  co_return identity;
}

}  // namespace gmail_mcp::google
