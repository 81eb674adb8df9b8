#include "surface/protected_resource.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "http/connection_house_test.h"

namespace gmail_mcp::surface {
namespace {

ProtectedResource with_issuer() {
  ProtectedResource resource;
  resource.public_url = "https://mail.example.com";
  resource.name = "Example";
  resource.authorization_servers = {"https://login.example.com"};
  resource.scopes = {"mail.read", "mail.send"};
  return resource;
}

ProtectedResource with_nothing() {
  ProtectedResource resource;
  resource.public_url = "http://localhost:8000";
  return resource;
}

// The status and body of one answer.
struct Told {
  int status = 0;
  std::string fields;
  boost::json::object body;
};

Told ask(const ProtectedResource& resource, const std::string& line) {
  http::test::House house;
  add_protected_resource_routes(house.router, resource);
  const auto answer = house.talk(line + " HTTP/1.1\r\nHost: h\r\n\r\n", 1 << 20);
  Told told;
  told.status = std::stoi(answer.substr(answer.find(' ') + 1, 3));
  const auto end = answer.find("\r\n\r\n");
  told.fields = answer.substr(0, end);
  const auto body = answer.substr(end + 4);
  if (body.starts_with('{')) told.body = boost::json::parse(body).as_object();
  return told;
}

TEST(ProtectedResource, its_metadata_stands_at_every_path_where_clients_look) {
  const auto resource = with_issuer();
  for (const auto* end : {"", "/mcp", "/mcp/sse", "/gmail/mcp/sse"}) {
    const auto told = ask(resource, std::string{"GET /.well-known/oauth-protected-resource"} + end);
    EXPECT_EQ(told.status, 200);
    const boost::json::object expected{{"resource", "https://mail.example.com/mcp"},
                                       {"authorization_servers", {"https://login.example.com"}},
                                       {"scopes_supported", {"mail.read", "mail.send"}},
                                       {"bearer_methods_supported", {"header"}},
                                       {"resource_name", "Example"}};
    EXPECT_EQ(told.body, expected);
    EXPECT_NE(told.fields.find("Access-Control-Allow-Origin: *"), std::string::npos);
  }
  const auto asked = ask(resource, "OPTIONS /.well-known/oauth-protected-resource/mcp");
  EXPECT_EQ(asked.status, 204);
  EXPECT_NE(asked.fields.find("mcp-protocol-version"), std::string::npos);
}

TEST(ProtectedResource, without_a_sign_in_oauth_clients_are_told_in_their_form_what_to_do) {
  const auto resource = with_nothing();
  for (const auto* line :
       {"GET /.well-known/oauth-protected-resource",
        "GET /.well-known/oauth-protected-resource/mcp",
        "GET /.well-known/oauth-authorization-server",
        "GET /.well-known/oauth-authorization-server/mcp", "GET /.well-known/openid-configuration",
        "GET /.well-known/openid-configuration/mcp/sse",
        "GET /mcp/.well-known/openid-configuration", "POST /register", "GET /register",
        "GET /authorize", "POST /token", "DELETE /token"}) {
    const auto told = ask(resource, line);
    EXPECT_EQ(told.status, 404) << line;
    EXPECT_EQ(told.body.at("error"), "invalid_request") << line;
    const std::string sentence{told.body.at("error_description").as_string()};
    EXPECT_NE(sentence.find("Authorization: Bearer <token>"), std::string::npos) << line;
    EXPECT_NE(sentence.find("gmail-mcp tokens create"), std::string::npos) << line;
  }
}

TEST(ProtectedResource, with_an_issuer_what_only_the_issuer_has_names_it) {
  const auto told = ask(with_issuer(), "POST /register");
  EXPECT_EQ(told.status, 404);
  EXPECT_NE(told.body.at("error_description").as_string().find("https://login.example.com"),
            boost::json::string::npos);
}

TEST(ProtectedResource, a_server_that_signs_people_in_leaves_these_addresses_to_its_sign_in) {
  auto resource = with_issuer();
  resource.authorization_servers.push_back(resource.public_url);
  http::Router router;
  add_protected_resource_routes(router, resource);
  EXPECT_EQ(router.match("POST", "/register").status, 404);
  EXPECT_EQ(router.match("GET", "/.well-known/oauth-authorization-server").handler, nullptr);
  EXPECT_NE(router.match("GET", "/.well-known/oauth-protected-resource").handler, nullptr);
}

TEST(Challenge, says_invalid_token_only_to_who_sent_one) {
  const Error refused{Errc::unauthenticated, "The \"token\" is \\not… known."};
  http::RequestHead head;
  const auto resource = with_issuer();
  const std::string metadata =
      ", resource_metadata=\"https://mail.example.com/.well-known/oauth-protected-resource/mcp\", "
      "scope=\"mail.read mail.send\"";
  EXPECT_EQ(challenge(resource, refused, &head), "Bearer realm=\"gmail-mcp\"" + metadata);
  EXPECT_EQ(challenge(resource, refused, nullptr), "Bearer realm=\"gmail-mcp\"" + metadata);
  head.headers.add("Authorization", "Bearer x");
  const std::string invalid =
      "Bearer realm=\"gmail-mcp\", error=\"invalid_token\", error_description=\"The token is not "
      "known.\"";
  EXPECT_EQ(challenge(resource, refused, &head), invalid + metadata);
  EXPECT_EQ(challenge(with_nothing(), refused, &head), invalid);
}

TEST(Challenge, names_the_scopes_that_a_call_needs) {
  Error refused{Errc::forbidden, "Too little."};
  http::RequestHead head;
  head.headers.add("Authorization", "Bearer x");
  const auto resource = with_issuer();
  EXPECT_EQ(challenge(resource, refused, &head), "");
  refused.missing_scope = "mail.send";
  EXPECT_EQ(challenge(resource, refused, &head),
            "Bearer realm=\"gmail-mcp\", error=\"insufficient_scope\", "
            "error_description=\"Too little.\", "
            "resource_metadata=\"https://mail.example.com/.well-known/oauth-protected-resource/"
            "mcp\", scope=\"mail.send\"");
  const auto answer = refusal(resource, refused, &head);
  EXPECT_EQ(answer.status, 403);
  EXPECT_FALSE(answer.headers.get("WWW-Authenticate").empty());
}

// The scope that a call with a token of these scopes is told to ask for; "": it may go on.
std::string missing_scope(const std::vector<std::string>& scopes, operation::Toolset toolset,
                          operation::Effect effect) {
  const accounts::ScopeMap map;
  model::Caller caller;
  caller.kind = model::CallerKind::user;
  if (auto grant = map.grant(scopes)) caller.grant = std::move(*grant);
  operation::Info info;
  info.name = "tool";
  info.toolset = toolset;
  info.effect = effect;
  try {
    check_scopes(map, caller, info);
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::forbidden);
    return error.missing_scope;
  }
  return {};
}

TEST(StepUp, a_call_beyond_a_tokens_scopes_is_told_which_one_it_needs_beside_those_it_has) {
  using operation::Effect;
  using operation::Toolset;
  const std::vector<std::string> reading{"mail.read"};
  EXPECT_EQ(missing_scope(reading, Toolset::read, Effect::reads), "");
  EXPECT_EQ(missing_scope(reading, Toolset::write, Effect::sends), "mail.read mail.send");
  EXPECT_EQ(missing_scope(reading, Toolset::organize, Effect::destroys), "mail.read mail.organize");
  EXPECT_EQ(missing_scope(reading, Toolset::connections, Effect::changes),
            "mail.read mail.accounts");
  EXPECT_EQ(missing_scope({"mail.organize"}, Toolset::write, Effect::sends),
            "mail.organize mail.send");
  EXPECT_EQ(missing_scope({"mail.send"}, Toolset::write, Effect::sends), "");
  EXPECT_EQ(missing_scope(reading, Toolset::setup, Effect::reads), "") << "no scope allows it";
}

TEST(StepUp, callers_without_scopes_are_judged_elsewhere) {
  EXPECT_EQ(missing_scope({}, operation::Toolset::write, operation::Effect::sends), "");
}

TEST(StepUp, our_own_sign_in_keeps_its_scopes_where_an_issuer_has_others) {
  const auto theirs = accounts::ScopeMap::parse({"Mail.Send: read write"}).value();
  const auto ours = std::vector<std::string>{"mail.read"};
  model::Caller caller;
  caller.kind = model::CallerKind::user;
  caller.grant = accounts::ScopeMap{}.grant(ours).value();
  operation::Info sending;
  sending.toolset = operation::Toolset::write;
  sending.effect = operation::Effect::sends;
  const auto needed = [&](const char* credential) -> std::string {
    caller.credential = credential;
    try {
      check_scopes(theirs, caller, sending);
    } catch (const Error& error) {
      return error.missing_scope;
    }
    return {};
  };
  EXPECT_EQ(needed("sign_in/claude.ai"), "mail.read mail.send");
  EXPECT_EQ(needed("sign_in:claude.ai"), "mail.read mail.send");
  EXPECT_EQ(needed("jwt/login.example.com"), "mail.read Mail.Send");
}

TEST(StepUp, a_limit_that_no_scope_takes_away_is_not_blamed_on_scopes) {
  const accounts::ScopeMap map;
  model::Caller caller;
  caller.kind = model::CallerKind::user;
  caller.grant = map.grant({"mail.accounts"}).value();
  caller.grant.connections = {"one"};
  operation::Info connecting;
  connecting.toolset = operation::Toolset::connections;
  connecting.effect = operation::Effect::changes;
  EXPECT_NO_THROW(check_scopes(map, caller, connecting));
}

}  // namespace
}  // namespace gmail_mcp::surface
