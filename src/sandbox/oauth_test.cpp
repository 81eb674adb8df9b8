#include "sandbox/oauth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "sandbox/test_bench.h"

namespace gmail_mcp::sandbox {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view identity_and_read =
    "openid email https://www.googleapis.com/auth/gmail.readonly";

std::string s256(std::string_view verifier) {
  return crypto::base64url_encode(crypto::sha256(verifier), crypto::Padding::without);
}

http::QueryFields refresh_fields(std::string_view token) {
  return {{"grant_type", "refresh_token"},
          {"client_id", Options{}.client_id},
          {"client_secret", Options{}.client_secret},
          {"refresh_token", std::string{token}}};
}

void set(http::QueryFields& fields, std::string_view name, const std::string& value) {
  for (auto& field : fields) {
    if (field.first == name) field.second = value;
  }
}

std::string error_of(Bench& bench, const http::ClientResponse& response) {
  return std::string{bench.json(response).at("error").as_string()};
}

TEST(SandboxOAuth, TheConsentPageSaysItIsNotGoogleAndListsAccountsAndScopes) {
  Bench bench;
  const auto url = bench.consent_url(identity_and_read);
  const auto page = bench.request("GET " + url.substr(bench.url("").size()));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("Sandbox – not Google"));
  EXPECT_THAT(page.body, HasSubstr(std::string{alex}));
  EXPECT_THAT(page.body, HasSubstr("type=\"checkbox\""));
  EXPECT_THAT(page.body, HasSubstr("gmail.readonly"));
  EXPECT_THAT(page.body, HasSubstr(">Allow</button>"));
}

TEST(SandboxOAuth, WhatComesFromTheQueryIsEscapedOnThePage) {
  Bench bench;
  const auto page =
      bench.request("GET /o/oauth2/v2/auth?client_id=%22%3E%3Cscript%3E&response_type=code");
  EXPECT_EQ(page.status, 401);
  EXPECT_THAT(page.body, Not(HasSubstr("<script>")));
}

TEST(SandboxOAuth, AllowingOnThePageRedirectsWithCodeStateAndTheTickedScopesOnly) {
  Bench bench;
  const auto url = bench.consent_url(std::string{identity_and_read} + " " +
                                     "https://www.googleapis.com/auth/gmail.send");
  const auto answer = bench.form("/o/oauth2/v2/auth/consent",
                                 {{"request", url.substr(url.find('?') + 1)},
                                  {"email", std::string{alex}},
                                  {"scope", "https://www.googleapis.com/auth/gmail.send"},
                                  {"decision", "allow"}});
  EXPECT_EQ(answer.status, 302);
  const auto location = std::string{answer.headers.get("Location")};
  EXPECT_THAT(location, StartsWith("http://127.0.0.1:9/callback?state=s1&code=4%2F0A"));
  EXPECT_THAT(location, HasSubstr("gmail.send"));
  EXPECT_THAT(location, HasSubstr("openid"));
  EXPECT_THAT(location, Not(HasSubstr("gmail.readonly")));
}

TEST(SandboxOAuth, CancellingRedirectsWithAccessDeniedAndTheState) {
  Bench bench;
  const auto url = bench.consent_url(identity_and_read);
  const auto answer =
      bench.form("/o/oauth2/v2/auth/consent",
                 {{"request", url.substr(url.find('?') + 1)}, {"decision", "cancel"}});
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.headers.get("Location"),
            "http://127.0.0.1:9/callback?error=access_denied&state=s1");
}

TEST(SandboxOAuth, ARedirectUriThatIsNotLoopbackIsRefusedOnThePage) {
  Bench bench;
  const auto page = bench.request(
      "GET /o/oauth2/v2/auth?response_type=code&scope=openid&client_id=" + Options{}.client_id +
      "&redirect_uri=http%3A%2F%2Fevil.example%2Fcb");
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, HasSubstr("redirect_uri_mismatch"));
  EXPECT_EQ(page.headers.get("Location"), "");
}

