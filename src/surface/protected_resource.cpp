#include "surface/protected_resource.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "accounts/client_tokens.h"
#include "base/text.h"
#include "operation/policy.h"
#include "surface/answer.h"

namespace gmail_mcp::surface {

namespace json = boost::json;

namespace {

// A quoted-string may hold only some characters (RFC 6750 §3), and our sentences hold others.
std::string quoted_string(std::string_view text) {
  std::string out{"\""};
  for (const char c : text) {
    const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    if (plain) out += c;
  }
  return out + '"';
}

json::array texts(const std::vector<std::string>& list) {
  json::array out;
  for (const auto& one : list) out.emplace_back(one);
  return out;
}

json::object metadata(const ProtectedResource& resource) {
  return {{"resource", resource.resource()},
          {"authorization_servers", texts(resource.authorization_servers)},
          {"scopes_supported", texts(resource.scopes)},
          {"bearer_methods_supported", json::array{"header"}},
          {"resource_name", resource.name}};
}

std::string what_to_do_instead(const ProtectedResource& resource) {
  if (resource.is_on()) {
    return "This server signs nobody in itself: its tokens come from " +
           resource.authorization_servers.front() + ", as " + resource.metadata_url() + " says.";
  }
  return "This server has no OAuth sign-in: let your client send the header Authorization: Bearer "
         "<token>, with a token that the server's operator makes with `gmail-mcp tokens create`.";
}

// RFC 6749 §5.2. The word must be one that clients know; the sentence is what they show.
http::Response no_sign_in(const ProtectedResource& resource) {
  auto response = json_response(
      404, {{"error", "invalid_request"}, {"error_description", what_to_do_instead(resource)}});
  let_any_page_read(response);
  return response;
}

// Clients look for a document beside the path of the endpoint, at the root, and below the path.
void add_everywhere(http::Router& router, const char* method, const std::string& document,
                    const http::Handler& handler) {
  for (const auto* end : {"", "/{first}", "/{first}/{second}", "/{first}/{second}/{third}"}) {
    router.add(method, document + end, handler);
  }
  router.add(method, "/mcp" + document, handler);
}

http::Handler answering(http::Response (*make)(const ProtectedResource&),
                        const ProtectedResource& resource) {
  return [make, &resource](http::Exchange& exchange) -> Task<void> {
    auto response =
        exchange.head().method == "OPTIONS" ? any_page_preflight("GET, OPTIONS") : make(resource);
    co_await exchange.respond(std::move(response));
  };
}

http::Response metadata_response(const ProtectedResource& resource) {
  auto response = http::json_response(200, json::serialize(metadata(resource)));
  response.headers.add("Cache-Control", "max-age=300");
  let_any_page_read(response);
  return response;
}

}  // namespace

bool ProtectedResource::signs_in_itself() const {
  return std::find(authorization_servers.begin(), authorization_servers.end(), public_url) !=
         authorization_servers.end();
}

std::string challenge(const ProtectedResource& resource, const Error& error,
                      const http::RequestHead* head) {
  const bool lacks_scope = error.code == Errc::forbidden && !error.missing_scope.empty();
  if (error.code != Errc::unauthenticated && !lacks_scope) return {};
  std::string out = "Bearer realm=\"gmail-mcp\"";
  const bool presented = head != nullptr && head->headers.find("authorization") != nullptr;
  if (lacks_scope) {
    out += ", error=\"insufficient_scope\", error_description=" + quoted_string(error.message);
  } else if (presented) {
    out += ", error=\"invalid_token\", error_description=" + quoted_string(error.message);
  }
  if (!resource.is_on()) return out;
  out += ", resource_metadata=" + quoted_string(resource.metadata_url());
  const auto scope = lacks_scope ? error.missing_scope : join(resource.scopes, " ");
  if (!scope.empty()) out += ", scope=" + quoted_string(scope);
  return out;
}

void check_scopes(const accounts::ScopeMap& scopes, const model::Caller& caller,
                  const operation::Info& info) {
  if (caller.grant.scopes.empty() || operation::is_within(caller.grant, info)) return;
  const bool changes = info.effect != operation::Effect::reads;
  // The scopes of our own sign-in have their own names, whatever the settings call an issuer's.
  static const accounts::ScopeMap ours;
  const auto& map = accounts::ClientTokens::recognized(caller) ? ours : scopes;
  const auto needed = map.scope_for(operation::to_string(info.toolset), info.name, changes);
  const bool has_it = std::find(caller.grant.scopes.begin(), caller.grant.scopes.end(), needed) !=
                      caller.grant.scopes.end();
  // Another limit is in the way then, which no scope takes away.
  if (!needed.empty() && !has_it) {
    throw accounts::scope_is_missing(needed, caller.grant.scopes);
  }
}

http::Response refusal(const ProtectedResource& resource, const Error& error,
                       const http::RequestHead* head) {
  auto response = error_response(error);
  if (auto field = challenge(resource, error, head); !field.empty()) {
    response.headers.add("WWW-Authenticate", std::move(field));
  }
  return response;
}

void add_protected_resource_routes(http::Router& router, const ProtectedResource& resource) {
  const auto nowhere = answering(no_sign_in, resource);
  if (resource.is_on()) {
    const auto told = answering(metadata_response, resource);
    // A client that knows another path of ours finds in it whether it is this resource.
    for (const auto* method : {"GET", "OPTIONS"}) {
      add_everywhere(router, method, "/.well-known/oauth-protected-resource", told);
    }
  } else {
    add_everywhere(router, "*", "/.well-known/oauth-protected-resource", nowhere);
  }
  if (resource.signs_in_itself()) return;
  for (const auto* document :
       {"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"}) {
    add_everywhere(router, "*", document, nowhere);
  }
  for (const auto* endpoint : {"/register", "/authorize", "/token"}) {
    router.add("*", endpoint, nowhere);
  }
}

void let_any_page_read(http::Response& response) {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After");
  // Other pages may load it, which json_response forbids.
  response.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
}

http::Response any_page_preflight(std::string_view methods) {
  http::Response response{204, {}, {}};
  response.headers.add("Access-Control-Allow-Origin", "*");
  response.headers.add("Access-Control-Allow-Methods", std::string{methods});
  response.headers.add("Access-Control-Allow-Headers",
                       "authorization, content-type, accept, mcp-protocol-version");
  response.headers.add("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace gmail_mcp::surface
