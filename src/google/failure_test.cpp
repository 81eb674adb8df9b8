#include "google/failure.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

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

// How an error body is read: what callers see, whether the call is repeated automatically, how long
// they are told to wait, and who is told what to do.
struct Reading {
  Errc code;
  bool passes;
  std::optional<seconds> wait;
  std::string_view says;  // part of message and hint
};

// `now` is 21:06:07 of the day before in Los Angeles.
constexpr seconds to_midnight{2 * 3600 + 53 * 60 + 53};
constexpr Reading users_minute{Errc::rate_limited, true, seconds{5}, "Wait, then repeat"};
constexpr Reading projects_minute{Errc::rate_limited, true, seconds{5}, "all mailboxes"};
constexpr Reading the_day{Errc::rate_limited, false, to_midnight, "midnight in Los Angeles"};
constexpr Reading plain_no{Errc::forbidden, false, {}, "Gmail does not allow this request"};
constexpr Reading administrator{Errc::forbidden, false, {}, "administrator must trust the OAuth"};
constexpr Reading consent{Errc::insufficient_scope, false, {}, "The person must connect"};

Reading operators(std::string_view says) { return {Errc::misconfigured, false, {}, says}; }

struct KnownBody {
  std::string body;
  Reading at_403, at_429;
};

std::string with_info(std::string_view reason, std::string_view limit = "",
                      std::string_view first = "") {
  std::string metadata = R"("consumer":"projects/123","service":"gmail.googleapis.com")";
  if (!limit.empty()) metadata += R"(,"quota_limit":")" + std::string{limit} + R"(")";
  std::string errors;
  if (!first.empty()) errors = R"("errors":[{"reason":")" + std::string{first} + R"("}],)";
  return R"({"error":{"code":0,"message":"No.",)" + errors +
         R"("status":"RESOURCE_EXHAUSTED","details":[{"@type":"other","metadata":7},)"
         R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":")" +
         std::string{reason} + R"(","domain":"googleapis.com","metadata":{)" + metadata + "}}]}}";
}

std::string in_words(std::string_view message) {
  return R"({"error":{"code":0,"message":")" + std::string{message} + R"("}})";
}

KnownBody both(std::string body, Reading reading) { return {std::move(body), reading, reading}; }

