#include "accounts/credentials.h"

#include <gtest/gtest.h>

#include <optional>

namespace gmail_mcp::accounts {
namespace {

using model::CallerKind;

const std::string application_token = "application-token-of-this-test";
const std::string operator_token = "operator-token-of-this-test";
const std::string as_application = "Bearer " + application_token;
const std::string as_operator = "Bearer " + operator_token;

CallerRules nothing_configured() { return CallerRules{}; }

CallerRules both_tokens() {
  CallerRules rules;
  rules.auth_token = Secret{application_token};
  rules.operator_token = Secret{operator_token};
  return rules;
}

CallerEvidence from_loopback() {
  CallerEvidence evidence;
  evidence.peer_is_loopback = true;
  return evidence;
}

CallerEvidence with(std::string_view authorization) {
  CallerEvidence evidence;
  evidence.authorization = authorization;
  evidence.authorization_count = 1;
  return evidence;
}

// The kind of caller, or nothing when the call is refused as unauthenticated.
std::optional<CallerKind> kind(const CallerEvidence& evidence, const CallerRules& rules) {
  const auto caller = identify(evidence, rules);
  if (caller) return caller->kind;
  EXPECT_EQ(caller.error().code, Errc::unauthenticated) << caller.error().message;
  return std::nullopt;
}

TEST(Callers, the_operator_token_makes_an_operator) {
  const auto caller = identify(with(as_operator), both_tokens());
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->kind, CallerKind::operator_);
  EXPECT_EQ(caller->credential, "operator_token");
  EXPECT_EQ(caller->only_user, std::nullopt);
}

TEST(Callers, the_auth_token_makes_an_application_for_every_user) {
  const auto caller = identify(with(as_application), both_tokens());
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->kind, CallerKind::application);
  EXPECT_EQ(caller->credential, "auth_token");
  EXPECT_EQ(caller->only_user, std::nullopt);
}

TEST(Callers, the_case_of_the_scheme_and_blanks_around_the_token_do_not_matter) {
  EXPECT_EQ(kind(with("bearer " + application_token), both_tokens()), CallerKind::application);
  EXPECT_EQ(kind(with("BEARER   " + application_token + " "), both_tokens()),
            CallerKind::application);
}

TEST(Callers, any_other_authorization_is_refused_wherever_it_comes_from) {
  for (const std::string text : {
           "Bearer wrong",
           "Bearer ",
           "Bearer",
           "",
           "Basic YTpi",
           "Token application-token-of-this-test",
           "application-token-of-this-test",
           "Bearer application-token-of-this-tes",
           "Bearer application-token-of-this-test2",
           "Bearer APPLICATION-TOKEN-OF-THIS-TEST",
           "Bearer application-token-of-this-test, Bearer operator-token-of-this-test",
       }) {
    for (auto rules : {both_tokens(), nothing_configured()}) {
      rules.allow_unauthenticated = true;
      auto evidence = with(text);
      evidence.peer_is_loopback = true;
      EXPECT_EQ(kind(evidence, rules), std::nullopt) << text;
    }
  }
}

TEST(Callers, two_authorization_headers_are_refused) {
  auto evidence = with(as_application);
  evidence.authorization_count = 2;
  EXPECT_EQ(kind(evidence, both_tokens()), std::nullopt);
}

TEST(Callers, a_token_that_is_not_configured_is_nobodys) {
  CallerRules only_application;
  only_application.auth_token = Secret{application_token};
  EXPECT_EQ(kind(with("Bearer "), only_application), std::nullopt);
  EXPECT_EQ(kind(with(as_operator), only_application), std::nullopt);
}

TEST(Callers, where_a_credential_is_configured_loopback_needs_it_too) {
  CallerRules only_operator;
  only_operator.operator_token = Secret{operator_token};
  only_operator.allow_unauthenticated = true;
  EXPECT_EQ(kind(from_loopback(), both_tokens()), std::nullopt);
  EXPECT_EQ(kind(from_loopback(), only_operator), std::nullopt);
}

TEST(Callers, without_any_credential_loopback_is_an_application) {
  const auto caller = identify(from_loopback(), nothing_configured());
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->kind, CallerKind::application);
  EXPECT_EQ(caller->identity(), "application:loopback");
}

TEST(Callers, a_forwarded_request_is_not_of_this_machine) {
  auto evidence = from_loopback();
  evidence.forwarded = true;
  EXPECT_EQ(kind(evidence, nothing_configured()), std::nullopt);
}

TEST(Callers, a_server_with_a_public_address_is_not_open_to_loopback) {
  auto rules = nothing_configured();
  rules.is_loopback_only = false;
  EXPECT_EQ(kind(from_loopback(), rules), std::nullopt);
}