TEST(SandboxOAuth, ACodeBuysTokensWithGooglesShape) {
  Bench bench;
  const auto code = bench.code(alex, identity_and_read);
  const auto response = bench.form("/token", bench.exchange_fields(code));
  EXPECT_EQ(response.status, 200);
  const auto body = bench.json(response);
  EXPECT_THAT(std::string{body.at("access_token").as_string()}, StartsWith("ya29."));
  EXPECT_THAT(std::string{body.at("refresh_token").as_string()}, StartsWith("1//"));
  EXPECT_EQ(body.at("expires_in").as_int64(), 3599);
  EXPECT_EQ(body.at("token_type").as_string(), "Bearer");
  EXPECT_EQ(body.at("scope").as_string(),
            "openid https://www.googleapis.com/auth/userinfo.email "
            "https://www.googleapis.com/auth/gmail.readonly");
}

TEST(SandboxOAuth, WithAKeyThatIsKeptARefreshTokenOutlivesTheSandbox) {
  Options options;
  options.grant_key = "kept";
  std::string token;
  {
    Bench first{options};
    const auto bought =
        first.form("/token", first.exchange_fields(first.code(alex, identity_and_read)));
    token = first.json(bought).at("refresh_token").as_string();
  }
  Bench second{options};
  const auto refreshed = second.form("/token", refresh_fields(token));
  EXPECT_EQ(refreshed.status, 200);
  EXPECT_THAT(std::string{second.json(refreshed).at("scope").as_string()},
              HasSubstr("gmail.readonly"));

  auto forged = token;
  forged[10] = forged[10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(second.form("/token", refresh_fields(forged)).status, 400);
  EXPECT_EQ(second.form("/revoke", {{"token", token}}).status, 200);
  EXPECT_EQ(second.form("/token", refresh_fields(token)).status, 400);

  options.grant_key = "another";
  Bench third{options};
  EXPECT_EQ(third.form("/token", refresh_fields(token)).status, 400);
}

TEST(SandboxOAuth, ACodeWorksOnce) {
  Bench bench;
  const auto fields = bench.exchange_fields(bench.code(alex, identity_and_read));
  EXPECT_EQ(bench.form("/token", fields).status, 200);
  const auto second = bench.form("/token", fields);
  EXPECT_EQ(second.status, 400);
  EXPECT_EQ(error_of(bench, second), "invalid_grant");
}

TEST(SandboxOAuth, ACodeDiesAfterTenMinutes) {
  Bench bench;
  const auto fields = bench.exchange_fields(bench.code(alex, identity_and_read));
  bench.clock.advance(std::chrono::minutes{10});
  EXPECT_EQ(error_of(bench, bench.form("/token", fields)), "invalid_grant");
}

TEST(SandboxOAuth, AChallengeDemandsItsVerifier) {
  Bench bench;
  const http::QueryFields pkce{{"code_challenge", s256("right")},
                               {"code_challenge_method", "S256"}};
  auto none = bench.exchange_fields(bench.code(alex, identity_and_read, pkce));
  EXPECT_EQ(error_of(bench, bench.form("/token", none)), "invalid_grant");
  auto wrong = bench.exchange_fields(bench.code(alex, identity_and_read, pkce));
  wrong.emplace_back("code_verifier", "wrong");
  EXPECT_EQ(error_of(bench, bench.form("/token", wrong)), "invalid_grant");
  auto right = bench.exchange_fields(bench.code(alex, identity_and_read, pkce));
  right.emplace_back("code_verifier", "right");
  EXPECT_EQ(bench.form("/token", right).status, 200);
}

TEST(SandboxOAuth, TheRedirectUriOfTheExchangeMustBeThatOfTheRequest) {
  Bench bench;
  auto fields = bench.exchange_fields(bench.code(alex, identity_and_read));
  set(fields, "redirect_uri", "http://127.0.0.1:9/other");
  const auto response = bench.form("/token", fields);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(error_of(bench, response), "redirect_uri_mismatch");
}

TEST(SandboxOAuth, TheClientMustKnowItsSecret) {
  Bench bench;
  auto fields = bench.exchange_fields(bench.code(alex, identity_and_read));
  set(fields, "client_secret", "guess");
  const auto response = bench.form("/token", fields);
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(error_of(bench, response), "invalid_client");
}

TEST(SandboxOAuth, TheClientMayAuthenticateWithBasic) {
  Bench bench;
  http::Headers headers;
  headers.add("Content-Type", "application/x-www-form-urlencoded");
  headers.add("Authorization", "Basic " + crypto::base64_encode(Options{}.client_id + ":" +
                                                                Options{}.client_secret));
  const auto body = http::encode_query({{"grant_type", "authorization_code"},
                                        {"redirect_uri", "http://127.0.0.1:9/callback"},
                                        {"code", bench.code(alex, identity_and_read)}});
  EXPECT_EQ(bench.request("POST /oauth2/token", body, headers).status, 200);
}

TEST(SandboxOAuth, ARefreshGivesAnAccessTokenAndNoRefreshToken) {
  Bench bench;
  const auto first =
      bench.json(bench.form("/token", bench.exchange_fields(bench.code(alex, identity_and_read))));
  const auto response = bench.form("/token", refresh_fields(first.at("refresh_token").as_string()));
  EXPECT_EQ(response.status, 200);
  const auto body = bench.json(response);
  EXPECT_FALSE(body.as_object().contains("refresh_token"));
  EXPECT_NE(body.at("access_token"), first.at("access_token"));
  EXPECT_EQ(bench.sandbox().counters().refreshes, 1U);
}

TEST(SandboxOAuth, OnlyTheFirstConsentOrAForcedOneGivesARefreshToken) {
  Bench bench;
  const auto has_refresh = [&](const http::QueryFields& more) {
    const auto code = bench.code(alex, identity_and_read, more);
    const auto answer = bench.json(bench.form("/token", bench.exchange_fields(code)));
    return answer.as_object().contains("refresh_token");
  };
  EXPECT_TRUE(has_refresh({}));
  EXPECT_FALSE(has_refresh({}));
  EXPECT_TRUE(has_refresh({{"prompt", "consent"}}));
}

TEST(SandboxOAuth, AnAccessTokenExpiresByTheClock) {
  Bench bench;
  bench.sign_in();
  EXPECT_EQ(bench.api("GET profile").status, 200);
  bench.clock.advance(std::chrono::hours{1});
  EXPECT_EQ(bench.api("GET profile").status, 401);
}

TEST(SandboxOAuth, RevokingAnAccessTokenKillsTheRefreshTokenToo) {
  Bench bench;
  const auto tokens =
      bench.json(bench.form("/token", bench.exchange_fields(bench.code(alex, identity_and_read))));
  const std::string access{tokens.at("access_token").as_string()};
  const std::string refresh{tokens.at("refresh_token").as_string()};
  EXPECT_EQ(bench.form("/revoke", {{"token", access}}).status, 200);
  const auto dead = bench.form("/token", refresh_fields(refresh));
  EXPECT_EQ(dead.status, 400);
  EXPECT_EQ(bench.json(dead).at("error_description").as_string(),
            "Token has been expired or revoked.");
  const auto again = bench.form("/revoke", {{"token", refresh}});
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(error_of(bench, again), "invalid_token");
}

TEST(SandboxOAuth, UserinfoTellsWhoItIsAsFarAsTheScopesGo) {
  Bench bench;
  bench.sign_in(priya, "openid email");
  http::Headers headers;
  headers.add("Authorization", "Bearer " + bench.token);
  const auto body = bench.json(bench.request("GET /v1/userinfo", {}, headers));
  EXPECT_EQ(body.at("email").as_string(), priya);
  EXPECT_TRUE(body.at("email_verified").as_bool());
  EXPECT_EQ(body.at("sub").as_string().size(), 21U);
  EXPECT_FALSE(body.as_object().contains("name"));
  EXPECT_EQ(bench.request("GET /v1/userinfo").status, 401);
}

TEST(SandboxOAuth, ApproveRefusesWhatThePageWouldRefuse) {
  Bench bench;
  const auto url = bench.consent_url("https://www.googleapis.com/auth/drive");
  const auto answer = bench.sandbox().approve(url, alex);
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().message, HasSubstr("invalid_scope"));
}

TEST(SandboxOAuth, ASilentRequestSucceedsOnlyAfterConsent) {
  Bench bench;
  const auto url =
      bench.consent_url(identity_and_read, {{"prompt", "none"}, {"login_hint", std::string{alex}}});
  const auto path = "GET " + url.substr(bench.url("").size());
  EXPECT_THAT(std::string{bench.request(path).headers.get("Location")},
              HasSubstr("error=interaction_required"));
  bench.sign_in(alex, identity_and_read);
  EXPECT_THAT(std::string{bench.request(path).headers.get("Location")}, HasSubstr("code=4"));
}

}  // namespace
}  // namespace gmail_mcp::sandbox