// All error bodies known from Google's pages or from reports.
std::vector<KnownBody> known_bodies() {
  const std::string two_spaces = "User-rate limit exceeded.  Retry after 2026-03-04T05:06:17Z";
  const Reading in_ten_seconds{Errc::rate_limited, true, seconds{10}, "Wait, then repeat"};
  return {
      both(error_body(0, "userRateLimitExceeded", "User Rate Limit Exceeded"), users_minute),
      both(error_body(0, "rateLimitExceeded", "Rate Limit Exceeded"), users_minute),
      both(error_body(0, "rateLimitExceeded", "Too many concurrent requests for user"),
           users_minute),
      both(error_body(0, "userRateLimitExceeded", two_spaces), in_ten_seconds),
      both(in_words(two_spaces + " (Mail sending)"), in_ten_seconds),
      both(in_words("Rate limit exceeded"), users_minute),
      both(in_words("Too many requests"), users_minute),
      both(in_words("Too many concurrent requests for user"), users_minute),
      both(with_info("RATE_LIMIT_EXCEEDED"), users_minute),
      both(with_info("RATE_LIMIT_EXCEEDED", "QueriesPerMinutePerUserPerProject"), users_minute),
      both(with_info("RATE_LIMIT_EXCEEDED", "defaultPerMinutePerUser", "rateLimitExceeded"),
           users_minute),
      both(with_info("RATE_LIMIT_EXCEEDED", "ReadsPerMinutePerProject"), projects_minute),
      both(with_info("RATE_LIMIT_EXCEEDED", "QueriesPerMinutePerProject", "rateLimitExceeded"),
           projects_minute),
      both(with_info("RATE_LIMIT_EXCEEDED", "DefaultRequestsPerMinutePerOrganization"),
           projects_minute),
      both(in_words("Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'"),
           users_minute),
      both(in_words("Quota exceeded, limit 'Queries per minute per project'"), projects_minute),
      both(in_words("Quota exceeded, limit 'Queries per minute per user per project'"),
           users_minute),
      both(error_body(0, "dailyLimitExceeded", "Daily Limit Exceeded"), the_day),
      both(error_body(0, "dailyLimitExceeded", "Too many concurrent requests for user"), the_day),
      both(error_body(0, "quotaExceeded", "No."), the_day),
      both(with_info("RATE_LIMIT_EXCEEDED", "QueriesPerDayPerProject"), the_day),
      both(with_info("RATE_LIMIT_EXCEEDED", "QueriesPerDayPerUser", "rateLimitExceeded"), the_day),
      both(with_info("RATE_LIMIT_EXCEEDED", "requests-per-day"), the_day),
      both(in_words("Daily Limit Exceeded"), the_day),
      both(error_body(0, "domainPolicy", "The domain administrators have disabled Gmail apps."),
           administrator),
      both(error_body(0, "accessNotConfigured", "Gmail API has not been used."),
           operators("must enable it in the Google Cloud console")),
      both(with_info("SERVICE_DISABLED"), operators("must enable it in the Google Cloud console")),
      both(with_info("CONSUMER_SUSPENDED"), operators("why Google suspended it")),
      both(with_info("CONSUMER_SUSPENDED", "", "forbidden"), operators("why Google suspended it")),
      both(with_info("CONSUMER_INVALID"), operators("still exists")),
      both(with_info("BILLING_DISABLED"), operators("Billing in the Google Cloud console")),
      both(with_info("USER_PROJECT_DENIED"), operators("IAM in the Google Cloud console")),
      both(with_info("SECURITY_POLICY_VIOLATED"),
           operators("VPC Service Controls in the Google Cloud console")),
      both(error_body(0, "insufficientPermissions", "Insufficient Permission"), consent),
      both(with_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT"), consent),
      both(in_words("Request had insufficient authentication scopes."), consent),
      {error_body(0, "forbidden", "Forbidden"), plain_no, users_minute},
      {in_words("The caller does not have permission"), plain_no, users_minute},
      {"<html>no</html>", plain_no, users_minute},
      {"", plain_no, users_minute},
  };
}

TEST(Failure, every_known_error_body_says_the_same_at_403_and_at_429) {
  for (const auto& known : known_bodies()) {
    for (const int status : {403, 429}) {
      const auto& wanted = status == 403 ? known.at_403 : known.at_429;
      const auto failure = judged(status, known.body);
      const auto error = to_error(failure, Method::messages_get, "123-x.example");
      const auto told = error.message + " " + error.hint;
      const auto what = std::to_string(status) + " " + known.body + "\n" + told;
      EXPECT_EQ(error.code, wanted.code) << what;
      EXPECT_EQ(may_pass(failure), wanted.passes) << what;
      EXPECT_EQ(error.retry_after, wanted.wait) << what;
      EXPECT_NE(told.find(wanted.says), std::string::npos) << what;
    }
  }
}

TEST(Failure, the_administrator_is_told_which_client_to_trust) {
  const auto failure = judged(403, error_body(403, "domainPolicy", "No."));
  const auto error = to_error(failure, Method::messages_get, "123-x.example");
  EXPECT_NE(error.hint.find("123-x.example"), std::string::npos) << error.hint;
}

TEST(Failure, a_day_that_is_used_up_ends_no_earlier_because_google_names_a_shorter_wait) {
  const auto body = error_body(429, "dailyLimitExceeded", "No.");
  const auto wait = [&](const char* after) {
    return to_error(judged(429, body, {{"Retry-After", after}}), Method::messages_get).retry_after;
  };
  EXPECT_EQ(wait("30"), to_midnight);
  EXPECT_EQ(wait("80000"), seconds{80'000});
}

TEST(Failure, the_log_has_the_reason_that_decided) {
  EXPECT_EQ(judged(403, with_info("CONSUMER_SUSPENDED", "", "forbidden")).reason,
            "CONSUMER_SUSPENDED");
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
