#include "surface/sign_in_endpoints.h"

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <utility>

#include "accounts/mail_scopes.h"
#include "base/caught.h"
#include "base/text.h"
#include "surface/answer.h"
#include "surface/protected_resource.h"

namespace gmail_mcp::surface {

namespace json = boost::json;

namespace {

constexpr std::size_t largest_registration = std::size_t{16} << 10U;
constexpr std::size_t largest_token_form = std::size_t{64} << 10U;

struct Endpoints {
  accounts::AuthorizationServer& server;
  accounts::ClientTokens& tokens;
  const DoorRules& rules;
  const Clock& clock;
  bool knows_documents = false;

  http::Response metadata() const;
  Task<http::Response> enroll(http::Exchange& exchange) const;
  Task<http::Response> give(http::Exchange& exchange) const;
  Task<http::Response> take_back(http::Exchange& exchange) const;
};

json::array strings(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& one : texts) out.emplace_back(json::string{one});
  return out;
}

// RFC 6749 §5.2 and RFC 7591 §3.2.2.
http::Response oauth_refusal(int status, std::string_view error, std::string_view description) {
  json::object body;
  body["error"] = error;
  body["error_description"] = description;
  auto response = json_response(status, body);
  response.headers.set("Pragma", "no-cache");
  return response;
}

http::Response oauth_refusal(const accounts::OAuthRefusal& why) {
  return oauth_refusal(why.error == "invalid_client" ? 401 : 400, why.error, why.description);
}

// A failure of ours, in the form that clients read.
http::Response oauth_failure(const Error& error) {
  const bool may_pass = error.retryable() || error.code == Errc::rate_limited;
  auto response =
      oauth_refusal(http_status(error.code), may_pass ? "temporarily_unavailable" : "server_error",
                    error.message);
  if (error.retry_after) {
    response.headers.add("Retry-After", std::to_string(error.retry_after->count()));
  }
  return response;
}

bool is_form(const http::RequestHead& head) {
  const auto type = head.headers.get("content-type");
  return equals_ignoring_case(trim(type.substr(0, type.find(';'))),
                              "application/x-www-form-urlencoded");
}

Task<std::optional<http::QueryFields>> read_form(http::Exchange& exchange) {
  if (!is_form(exchange.head())) co_return std::nullopt;
  const auto body = co_await exchange.read_body(largest_token_form);
  co_return http::decode_query(body);
}

http::Response no_form() {
  return oauth_refusal(400, "invalid_request",
                       "The parameters must be sent as application/x-www-form-urlencoded.");
}

http::Response Endpoints::metadata() const {
  const auto& rules_of = server.rules();
  const auto& issuer = rules_of.issuer;
  json::object out;
  out["issuer"] = issuer;
  out["authorization_endpoint"] = issuer + "/authorize";
  out["token_endpoint"] = issuer + "/token";
  out["registration_endpoint"] = issuer + "/register";
  out["revocation_endpoint"] = issuer + "/revoke";
  out["scopes_supported"] = strings(accounts::mail_scopes());
  out["response_types_supported"] = strings({"code"});
  out["response_modes_supported"] = strings({"query"});
  out["grant_types_supported"] = strings({"authorization_code", "refresh_token"});
  out["code_challenge_methods_supported"] = strings({"S256"});
  out["token_endpoint_auth_methods_supported"] = strings({"none"});
  out["revocation_endpoint_auth_methods_supported"] = strings({"none"});
  out["authorization_response_iss_parameter_supported"] = true;
  out["client_id_metadata_document_supported"] = knows_documents;
  auto response = http::json_response(200, json::serialize(out));
  response.headers.add("Cache-Control", "max-age=300");
  return response;
}

Task<http::Response> Endpoints::enroll(http::Exchange& exchange) const {
  server.count_registration(client_address(exchange.head(), rules));
  const auto body = co_await exchange.read_body(largest_registration);
  const auto app = server.apps().enroll(body, clock.now());
  if (!app) {
    const bool is_redirect = app.error().message.find("redirect") != std::string::npos;
    co_return oauth_refusal(400, is_redirect ? "invalid_redirect_uri" : "invalid_client_metadata",
                            app.error().message);
  }
  co_return json_response(201, accounts::registration_answer(app.value(), clock.now()));
}

Task<http::Response> Endpoints::give(http::Exchange& exchange) const {
  auto form = co_await read_form(exchange);
  if (!form) co_return no_form();
  const auto given = co_await tokens.give(std::move(*form));
  if (const auto* refused = std::get_if<accounts::OAuthRefusal>(&given)) {
    co_return oauth_refusal(*refused);
  }
  const auto& answer = std::get<accounts::TokenAnswer>(given);
  json::object out;
  out["access_token"] = answer.access_token;
  out["token_type"] = "Bearer";
  out["expires_in"] = answer.expires_in.count();
  out["refresh_token"] = answer.refresh_token;
  out["scope"] = join(answer.scopes, " ");
  auto response = json_response(200, out);
  response.headers.set("Pragma", "no-cache");
  co_return response;
}

Task<http::Response> Endpoints::take_back(http::Exchange& exchange) const {
  auto form = co_await read_form(exchange);
  if (!form) co_return no_form();
  const auto refused = co_await tokens.take_back(std::move(*form));
  if (refused) co_return oauth_refusal(*refused);
  co_return json_response(200, json::object{});
}

}  // namespace

void add_sign_in_endpoints(http::Router& router, accounts::AuthorizationServer& server,
                           accounts::ClientTokens& tokens, const DoorRules& rules,
                           const Clock& clock, bool knows_documents) {
  const auto endpoints =
      std::make_shared<const Endpoints>(Endpoints{server, tokens, rules, clock, knows_documents});
  const auto preflight = [&](const std::string& path, const char* methods) {
    router.add("OPTIONS", path, [methods](http::Exchange& exchange) {
      return exchange.respond(any_page_preflight(methods));
    });
  };
  for (const auto* document :
       {"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"}) {
    for (const auto* end : {"", "/mcp", "/mcp/sse"}) {
      router.add("GET", std::string{document} + end, [endpoints](http::Exchange& exchange) {
        auto response = endpoints->metadata();
        let_any_page_read(response);
        return exchange.respond(std::move(response));
      });
      preflight(std::string{document} + end, "GET, OPTIONS");
    }
  }
  const auto add = [&](const char* path,
                       Task<http::Response> (Endpoints::*make)(http::Exchange&) const) {
    router.add("POST", path, [endpoints, make](http::Exchange& exchange) -> Task<void> {
      auto made = co_await caught(((*endpoints).*make)(exchange));
      auto response = made ? std::move(made).value() : oauth_failure(made.error());
      let_any_page_read(response);
      co_await exchange.respond(std::move(response));
    });
    preflight(path, "POST, OPTIONS");
  };
  add("/register", &Endpoints::enroll);
  add("/token", &Endpoints::give);
  add("/revoke", &Endpoints::take_back);
}

}  // namespace gmail_mcp::surface
