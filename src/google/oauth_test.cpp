#include "google/oauth.h"

#include <gtest/gtest.h>

#include "google/testing/scripted_client.h"
#include "http/url.h"

namespace gmail_mcp::google {
namespace {

using testing::ScriptedClient;

class OAuthTest : public ::testing::Test {
 protected:
  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop_, std::move(task));
  }

  /// What `task` threw.
  template <class T>
  Error error_of(Task<T> task) {
    try {
      run_to_end(loop_, std::move(task));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {Errc::internal, ""};
  }

  boost::asio::io_context loop_;
  ScriptedClient google_{"https://google.test"};
  OAuthApi api_{google_,
                Endpoints{.auth_url = "https://google.test/auth",
                          .token_url = "https://google.test/token",
                          .revoke_url = "https://google.test/revoke",
                          .userinfo_url = "https://google.test/userinfo"},
                OAuthClient{.client_id = "id-1", .client_secret = Secret{"s&cret"}}};
};

TEST(ConsentUrl, AsksForARefreshTokenAndCarriesThePkceChallenge) {
  const auto url =
      consent_url(Endpoints{}, OAuthClient{.client_id = "id-1", .client_secret = Secret{"hidden"}},
                  ConsentRequest{.redirect_uri = "http://localhost:8000/oauth/callback",
                                 .scopes = {"openid", "https://mail.google.com/"},
                                 .state = "st",
                                 .code_challenge = "ch",
                                 .login_hint = "ann@example.com"});
  const auto parsed = http::Url::parse(url).value();
  EXPECT_EQ(parsed.host, "accounts.google.com");
  const auto fields = http::decode_query(parsed.query).value();
  const auto field = [&](std::string_view name) { return http::query_value(fields, name); };
  EXPECT_EQ(field("client_id"), "id-1");
  EXPECT_EQ(field("redirect_uri"), "http://localhost:8000/oauth/callback");
  EXPECT_EQ(field("response_type"), "code");
  EXPECT_EQ(field("scope"), "openid https://mail.google.com/");
  EXPECT_EQ(field("state"), "st");
  EXPECT_EQ(field("access_type"), "offline");
  EXPECT_EQ(field("prompt"), "consent");
  EXPECT_EQ(field("include_granted_scopes"), "true");
  EXPECT_EQ(field("code_challenge"), "ch");
  EXPECT_EQ(field("code_challenge_method"), "S256");
  EXPECT_EQ(field("login_hint"), "ann@example.com");
  EXPECT_EQ(url.find("hidden"), std::string::npos);
}

TEST(ConsentUrl, AnEndpointMayHaveAQueryAlready) {
  const auto url = consent_url(Endpoints{.auth_url = "http://localhost/auth?x=1"}, {}, {});
  EXPECT_TRUE(url.starts_with("http://localhost/auth?x=1&client_id="));
}

TEST_F(OAuthTest, ACodeIsExchangedOnceWithItsVerifier) {
  google_.on("POST /token")
      .saying("grant_type=authorization_code")
      .saying("code=4%2F0A")
      .saying("code_verifier=ver")
      .saying("client_secret=s%26cret")
      .saying("redirect_uri=http%3A%2F%2Flocalhost%2Fcb")
      .answer(200, R"({"access_token":"at","refresh_token":"rt","expires_in":3599,
                       "scope":"openid https://mail.google.com/","token_type":"Bearer"})");
  const auto grant = run(api_.exchange("4/0A", Secret{"ver"}, "http://localhost/cb"));
  EXPECT_EQ(grant.access_token.reveal(), "at");
  EXPECT_EQ(grant.refresh_token.reveal(), "rt");
  EXPECT_EQ(grant.expires_in, std::chrono::seconds{3599});
  EXPECT_EQ(grant.scopes, (std::vector<std::string>{"openid", "https://mail.google.com/"}));
  EXPECT_EQ(google_.sent_once, 1);
}

TEST_F(OAuthTest, AUsedCodeIsTheRequestsFaultNotTheAccounts) {
  google_.on("POST /token").answer(400, R"({"error":"invalid_grant","error_description":"x"})");
  const auto error = error_of(api_.exchange("c", Secret{"v"}, "r"));
  EXPECT_EQ(error.code, Errc::invalid_argument);
}

TEST_F(OAuthTest, AnExchangeThatMayHaveHappenedIsSaidToBeUnclear) {
  google_.on("POST /token").fails(Errc::outcome_unknown);
  EXPECT_EQ(error_of(api_.exchange("c", Secret{"v"}, "r")).code, Errc::outcome_unknown);
}

TEST_F(OAuthTest, ARefreshWithoutANewRefreshTokenKeepsTheOldOne) {
  google_.on("POST /token")
      .saying("grant_type=refresh_token")
      .saying("refresh_token=rt")
      .answer(200, R"({"access_token":"at2","expires_in":"1800"})");
  const auto grant = run(api_.refresh(Secret{"rt"}));
  EXPECT_TRUE(grant.refresh_token.empty());
  EXPECT_EQ(grant.expires_in, std::chrono::seconds{1800});
  EXPECT_TRUE(grant.scopes.empty());
}

TEST_F(OAuthTest, ARevokedRefreshTokenAsksThePersonToReconnect) {
  google_.on("POST /token")
      .answer(400, R"({"error":"invalid_grant","error_description":"Token has been revoked."})");
  const auto error = error_of(api_.refresh(Secret{"rt"}));
  EXPECT_EQ(error.code, Errc::reconnect_required);
  EXPECT_TRUE(error.message.starts_with("Token refresh failed"));
}

