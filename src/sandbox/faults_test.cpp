#include "sandbox/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sandbox/mail_bench.h"
#include "sandbox/test_bench.h"

namespace gmail_mcp::sandbox {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class FaultsTest : public testing::Test {
 protected:
  FaultsTest() { bench.sign_in(); }

  void fail(std::string_view match, Fault fault, std::optional<int> times = {}) {
    FaultRule rule;
    rule.match = match;
    rule.times = times;
    rule.then = std::move(fault);
    bench.sandbox().faults().add(std::move(rule));
  }
  Fault status(int code, std::string reason = {}) {
    Fault fault;
    fault.status = code;
    fault.reason = std::move(reason);
    return fault;
  }
  Fault cut(Cut where) {
    Fault fault;
    fault.cut = where;
    return fault;
  }
  Errc cut_error(std::string_view line, std::string body = {}) {
    try {
      bench.api(line, std::move(body));
    } catch (const Error& error) {
      return error.code;
    }
    return Errc::internal;
  }
  http::ClientResponse send() {
    return bench.api("POST messages/send", raw_json(letter(alex, priya, "x", "y")));
  }
  std::size_t delivered() { return bench.world().mailbox(priya).message_count(); }

  Bench bench;
};

TEST_F(FaultsTest, ARuleFiresAsOftenAsItSaysAndOnlyForItsMethod) {
  fail("messages.list", status(500), 2);
  EXPECT_EQ(bench.api("GET labels").status, 200);
  EXPECT_EQ(bench.api("GET messages").status, 500);
  EXPECT_EQ(bench.api("GET messages").status, 500);
  EXPECT_EQ(bench.api("GET messages").status, 200);
  EXPECT_EQ(bench.sandbox().counters().faults, 2U);
}

TEST_F(FaultsTest, APathPrefixOrAStarMatchesMoreThanOneMethod) {
  fail("/gmail/v1/users/me/labels", status(404), 2);
  EXPECT_EQ(bench.api("GET labels").status, 404);
  EXPECT_EQ(bench.api("GET labels/INBOX").status, 404);
  fail("*", status(500), 1);
  EXPECT_EQ(bench.request("GET /v1/userinfo").status, 500);
}

TEST_F(FaultsTest, ARuleMayBeForOneMailboxOnly) {
  FaultRule rule;
  rule.email = priya;
  rule.then.status = 500;
  bench.sandbox().faults().add(rule);
  EXPECT_EQ(bench.api("GET profile").status, 200);
  bench.sandbox().faults().clear();
  bench.sign_in(priya);
  bench.sandbox().faults().add(rule);
  EXPECT_EQ(bench.api("GET profile").status, 500);
}

TEST_F(FaultsTest, DiceRepeatWithTheirSeed) {
  const auto run = [&] {
    bench.sandbox().faults().clear();
    FaultRule rule;
    rule.match = "getProfile";
    rule.probability = 0.5;
    rule.seed = 42;
    rule.then.status = 500;
    bench.sandbox().faults().add(rule);
    std::string pattern;
    for (int i = 0; i < 20; ++i) pattern += bench.api("GET profile").status == 200 ? '.' : 'x';
    return pattern;
  };
  const auto first = run();
  EXPECT_EQ(run(), first);
  EXPECT_THAT(first, HasSubstr("x"));
  EXPECT_THAT(first, HasSubstr("."));
}

// As in Google's newer format: beside the usual reason, in an ErrorInfo.
TEST_F(FaultsTest, a_reason_in_capitals_comes_as_an_error_info) {
  for (const int code : {403, 429}) {
    fail("getProfile", status(code, "CONSUMER_SUSPENDED"), 1);
    const auto response = bench.api("GET profile");
    EXPECT_EQ(response.status, code);
    const auto error = bench.json(response).at("error");
    EXPECT_EQ(error.at("details").at(0).at("reason").as_string(), "CONSUMER_SUSPENDED");
    EXPECT_FALSE(error.as_object().contains("errors"));
  }
}

TEST_F(FaultsTest, RefusalsHaveGooglesBodies) {
  struct Claim {
    int code;
    std::string reason;
    std::string text;
  };
  const std::vector<Claim> claims{{401, "authError", "UNAUTHENTICATED"},
                                  {403, "dailyLimitExceeded", "usageLimits"},
                                  {403, "userRateLimitExceeded", "usageLimits"},
                                  {403, "domainPolicy", "domain administrators"},
                                  {403, "insufficientPermissions", "SCOPE_INSUFFICIENT"},
                                  {429, "rateLimitExceeded", "Too many concurrent requests"},
                                  {429, "dailyLimitExceeded", "Daily Limit Exceeded"},
                                  {429, "domainPolicy", "RESOURCE_EXHAUSTED"},
                                  {500, "backendError", "Internal error"}};
  for (const auto& claim : claims) {
    fail("getProfile", status(claim.code, claim.reason), 1);
    const auto response = bench.api("GET profile");
    EXPECT_EQ(response.status, claim.code);
    const auto body = bench.json(response);
    EXPECT_EQ(body.at("error").at("errors").at(0).at("reason").as_string(), claim.reason);
    EXPECT_THAT(response.body, HasSubstr(claim.text));
  }
}

TEST_F(FaultsTest, A503IsAWebPageAndNotJson) {
  fail("getProfile", status(503));
  const auto response = bench.api("GET profile");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, StartsWith("<!DOCTYPE html>"));
}

