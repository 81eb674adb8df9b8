#include "http/retry.h"

#include <gtest/gtest.h>

namespace gmail_mcp::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Verdict = RetryDecision::Verdict;

ClientResponse answer(int status, Headers headers = {}) {
  ClientResponse response;
  response.status = status;
  response.headers = std::move(headers);
  return response;
}

RetryDecision judge_answer(const ClientResponse& response, int attempt = 1,
                           milliseconds waited = milliseconds{0}, double random01 = 0) {
  return judge(&response, nullptr, attempt, waited, RetryPolicy{}, random01);
}

Verdict judge_error(Errc code) {
  const Error error{code, ""};
  return judge(nullptr, &error, 1, milliseconds{0}, RetryPolicy{}, 0).verdict;
}

TEST(Retry, what_will_not_change_is_accepted) {
  for (const int status : {200, 204, 304, 400, 401, 403, 404, 409, 501}) {
    EXPECT_EQ(judge_answer(answer(status)).verdict, Verdict::accept) << status;
  }
  EXPECT_EQ(judge_error(Errc::outcome_unknown), Verdict::accept);
  EXPECT_EQ(judge_error(Errc::misconfigured), Verdict::accept);
  EXPECT_EQ(judge_error(Errc::too_large), Verdict::accept);
}

TEST(Retry, what_may_pass_is_tried_again) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(judge_answer(answer(status)).verdict, Verdict::retry) << status;
  }
  EXPECT_EQ(judge_error(Errc::unavailable), Verdict::retry);
  EXPECT_EQ(judge_error(Errc::timeout), Verdict::retry);
  EXPECT_EQ(judge_error(Errc::rate_limited), Verdict::retry);
}

TEST(Retry, waits_longer_each_time_and_spreads_clients_out) {
  EXPECT_EQ(judge_answer(answer(503), 1, {}, 0).wait, milliseconds{100});
  EXPECT_EQ(judge_answer(answer(503), 1, {}, 0.99).wait, milliseconds{199});
  EXPECT_EQ(judge_answer(answer(503), 3, {}, 0).wait, milliseconds{400});
}

TEST(Retry, the_server_is_asked_how_long) {
  EXPECT_EQ(judge_answer(answer(429, {{"Retry-After", "2"}})).wait, seconds{2});
  EXPECT_EQ(judge_answer(answer(429, {{"Retry-After", "0"}})).wait, milliseconds{100});
  const Error error = Error{Errc::rate_limited, ""}.with_retry_after(seconds{1});
  EXPECT_EQ(judge(nullptr, &error, 1, {}, RetryPolicy{}, 0).wait, seconds{1});
}

TEST(Retry, a_date_counts_by_the_servers_own_clock) {
  EXPECT_EQ(retry_after({{"Retry-After", "Sun, 06 Nov 1994 08:49:39 GMT"},
                         {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
            seconds{2});
  EXPECT_EQ(retry_after({{"Retry-After", "Sun, 06 Nov 1994 08:49:30 GMT"},
                         {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
            seconds{0});
  EXPECT_EQ(retry_after({{"Retry-After", "Sun, 06 Nov 1994 08:49:39 GMT"}}), std::nullopt);
}

TEST(Retry, nonsense_is_as_if_nothing_was_said) {
  for (const auto* text : {"", "-1", "soon", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(retry_after({{"Retry-After", text}}), std::nullopt) << text;
  }
}

TEST(Retry, gives_up_rather_than_exceed_the_budget_and_says_how_long_it_would_take) {
  const auto decision = judge_answer(answer(429, {{"Retry-After", "30"}}));
  EXPECT_EQ(decision.verdict, Verdict::give_up);
  EXPECT_EQ(decision.wait, seconds{30});
  EXPECT_EQ(judge_answer(answer(503), 1, milliseconds{2'950}).verdict, Verdict::give_up);
  EXPECT_EQ(judge_answer(answer(503), 5).verdict, Verdict::give_up);
}

TEST(Retry, the_default_never_waits_more_than_three_seconds_in_all) {
  milliseconds waited{0};
  for (int attempt = 1;; ++attempt) {
    const auto decision = judge_answer(answer(503), attempt, waited, 0.999);
    if (decision.verdict != Verdict::retry) break;
    waited += decision.wait;
  }
  EXPECT_LE(waited, seconds{3});
}

}  // namespace
}  // namespace gmail_mcp::http
