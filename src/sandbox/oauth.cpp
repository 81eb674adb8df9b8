#include "sandbox/oauth.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/base64.h"
#include "http/url.h"
#include "sandbox/gmail_api.h"
#include "sandbox/google_error.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox {

namespace json = boost::json;

namespace {

http::Response html(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

http::Response redirect(std::string location) {
  http::Response response;
  response.status = 302;
  response.headers.add("Location", std::move(location));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

http::Response refuse(const OAuthRefusal& refusal) {
  return json_response(refusal.status, json::object{{"error", refusal.error},
                                                    {"error_description", refusal.description}});
}

http::Response refuse(int status, std::string error, std::string description) {
  return refuse(OAuthRefusal{status, std::move(error), std::move(description)});
}

http::Response answer_tokens(const TokenAnswer& tokens) {
  json::object body{{"access_token", tokens.access_token},
                    {"expires_in", tokens.expires_in.count()}};
  if (!tokens.refresh_token.empty()) body["refresh_token"] = tokens.refresh_token;
  body["scope"] = join(tokens.scopes, " ");
  body["token_type"] = "Bearer";
  auto response = json_response(200, body);
  response.headers.set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
  return response;
}

// RFC 6749 §2.3.1: in the form, or as Basic.
struct ClientCredentials {
  std::string id;
  std::string secret;
};

ClientCredentials client_of(const http::Headers& headers, const http::QueryFields& form) {
  ClientCredentials client;
  client.id = http::query_value(form, "client_id");
  client.secret = http::query_value(form, "client_secret");
  const auto value = headers.get("Authorization");
  if (!value.starts_with("Basic ")) return client;
  const auto pair = crypto::base64_decode(value.substr(6));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return client;
  client.id = percent_decode(std::string_view{*pair}.substr(0, colon), true).value_or("");
  client.secret = percent_decode(std::string_view{*pair}.substr(colon + 1), true).value_or("");
  return client;
}

}  // namespace

http::Response OAuth::ask(std::string_view query) {
  auto read = read_consent_request(registration_, query);
  if (const auto* refusal = std::get_if<ConsentRefusal>(&read)) {
    return html(refusal->status, refusal_page(*refusal));
  }
  const auto& request = std::get<ConsentRequest>(read);
  if (!request.silent) return html(200, consent_page(request, world_));
  // prompt=none: either everything was granted before, or the person would have to be asked.
  const auto* account = world_.find(request.login_hint);
  if (account == nullptr) return redirect(redirect_with_error(request, "interaction_required"));
  const auto granted = grants_.granted(account->email);
  for (const auto& scope : request.scopes) {
    if (!contains(granted, scope)) {
      return redirect(redirect_with_error(request, "interaction_required"));
    }
  }
  return redirect(grant(request, *account, request.scopes));
}

http::Response OAuth::decide(std::string_view form) {
  const auto fields = http::decode_query(form);
  if (!fields) return html(400, refusal_page({400, "invalid_request", "The form is damaged."}));
  auto read = read_consent_request(registration_, http::query_value(*fields, "request"));
  if (const auto* refusal = std::get_if<ConsentRefusal>(&read)) {
    return html(refusal->status, refusal_page(*refusal));
  }
  const auto& request = std::get<ConsentRequest>(read);
  if (http::query_value(*fields, "decision") != "allow") {
    return redirect(redirect_with_error(request, "access_denied"));
  }
  const auto* account = world_.find(http::query_value(*fields, "email"));
  if (account == nullptr) {
    return html(400, refusal_page({400, "invalid_request", "Choose an account."}));
  }
  std::vector<std::string> ticked;
  for (const auto& scope : request.scopes) {
    const bool allowed = std::any_of(fields->begin(), fields->end(), [&](const auto& field) {
      return field.first == "scope" && field.second == scope;
    });
    if (allowed || is_identity_scope(scope)) ticked.push_back(scope);
  }
  return redirect(grant(request, *account, std::move(ticked)));
}

std::string OAuth::grant(const ConsentRequest& request, const Account& account,
                         std::vector<std::string> scopes) {
  auto& narrowed = faults_.switches().next_consent_scopes;
  if (narrowed) {
    std::vector<std::string> left;
    for (const auto& name : *narrowed) left.push_back(full_scope_name(name));
    std::erase_if(scopes, [&](const std::string& scope) {
      return !contains(left, scope) && !is_identity_scope(scope);
    });
    narrowed.reset();
  }
  if (request.include_granted) {
    for (auto& scope : grants_.granted(account.email)) {
      if (!contains(scopes, scope)) scopes.push_back(std::move(scope));
    }
  }
  Consent consent;
  consent.email = account.email;
  consent.scopes = scopes;
  consent.redirect_uri = request.redirect_uri;
  consent.code_challenge = request.code_challenge;
  consent.code_challenge_method = request.code_challenge_method;
  consent.offline = request.offline;
  consent.forced = request.forced;
  const auto code = grants_.issue_code(std::move(consent));
  return redirect_with_code(request, code, scopes);
}

http::Response OAuth::token(const http::Headers& headers, std::string_view form) {
  const auto fields = http::decode_query(form);
  if (!fields) return refuse(400, "invalid_request", "Bad Request");
  const auto client = client_of(headers, *fields);
  if (client.id.empty()) {
    return refuse(400, "invalid_request", "Could not determine client ID from request.");
  }
  if (client.id != registration_.client_id) {
    return refuse(401, "invalid_client", "The OAuth client was not found.");
  }
  if (client.secret.empty()) return refuse(400, "invalid_request", "client_secret is missing.");
  if (client.secret != registration_.client_secret) {
    return refuse(401, "invalid_client", "Unauthorized");
  }
  const auto type = http::query_value(*fields, "grant_type");
  if (type == "authorization_code") return exchange_code(*fields);
  if (type == "refresh_token") return refresh(*fields);
  if (type.empty()) return refuse(400, "invalid_request", "Missing required parameter: grant_type");
  return refuse(400, "unsupported_grant_type", "Invalid grant_type: " + std::string{type});
}

http::Response OAuth::exchange_code(const http::QueryFields& form) {
  const auto code = http::query_value(form, "code");
  if (code.empty()) return refuse(400, "invalid_request", "Missing required parameter: code");
  const auto answer = grants_.exchange(code, http::query_value(form, "code_verifier"),
                                       http::query_value(form, "redirect_uri"),
                                       faults_.switches().omit_refresh_token);
  if (const auto* refusal = std::get_if<OAuthRefusal>(&answer)) return refuse(*refusal);
  ++counters_.code_exchanges;
  return answer_tokens(std::get<TokenAnswer>(answer));
}

http::Response OAuth::refresh(const http::QueryFields& form) {
  const auto token = http::query_value(form, "refresh_token");
  if (token.empty()) {
    return refuse(400, "invalid_request", "Missing required parameter: refresh_token");
  }
  const auto answer = grants_.refresh(token);
  if (const auto* refusal = std::get_if<OAuthRefusal>(&answer)) return refuse(*refusal);
  ++counters_.refreshes;
  return answer_tokens(std::get<TokenAnswer>(answer));
}

http::Response OAuth::revoke(std::string_view query, std::string_view form) {
  std::string token;
  for (const auto text : {form, query}) {
    const auto fields = http::decode_query(text);
    if (fields && token.empty()) token = http::query_value(*fields, "token");
  }
  if (token.empty()) return refuse(400, "invalid_request", "Missing required parameter: token");
  if (!grants_.revoke(token)) return refuse(400, "invalid_token", "Token expired or revoked");
  return json_response(200, json::object{});
}

http::Response OAuth::userinfo(const http::Headers& headers) const {
  const auto* token = grants_.find(bearer_token(headers));
  auto* account = token == nullptr ? nullptr : world_.find(token->email);
  const bool identity =
      token != nullptr && std::any_of(token->scopes.begin(), token->scopes.end(),
                                      [](const auto& scope) { return is_identity_scope(scope); });
  if (account == nullptr || !identity) {
    auto response = refuse(401, "invalid_request", "Invalid Credentials");
    response.headers.add(
        "WWW-Authenticate",
        "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_request\"");
    return response;
  }
  const auto granted = [&](std::string_view name) {
    return any_scope_granted(token->scopes, name);
  };
  // `sub` is OpenID's name and `id` that of the older endpoint; each client reads its own.
  json::object body{{"sub", account->sub}, {"id", account->sub}};
  if (granted("userinfo.profile")) {
    body["name"] = account->name;
    const auto blank = account->name.find(' ');
    body["given_name"] = account->name.substr(0, blank);
    if (blank != std::string::npos) body["family_name"] = account->name.substr(blank + 1);
  }
  if (granted("userinfo.email")) {
    body["email"] = account->email;
    body["email_verified"] = true;
    body["verified_email"] = true;
  }
  return json_response(200, body);
}

http::Response OAuth::metadata(std::string_view base_url) const {
  const auto at = [&](std::string_view path) { return std::string{base_url} + std::string{path}; };
  return json_response(
      200,
      json::object{{"issuer", base_url},
                   {"authorization_endpoint", at("/o/oauth2/v2/auth")},
                   {"token_endpoint", at("/token")},
                   {"revocation_endpoint", at("/revoke")},
                   {"userinfo_endpoint", at("/v1/userinfo")},
                   {"response_types_supported", json::array{"code"}},
                   {"grant_types_supported", json::array{"authorization_code", "refresh_token"}},
                   {"token_endpoint_auth_methods_supported",
                    json::array{"client_secret_post", "client_secret_basic"}},
                   {"code_challenge_methods_supported", json::array{"plain", "S256"}},
                   {"scopes_supported", json::array{"openid", "email", "profile"}}});
}

Result<std::string> OAuth::approve(std::string_view consent_url, std::string_view email) {
  const auto question = consent_url.find('?');
  const auto query =
      question == std::string_view::npos ? std::string_view{} : consent_url.substr(question + 1);
  auto read = read_consent_request(registration_, query);
  if (const auto* refusal = std::get_if<ConsentRefusal>(&read)) {
    return Error{Errc::invalid_argument, refusal->error + ": " + refusal->description};
  }
  const auto* account = world_.find(email);
  if (account == nullptr) return Error{Errc::not_found, "The sandbox has no such account."};
  const auto& request = std::get<ConsentRequest>(read);
  return grant(request, *account, request.scopes);
}

}  // namespace gmail_mcp::sandbox