TEST(Callers, beyond_loopback_a_server_without_credential_is_closed_and_says_the_three_ways_out) {
  const auto caller = identify(CallerEvidence{}, nothing_configured());
  ASSERT_FALSE(caller.has_value());
  EXPECT_EQ(caller.error().code, Errc::unauthenticated);
  for (const std::string way : {"GMAIL_MCP_SERVER_AUTH_TOKEN", "behind a proxy that authenticates",
                                "GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED=true"}) {
    EXPECT_NE(caller.error().hint.find(way), std::string::npos) << way;
  }
}

TEST(Callers, allow_unauthenticated_makes_everybody_an_application_but_never_an_operator) {
  auto rules = nothing_configured();
  rules.allow_unauthenticated = true;
  rules.is_loopback_only = false;
  CallerEvidence evidence;
  evidence.forwarded = true;
  EXPECT_EQ(kind(evidence, rules), CallerKind::application);
}

TEST(Callers, the_user_header_narrows_an_application_to_one_user) {
  auto evidence = with(as_application);
  evidence.user_headers = {"user-123"};
  const auto caller = identify(evidence, both_tokens());
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->kind, CallerKind::application);
  EXPECT_EQ(caller->only_user, model::ExternalUserId{"user-123"});
  EXPECT_EQ(caller->identity(), "application:auth_token:user-123");
}

TEST(Callers, the_user_header_narrows_a_caller_without_credential_too) {
  auto evidence = from_loopback();
  evidence.user_headers = {"user-123"};
  const auto caller = identify(evidence, nothing_configured());
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->only_user, model::ExternalUserId{"user-123"});
}

TEST(Callers, an_operator_held_to_one_user_loses_the_set_up_tools) {
  auto evidence = with(as_operator);
  evidence.user_headers = {"user-123"};
  const auto caller = identify(evidence, both_tokens());
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->kind, CallerKind::application);
  EXPECT_EQ(caller->only_user, model::ExternalUserId{"user-123"});
}

TEST(Callers, a_user_header_that_names_no_user_is_an_invalid_argument) {
  const std::string longest(255, 'u');
  const std::string too_long(256, 'u');
  const auto judge = [](std::vector<std::string_view> names) {
    auto evidence = from_loopback();
    evidence.user_headers = std::move(names);
    return identify(evidence, nothing_configured());
  };
  using std::string_view_literals::operator""sv;
  EXPECT_TRUE(judge({longest}).has_value());
  EXPECT_TRUE(judge({"Zo\xc3\xab@example.com"}).has_value());
  for (const std::vector<std::string_view>& names :
       std::vector<std::vector<std::string_view>>{{""},
                                                  {"  "},
                                                  {too_long},
                                                  {"a", "a"},
                                                  {"a", "b"},
                                                  {"a", ""},
                                                  {"a\nb"},
                                                  {"a\0b"sv},
                                                  {"a\tb"},
                                                  {"a\x7f"},
                                                  {"\xff"}}) {
    const auto caller = judge(names);
    ASSERT_FALSE(caller.has_value()) << names.front();
    EXPECT_EQ(caller.error().code, Errc::invalid_argument) << names.front();
  }
}

TEST(Callers, who_cannot_authenticate_learns_nothing_of_the_user_header) {
  auto evidence = with("Bearer wrong");
  evidence.user_headers = {"a", "b"};
  EXPECT_EQ(kind(evidence, both_tokens()), std::nullopt);
}

TEST(Callers, a_refusal_repeats_no_credential) {
  const auto caller = identify(with("Bearer mistyped-secret"), both_tokens());
  ASSERT_FALSE(caller.has_value());
  for (const auto& text : {caller.error().message, caller.error().hint, caller.error().detail}) {
    EXPECT_EQ(text.find("mistyped-secret"), std::string::npos);
    EXPECT_EQ(text.find(application_token), std::string::npos);
  }
}

TEST(Callers, a_server_is_closed_beyond_loopback_until_somebody_can_be_let_in) {
  EXPECT_TRUE(is_closed_beyond_loopback(nothing_configured()));
  auto rules = nothing_configured();
  rules.allow_unauthenticated = true;
  EXPECT_FALSE(is_closed_beyond_loopback(rules));
  rules = nothing_configured();
  rules.auth_token = Secret{application_token};
  EXPECT_FALSE(is_closed_beyond_loopback(rules));
  rules = nothing_configured();
  rules.operator_token = Secret{operator_token};
  EXPECT_FALSE(is_closed_beyond_loopback(rules));
}

}  // namespace
}  // namespace gmail_mcp::accounts