TEST_F(OAuthTest, AWrongClientIsTheOperatorsBusiness) {
  for (const auto* word : {"invalid_client", "unauthorized_client", "redirect_uri_mismatch"}) {
    google_.on("POST /token").answer(401, R"({"error":")" + std::string{word} + R"("})");
    const auto error = error_of(api_.refresh(Secret{"rt"}));
    EXPECT_EQ(error.code, Errc::misconfigured);
    EXPECT_TRUE(error.message.starts_with("Invalid client"));
  }
}

TEST_F(OAuthTest, an_administrator_who_forbids_is_told_which_client_to_trust) {
  google_.on("POST /token").answer(400, R"({"error":"admin_policy_enforced"})");
  google_.on("POST /token").answer(400, R"({"error":"admin_policy_enforced"})");
  for (const auto& error :
       {error_of(api_.refresh(Secret{"rt"})), error_of(api_.exchange("c", Secret{"v"}, "r"))}) {
    EXPECT_EQ(error.code, Errc::forbidden);
    EXPECT_NE(error.message.find("organisation"), std::string::npos) << error.message;
    EXPECT_NE(error.hint.find("administrator must trust"), std::string::npos) << error.hint;
    EXPECT_NE(error.hint.find("id-1"), std::string::npos) << error.hint;
  }
}

// A person who presses Cancel causes it too.
TEST_F(OAuthTest, that_access_was_denied_is_not_blamed_on_an_administrator) {
  google_.on("POST /token").answer(403, R"({"error":"access_denied"})");
  const auto error = error_of(api_.refresh(Secret{"rt"}));
  EXPECT_EQ(error.code, Errc::forbidden);
  const auto told = error.message + " " + error.hint;
  EXPECT_EQ(told.find("organisation"), std::string::npos) << told;
  EXPECT_EQ(told.find("administrator"), std::string::npos) << told;
  EXPECT_NE(told.find("connect the account again"), std::string::npos) << told;
}

TEST_F(OAuthTest, WhatIsTransientNeverCostsAToken) {
  const std::string page = "<html>invalid_grant secret-page</html>";
  for (const int status : {200, 302, 400, 403, 500, 503}) {
    google_.on("POST /token").answer(status, page);
    const auto error = error_of(api_.refresh(Secret{"rt"}));
    EXPECT_EQ(error.code, Errc::unavailable) << status;
    EXPECT_TRUE(error.message.starts_with("Token refresh failed"));
    EXPECT_EQ((error.message + error.hint + error.detail).find("page"), std::string::npos);
  }
  google_.on("POST /token").fails(Errc::unavailable);
  EXPECT_EQ(error_of(api_.refresh(Secret{"rt"})).code, Errc::unavailable);
  google_.on("POST /token").answer(200, R"({"token_type":"Bearer"})");
  EXPECT_EQ(error_of(api_.refresh(Secret{"rt"})).code, Errc::unavailable);
}

TEST_F(OAuthTest, ARateLimitSaysWhenToComeBack) {
  google_.on("POST /token").answer(429, "{}", {{"Retry-After", "9"}});
  const auto error = error_of(api_.refresh(Secret{"rt"}));
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_TRUE(error.message.starts_with("Rate limited"));
  EXPECT_EQ(error.retry_after, std::chrono::seconds{9});

  google_.on("POST /token")
      .answer(429, "{}",
              {{"Date", "Wed, 04 Mar 2026 05:06:07 GMT"},
               {"Retry-After", "Wed, 04 Mar 2026 05:06:37 GMT"}});
  EXPECT_EQ(error_of(api_.refresh(Secret{"rt"})).retry_after, std::chrono::seconds{30});
}

TEST_F(OAuthTest, RevokingADeadTokenIsASuccess) {
  google_.on("POST /revoke").saying("token=rt").answer(200, "");
  run_to_end(loop_, api_.revoke(Secret{"rt"}));
  google_.on("POST /revoke").answer(400, R"({"error":"invalid_token"})");
  run_to_end(loop_, api_.revoke(Secret{"rt"}));
  google_.on("POST /revoke").answer(503, "busy");
  EXPECT_EQ(error_of(api_.revoke(Secret{"rt"})).code, Errc::unavailable);
}

TEST_F(OAuthTest, BothShapesOfUserinfoNameTheSamePerson) {
  google_.on("GET /userinfo")
      .authorized_by("at")
      .answer(200,
              R"({"sub":"1073","email":"ann@example.com","email_verified":true,"name":"Ann"})");
  const auto v1 = run(api_.identity(Secret{"at"}));
  EXPECT_EQ(v1.sub, "1073");
  EXPECT_EQ(v1.email, "ann@example.com");
  EXPECT_TRUE(v1.email_verified);
  EXPECT_EQ(v1.name, "Ann");

  google_.on("GET /userinfo")
      .answer(200, R"({"id":"1073","email":"ann@example.com","verified_email":true})");
  const auto v2 = run(api_.identity(Secret{"at"}));
  EXPECT_EQ(v2.sub, "1073");
  EXPECT_TRUE(v2.email_verified);
}

TEST_F(OAuthTest, NobodyIsTakenForSomebody) {
  google_.on("GET /userinfo").answer(200, R"({"email":"ann@example.com"})");
  EXPECT_EQ(error_of(api_.identity(Secret{"at"})).code, Errc::unavailable);
  google_.on("GET /userinfo").answer(200, "<html>");
  EXPECT_EQ(error_of(api_.identity(Secret{"at"})).code, Errc::unavailable);
  google_.on("GET /userinfo").answer(200, R"({"sub":"1"})");
  EXPECT_EQ(error_of(api_.identity(Secret{"at"})).code, Errc::insufficient_scope);
  google_.on("GET /userinfo").answer(401, "");
  EXPECT_EQ(error_of(api_.identity(Secret{"at"})).code, Errc::reconnect_required);
}

}  // namespace
}  // namespace gmail_mcp::google
