#include "google/failure.h"

#include <gtest/gtest.h>

namespace gmail_mcp::google {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Timestamp now = parse_iso8601("2026-03-04T05:06:07Z").value();

std::string error_body(int code, std::string_view reason, std::string_view message) {
  return R"({"error":{"code":)" + std::to_string(code) + R"(,"message":")" + std::string{message} +
         R"(","errors":[{"domain":"usageLimits","reason":")" + std::string{reason} +
         R"("}],"status":"PERMISSION_DENIED"}})";
}

Failure judged(int status, std::string_view body, const http::Headers& headers = {}) {
  return judge(status, headers, body, now).value();
}

TEST(Failure, ASuccessIsNone) {
  EXPECT_FALSE(judge(200, {}, "{}", now));
  EXPECT_FALSE(judge(204, {}, "", now));
}

TEST(Failure, A403ForTheRateIsNotAForbidden) {
  for (const auto* reason : {"rateLimitExceeded", "userRateLimitExceeded"}) {
    const auto failure = judged(403, error_body(403, reason, "Rate Limit Exceeded"));
    EXPECT_EQ(failure.kind, FailureKind::rate_limited);
    EXPECT_TRUE(may_pass(failure));
  }
}

TEST(Failure, ADaysBudgetIsNotWaitedFor) {
  const auto failure = judged(403, error_body(403, "dailyLimitExceeded", "Daily Limit Exceeded"));
  EXPECT_FALSE(may_pass(failure));
  EXPECT_EQ(to_error(failure, Method::messages_get).code, Errc::rate_limited);
}

TEST(Failure, MissingScopeIsKnownInAllItsSpellings) {
  const auto old_style =
      judged(403, error_body(403, "insufficientPermissions", "Insufficient Permission"));
  EXPECT_EQ(old_style.kind, FailureKind::insufficient_scope);

  const auto error_info =
      judged(403, R"({"error":{"code":403,"status":"PERMISSION_DENIED","details":[)"
                  R"({"@type":"x","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}})");
  EXPECT_EQ(error_info.kind, FailureKind::insufficient_scope);

  const auto prose =
      judged(403, error_body(403, "forbidden", "Request had insufficient authentication scopes."));
  EXPECT_EQ(prose.kind, FailureKind::insufficient_scope);
  EXPECT_FALSE(may_pass(prose));

  const auto error = to_error(prose, Method::messages_send);
  EXPECT_EQ(error.code, Errc::insufficient_scope);
  EXPECT_NE(error.message.find("gmail.send"), std::string::npos);
}

TEST(Failure, DomainPolicySendsThePersonToTheAdministrator) {
  const auto error =
      to_error(judged(403, error_body(403, "domainPolicy", "The domain …")), Method::messages_list);
  EXPECT_EQ(error.code, Errc::forbidden);
  EXPECT_NE(error.hint.find("administrator"), std::string::npos);
}

TEST(Failure, AnApiThatIsSwitchedOffIsTheOperatorsBusiness) {
  const auto failure = judged(403, error_body(403, "accessNotConfigured", "Gmail API has not …"));
  EXPECT_EQ(to_error(failure, Method::messages_list).code, Errc::misconfigured);
}

TEST(Failure, AnAccountWithoutGmailSaysSo) {
  const auto failure =
      judged(400, error_body(400, "failedPrecondition", "Mail service not enabled"));
  EXPECT_EQ(to_error(failure, Method::messages_list).code, Errc::forbidden);
}

TEST(Failure, TooManyAtATimeIsToldFromTooManyAMinute) {
  const std::string text = "Too many concurrent requests for user";
  EXPECT_EQ(judged(429, error_body(429, "rateLimitExceeded", text)).kind,
            FailureKind::too_concurrent);
  EXPECT_EQ(judged(429, error_body(429, "rateLimitExceeded", "Quota exceeded")).kind,
            FailureKind::rate_limited);
}