TEST_F(FaultsTest, TheTimeToRetryStandsInTheTextTheHeaderOrBoth) {
  auto limited = status(429);
  limited.retry_after = std::chrono::seconds{90};
  fail("getProfile", limited, 1);
  const auto text = bench.api("GET profile");
  EXPECT_THAT(text.body, HasSubstr("User-rate limit exceeded.  Retry after 2026-01-01T00:01:30Z"));
  EXPECT_EQ(text.headers.find("Retry-After"), nullptr);
  limited.retry_after_header = true;
  limited.retry_after_text = false;
  fail("getProfile", limited, 1);
  const auto header = bench.api("GET profile");
  EXPECT_EQ(header.headers.get("Retry-After"), "90");
  EXPECT_THAT(header.body, testing::Not(HasSubstr("Retry after")));
}

TEST_F(FaultsTest, ADelayPassesOnTheClock) {
  Fault slow;
  slow.delay = std::chrono::seconds{20};
  fail("getProfile", slow);
  const auto before = bench.clock.now();
  EXPECT_EQ(bench.api("GET profile").status, 200);
  EXPECT_EQ(bench.clock.now() - before, std::chrono::seconds{20});
}

TEST_F(FaultsTest, ACutBeforeTheResponseSparesTheEffect) {
  fail("messages.send", cut(Cut::before_response));
  EXPECT_EQ(cut_error("POST messages/send", raw_json(letter(alex, priya, "x", "y"))),
            Errc::outcome_unknown);
  EXPECT_EQ(delivered(), 0U);
}

TEST_F(FaultsTest, ACutAfterTheEffectLeavesItDone) {
  fail("messages.send", cut(Cut::after_effect));
  EXPECT_EQ(cut_error("POST messages/send", raw_json(letter(alex, priya, "x", "y"))),
            Errc::outcome_unknown);
  EXPECT_EQ(delivered(), 1U);
  EXPECT_EQ(bench.sandbox().counters().sends, 1U);
}

TEST_F(FaultsTest, ACutInTheMiddleOfAnAnswerIsNoAnswer) {
  for (const auto where : {Cut::after_headers, Cut::mid_body}) {
    fail("messages.send", cut(where), 1);
    EXPECT_EQ(cut_error("POST messages/send", raw_json(letter(alex, priya, "x", "y"))),
              Errc::outcome_unknown);
  }
  EXPECT_EQ(delivered(), 2U);
  EXPECT_EQ(send().status, 200);
}

