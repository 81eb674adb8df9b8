#include "sandbox/consent.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/url.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr std::string_view prefix = "https://www.googleapis.com/auth/";

// Without the prefix.
constexpr std::array<std::string_view, 15> known_scopes{"userinfo.email",
                                                        "userinfo.profile",
                                                        "gmail.modify",
                                                        "gmail.readonly",
                                                        "gmail.metadata",
                                                        "gmail.compose",
                                                        "gmail.insert",
                                                        "gmail.send",
                                                        "gmail.labels",
                                                        "gmail.settings.basic",
                                                        "gmail.settings.sharing",
                                                        "gmail.addons.current.action.compose",
                                                        "gmail.addons.current.message.action",
                                                        "gmail.addons.current.message.metadata",
                                                        "gmail.addons.current.message.readonly"};

ConsentRefusal missing(std::string_view parameter) {
  return {400, "invalid_request", "Required parameter is missing: " + std::string{parameter}};
}

bool is_registered(const Registration& registration, const std::string& uri) {
  if (!registration.redirect_uris.empty()) {
    return contains(registration.redirect_uris, uri);
  }
  const auto url = http::Url::parse(uri);
  return url.has_value() && url->scheme == "http" && url->is_loopback() &&
         uri.find('#') == std::string::npos;
}

bool has_word(std::string_view list, std::string_view word) {
  return contains(split(list, ' '), word);
}

std::string with_query(const std::string& uri, const http::QueryFields& fields) {
  return uri + (uri.find('?') == std::string::npos ? "?" : "&") + http::encode_query(fields);
}

}  // namespace

std::string full_scope_name(std::string_view scope) {
  if (scope == "openid" || scope == "https://mail.google.com/") return std::string{scope};
  if (scope == "email" || scope == "profile") {
    return std::string{prefix} + "userinfo." + std::string{scope};
  }
  if (scope.starts_with(prefix)) scope.remove_prefix(prefix.size());
  return contains(known_scopes, scope) ? std::string{prefix} + std::string{scope} : std::string{};
}

bool is_identity_scope(std::string_view scope) {
  return scope == "openid" || scope.starts_with("https://www.googleapis.com/auth/userinfo.");
}

std::variant<ConsentRequest, ConsentRefusal> read_consent_request(const Registration& registration,
                                                                  std::string_view query) {
  const auto fields = http::decode_query(query);
  if (!fields) return ConsentRefusal{400, "invalid_request", "The query cannot be read."};
  const auto value = [&](std::string_view name) {
    return std::string{http::query_value(*fields, name)};
  };
  ConsentRequest request;
  request.query = query;
  request.client_id = value("client_id");
  request.redirect_uri = value("redirect_uri");
  if (request.client_id.empty()) return missing("client_id");
  if (request.client_id != registration.client_id) {
    return ConsentRefusal{401, "invalid_client", "The OAuth client was not found."};
  }
  if (request.redirect_uri.empty()) return missing("redirect_uri");
  if (!is_registered(registration, request.redirect_uri)) {
    return ConsentRefusal{400, "redirect_uri_mismatch",
                          "The redirect URI in the request does not match one that is registered "
                          "for the OAuth client."};
  }
  if (value("response_type").empty()) return missing("response_type");
  if (value("response_type") != "code") {
    return ConsentRefusal{400, "unsupported_response_type", "Invalid response_type."};
  }
  for (const auto& scope : split(value("scope"), ' ')) {
    if (scope.empty()) continue;
    auto name = full_scope_name(scope);
    if (name.empty()) {
      return ConsentRefusal{400, "invalid_scope", "Some requested scopes were invalid: " + scope};
    }
    if (!contains(request.scopes, name)) {
      request.scopes.push_back(std::move(name));
    }
  }
  if (request.scopes.empty()) return missing("scope");
  request.code_challenge = value("code_challenge");
  request.code_challenge_method = value("code_challenge_method");
  if (request.code_challenge_method.empty() && !request.code_challenge.empty()) {
    request.code_challenge_method = "plain";
  }
  const auto& method = request.code_challenge_method;
  if (!method.empty() && method != "S256" && method != "plain") {
    return ConsentRefusal{400, "invalid_request", "Invalid code_challenge_method."};
  }
  request.state = value("state");
  request.login_hint = value("login_hint");
  request.offline = value("access_type") == "offline";
  request.forced = has_word(value("prompt"), "consent");
  request.silent = has_word(value("prompt"), "none");
  request.include_granted = value("include_granted_scopes") == "true";
  return request;
}

std::string redirect_with_code(const ConsentRequest& request, std::string_view code,
                               const std::vector<std::string>& scopes) {
  http::QueryFields fields;
  if (!request.state.empty()) fields.emplace_back("state", request.state);
  fields.emplace_back("code", std::string{code});
  fields.emplace_back("scope", join(scopes, " "));
  fields.emplace_back("authuser", "0");
  fields.emplace_back("prompt", request.silent ? "none" : "consent");
  return with_query(request.redirect_uri, fields);
}

std::string redirect_with_error(const ConsentRequest& request, std::string_view error) {
  http::QueryFields fields;
  fields.emplace_back("error", std::string{error});
  if (!request.state.empty()) fields.emplace_back("state", request.state);
  return with_query(request.redirect_uri, fields);
}

}  // namespace gmail_mcp::sandbox