TEST(Failure, BodiesThatAreNotGooglesAreJudgedByStatus) {
  EXPECT_EQ(judged(502, "<html>Bad Gateway</html>").kind, FailureKind::unavailable);
  EXPECT_EQ(judged(403, "<html>no</html>").kind, FailureKind::forbidden);
  EXPECT_EQ(judged(404, R"({"message":"Not Found"})").kind, FailureKind::not_found);
  EXPECT_EQ(judged(400, R"({"error":"invalid_grant"})").kind, FailureKind::invalid);
  EXPECT_EQ(judged(400, R"({"error":{"errors":[7,{"reason":8}],"details":"x"}})").kind,
            FailureKind::invalid);
  EXPECT_EQ(judged(302, "").kind, FailureKind::unavailable);
}

TEST(Failure, WhatGoogleWroteStaysOutOfTheSentence) {
  const auto error =
      to_error(judged(400, error_body(400, "invalidArgument", "Bad <b>ann@example.com</b>")),
               Method::messages_list);
  EXPECT_EQ(error.code, Errc::invalid_argument);
  for (const auto& text : {error.message, error.hint, error.detail}) {
    EXPECT_EQ(text.find("ann@"), std::string::npos);
  }
  EXPECT_EQ(error.detail, "messages.list: 400 invalidArgument");
}

TEST(Failure, AReasonThatIsNoIdentifierIsNotLogged) {
  EXPECT_EQ(judged(400, error_body(400, "look: ann@example.com", "")).reason, "PERMISSION_DENIED");
}

std::optional<milliseconds> asked_by(std::string value) {
  return retry_after_in({{"Retry-After", std::move(value)}}, now);
}

TEST(RetryAfter, ComesInSecondsOrAsADate) {
  EXPECT_EQ(asked_by("7"), seconds{7});
  EXPECT_EQ(asked_by("Wed, 04 Mar 2026 05:06:37 GMT"), seconds{30});
}

TEST(RetryAfter, ADateCountsFromTheAnswersOwn) {
  const http::Headers headers{{"Date", "Wed, 04 Mar 2026 05:06:27 GMT"},
                              {"Retry-After", "Wed, 04 Mar 2026 05:06:37 GMT"}};
  EXPECT_EQ(retry_after_in(headers, now), seconds{10});
}

TEST(RetryAfter, APastDateMeansNow) {
  EXPECT_EQ(asked_by("Wed, 04 Mar 2020 05:06:37 GMT"), seconds{0});
}

TEST(RetryAfter, NonsenseIsNoAnswer) {
  EXPECT_FALSE(asked_by(""));
  EXPECT_FALSE(asked_by("-1"));
  EXPECT_FALSE(asked_by("soon"));
  EXPECT_FALSE(asked_by("Wed, 99 Foo 2026 05:06:37 GMT"));
  EXPECT_FALSE(retry_after_in({}, now));
}

TEST(RetryAfter, IsFoundInTheProseWithItsTwoSpaces) {
  const auto failure =
      judged(429, error_body(429, "rateLimitExceeded",
                             "User-rate limit exceeded.  Retry after 2026-03-04T05:06:08.500Z"));
  EXPECT_EQ(failure.retry_after, milliseconds{1'500});
  EXPECT_EQ(to_error(failure, Method::messages_get).retry_after, seconds{2});
}

TEST(RetryAfter, TheProseMayGoOnAfterIt) {
  EXPECT_EQ(retry_after_in_text("retry after  2026-03-04T05:06:09Z. (Mail sending)", now),
            seconds{2});
  EXPECT_FALSE(retry_after_in_text("Retry after lunch", now));
}

TEST(RetryAfter, TheHeaderWinsOverTheProse) {
  const auto failure =
      judged(403, error_body(403, "userRateLimitExceeded", "Retry after 2026-03-04T05:07:07Z"),
             {{"retry-after", "3"}});
  EXPECT_EQ(failure.retry_after, seconds{3});
}

}  // namespace
}  // namespace gmail_mcp::google