TEST_F(FaultsTest, AHeldRequestStandsStillUntilItIsLetGo) {
  const auto body = raw_json(letter(alex, priya, "x", "y"));
  const auto request =
      "POST /gmail/v1/users/me/messages/send HTTP/1.1\r\nHost: x\r\n" +
      ("Authorization: Bearer " + bench.token) +
      "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  std::size_t sent = 0;
  for (const auto where : {Hold::before, Hold::after}) {
    Fault fault;
    fault.hold = where;
    fail("messages.send", fault, 1);
    Talk talk{bench, bench.sandbox().port()};
    talk.send(request);
    bench.await_held("messages.send");
    EXPECT_EQ(delivered(), where == Hold::before ? sent : sent + 1);
    EXPECT_EQ(send().status, 200) << "others are not held";
    const auto counters = bench.json(bench.request("GET /sandbox/counters"));
    EXPECT_EQ(counters.at("held"), (boost::json::object{{"messages.send", 1}}));
    bench.request("DELETE /sandbox/counters");
    EXPECT_EQ(bench.sandbox().counters().held.size(), 1U) << "still";
    EXPECT_EQ(bench.request("POST /sandbox/faults", R"({"let_go":true})").status, 200);
    EXPECT_TRUE(bench.sandbox().counters().held.empty());
    EXPECT_EQ(talk.line(), "HTTP/1.1 200 OK");
    sent += 2;
    EXPECT_EQ(delivered(), sent);
  }
}

TEST_F(FaultsTest, ARuleMayLetTheFirstOnesGoBy) {
  EXPECT_EQ(
      bench
          .request("POST /sandbox/faults", R"({"rules":[{"match":"getProfile","skip":2,"times":1,)"
                                           R"("then":{"status":500}}]})")
          .status,
      200);
  EXPECT_EQ(bench.api("GET labels").status, 200);
  EXPECT_EQ(bench.api("GET profile").status, 200);
  EXPECT_EQ(bench.api("GET profile").status, 200);
  EXPECT_EQ(bench.api("GET profile").status, 500);
  EXPECT_EQ(bench.api("GET profile").status, 200);
}

TEST_F(FaultsTest, ARevokedPersonHasNoTokensLeft) {
  bench.sandbox().faults().revoke(alex);
  EXPECT_EQ(bench.api("GET profile").status, 401);
}

TEST_F(FaultsTest, ExpiredAccessTokensLeaveTheRefreshTokenAlive) {
  const auto tokens =
      bench.json(bench.form("/token", bench.exchange_fields(bench.code(priya, full_access))));
  bench.token = tokens.at("access_token").as_string();
  bench.sandbox().faults().expire_access_tokens(priya);
  EXPECT_EQ(bench.api("GET profile").status, 401);
  const auto answer = bench.form(
      "/token", {{"grant_type", "refresh_token"},
                 {"client_id", Options{}.client_id},
                 {"client_secret", Options{}.client_secret},
                 {"refresh_token", std::string{tokens.at("refresh_token").as_string()}}});
  EXPECT_EQ(answer.status, 200);
}

TEST_F(FaultsTest, TheTokenEndpointCanRefuseInOAuthsShape) {
  fail("token", status(400, "invalid_grant"), 1);
  const auto response = bench.form("/token", bench.exchange_fields("any"));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(bench.json(response).at("error").as_string(), "invalid_grant");
}

TEST_F(FaultsTest, TheNextConsentCanGrantLessThanAsked) {
  bench.sandbox().faults().switches().next_consent_scopes = {{"gmail.readonly"}};
  const std::string scopes =
      "openid https://www.googleapis.com/auth/gmail.readonly "
      "https://www.googleapis.com/auth/gmail.send";
  const auto first =
      bench.json(bench.form("/token", bench.exchange_fields(bench.code(priya, scopes))));
  EXPECT_EQ(first.at("scope").as_string(), "openid https://www.googleapis.com/auth/gmail.readonly");
  const auto second =
      bench.json(bench.form("/token", bench.exchange_fields(bench.code(priya, scopes))));
  EXPECT_EQ(second.at("scope").as_string(), scopes);
}

