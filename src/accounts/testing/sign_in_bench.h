#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "accounts/authorization_server.h"
#include "accounts/client_documents.h"
#include "accounts/client_tokens.h"
#include "accounts/testing/flow_bench.h"
#include "crypto/base64.h"

namespace gmail_mcp::accounts::testing {

/// The sites of the world, for metadata documents: an address that is not listed cannot be reached.
class Sites final : public http::Client {
 public:
  struct Answer {
    int status = 200;
    std::string type;
    std::string body;
  };
  std::map<std::string, Answer> pages;
  std::vector<http::ClientRequest> asked;
  std::optional<Errc> failure;

  void serve(const std::string& url, std::string body, std::string type = "application/json",
             int status = 200) {
    pages[url] = Answer{status, std::move(type), std::move(body)};
  }
  Task<http::ClientResponse> send(http::ClientRequest request) override {
    asked.push_back(request);
    if (failure) throw Error{*failure, "It failed."};
    const auto found = pages.find(request.url);
    if (found == pages.end()) throw Error{Errc::unavailable, "The server could not be reached."};
    http::ClientResponse response;
    response.status = found->second.status;
    response.headers.add("Content-Type", found->second.type);
    response.body = found->second.body;
    co_return response;
  }
  Task<http::ClientResponse> send_once(http::ClientRequest request) override {
    return send(std::move(request));
  }
};

inline SignInRules sign_in_rules() {
  SignInRules rules;
  rules.issuer = "https://mail.test";
  rules.resource = "https://mail.test/mcp";
  rules.redirect_uri = "https://mail.test/oauth/callback";
  rules.google_scopes = {"https://www.googleapis.com/auth/gmail.readonly",
                         "https://www.googleapis.com/auth/gmail.send",
                         "https://www.googleapis.com/auth/gmail.modify"};
  rules.allowed_addresses = {"ann@gmail.com"};
  rules.allowed_domains = {"example.com"};
  return rules;
}

/// A bench with the authorization server on it, a registered client, and its way to tokens.
struct SignInBench : FlowBench {
  static constexpr char browser[] = "0123456789012345678901234567890123456789012";
  static constexpr char back[] = "https://client.test/callback";

  Sites sites;
  ClientDocuments documents{sites, clock};
  AuthorizationServer server{*store, keys, connect, &documents, clock, *log, sign_in_rules()};
  ClientTokens tokens{*store, keys, server.apps(), clock, *log, sign_in_rules()};

  const std::string verifier = std::string(43, 'v');
  const std::string challenge = crypto::base64url_encode(crypto::sha256(verifier));
  const std::string client_id = enrolled(back);

  std::string enrolled(const std::string& redirect_uri, const std::string& name = "A client") {
    const auto text = R"({"client_name":")" + name + R"(","redirect_uris":[")" + redirect_uri +
                      R"("],"token_endpoint_auth_method":"none"})";
    return server.apps().enroll(text, clock.now()).value().id;
  }

  http::QueryFields asks() const {
    return {{"response_type", "code"},
            {"client_id", client_id},
            {"redirect_uri", back},
            {"code_challenge", challenge},
            {"code_challenge_method", "S256"},
            {"state", "its state"},
            {"scope", "mail.read mail.send"},
            {"resource", "https://mail.test/mcp"}};
  }
  /// The fields with this one set, added, or (with "") removed.
  static http::QueryFields with(http::QueryFields fields, const std::string& name,
                                const std::string& value) {
    std::erase_if(fields, [&](const auto& one) { return one.first == name; });
    if (!value.empty()) fields.emplace_back(name, value);
    return fields;
  }

  Authorization good(http::QueryFields fields) {
    auto judged = run(server.judge(std::move(fields), "192.0.2.1"));
    if (auto* refused = std::get_if<RefusedAuthorization>(&judged)) {
      throw Error{Errc::internal, refused->why.error + ": " + refused->why.description};
    }
    return std::get<Authorization>(judged);
  }
  RefusedAuthorization refused(http::QueryFields fields) {
    auto judged = run(server.judge(std::move(fields), "192.0.2.1"));
    if (auto* why = std::get_if<RefusedAuthorization>(&judged)) return *why;
    return {.why = {"nothing was refused", ""}};
  }

  /// Agrees, signs in at Google, and comes back: where the person is sent at the end.
  std::string sign_in(http::QueryFields fields) {
    const auto google_url = run(server.begin(good(std::move(fields)), browser));
    auto pending = run(server.take(query_field(google_url, "state"), browser));
    auto end = run(server.finish(pending, "code-at-google"));
    return run(server.back(pending, std::move(end)));
  }
  std::string code() { return query_field(sign_in(asks()), "code"); }

  http::QueryFields exchanging(const std::string& code) const {
    return {{"grant_type", "authorization_code"},
            {"client_id", client_id},
            {"code", code},
            {"code_verifier", verifier},
            {"redirect_uri", back},
            {"resource", "https://mail.test/mcp"}};
  }
  http::QueryFields refreshing(const std::string& token) const {
    return {{"grant_type", "refresh_token"}, {"client_id", client_id}, {"refresh_token", token}};
  }
  std::variant<TokenAnswer, OAuthRefusal> give(http::QueryFields form) {
    return run(tokens.give(std::move(form)));
  }
  TokenAnswer given(http::QueryFields form) {
    auto answer = give(std::move(form));
    if (auto* why = std::get_if<OAuthRefusal>(&answer)) {
      throw Error{Errc::internal, why->error + ": " + why->description};
    }
    return std::get<TokenAnswer>(answer);
  }
  /// The word of the refusal; "none" when there was none.
  std::string refusal_of(http::QueryFields form) {
    const auto answer = give(std::move(form));
    const auto* why = std::get_if<OAuthRefusal>(&answer);
    return why != nullptr ? why->error : "none";
  }
  TokenAnswer signed_in() { return given(exchanging(code())); }

  /// "user google:sub-ann", or the sentence of the refusal.
  std::string holder(const std::string& access_token) {
    try {
      const auto caller = run(tokens.recognize(access_token));
      return caller ? "user " + caller->only_user->str() : "nobody";
    } catch (const Error& error) {
      return error.message;
    }
  }
};

}  // namespace gmail_mcp::accounts::testing