TEST_F(FaultsTest, ACodeExchangeCanLackItsRefreshToken) {
  bench.sandbox().faults().switches().omit_refresh_token = true;
  const auto answer =
      bench.json(bench.form("/token", bench.exchange_fields(bench.code(priya, full_access))));
  EXPECT_FALSE(answer.as_object().contains("refresh_token"));
}

TEST_F(FaultsTest, QuotaUnitsRunOutAndComeBackWithTheNextMinute) {
  bench.sandbox().faults().switches().quota_units_per_minute = 10;
  EXPECT_EQ(bench.api("GET messages").status, 200);
  EXPECT_EQ(bench.api("GET messages").status, 200);
  const auto refused = bench.api("GET messages");
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("Retry after 2026-01-01T00:01:00Z"));
  bench.clock.advance(std::chrono::minutes{1});
  EXPECT_EQ(bench.api("GET messages").status, 200);
}

TEST_F(FaultsTest, ForgottenHistoryIs404) {
  const auto start = bench.world().mailbox(alex).history_id();
  bench.world().deliver(alex, letter("a@b.example", alex, "x", "y")).value();
  bench.sandbox().faults().expire_history(alex);
  EXPECT_EQ(bench.api("GET history?startHistoryId=" + std::to_string(start)).status, 404);
  const auto now = bench.world().mailbox(alex).history_id();
  EXPECT_EQ(bench.api("GET history?startHistoryId=" + std::to_string(now)).status, 200);
}

TEST_F(FaultsTest, EverythingCanBeAskedForOverHttp) {
  const auto response = bench.request(
      "POST /sandbox/faults",
      R"({"rules":[{"match":"getProfile","times":1,"then":{"status":429,"retry_after":5,)"
      R"("retry_after_in":"both"}}],"refuse_batch":403,"max_concurrent":3,)"
      R"("next_consent_scopes":["gmail.send"],"omit_refresh_token":true})");
  EXPECT_EQ(response.status, 200) << response.body;
  const auto limited = bench.api("GET profile");
  EXPECT_EQ(limited.headers.get("Retry-After"), "5");
  const auto& switches = bench.sandbox().faults().switches();
  EXPECT_EQ(switches.refuse_batch, 403);
  EXPECT_EQ(switches.max_concurrent, 3);
  EXPECT_TRUE(switches.omit_refresh_token);
  EXPECT_EQ(bench.request("DELETE /sandbox/faults").status, 200);
  EXPECT_FALSE(switches.refuse_batch.has_value());
}

TEST_F(FaultsTest, AMalformedRequestForFaultsNamesItsMistakeAndDoesNothing) {
  const auto response = bench.request(
      "POST /sandbox/faults", R"({"refuse_batch":404,"rules":[{"then":{"cut":"somewhere"}}]})");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("rules[0].then.cut"));
  EXPECT_FALSE(bench.sandbox().faults().switches().refuse_batch.has_value());
}

TEST_F(FaultsTest, CountersAreReadAndResetOverHttp) {
  bench.api("GET profile");
  const auto before = bench.json(bench.request("GET /sandbox/counters"));
  EXPECT_EQ(before.at("requests").at("getProfile").as_int64(), 1);
  EXPECT_EQ(before.at("code_exchanges").as_int64(), 1);
  bench.request("DELETE /sandbox/counters");
  const auto after = bench.json(bench.request("GET /sandbox/counters"));
  EXPECT_EQ(after.at("http_requests").as_int64(), 0);
  EXPECT_TRUE(after.at("requests").as_object().empty());
}

}  // namespace
}  // namespace gmail_mcp::sandbox
