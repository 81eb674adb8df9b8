#include "http/retry.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "http/date.h"

namespace gmail_mcp::http {

namespace {

namespace chrono = std::chrono;

bool may_pass(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

}  // namespace

std::optional<chrono::seconds> retry_after(const Headers& headers) {
  const auto text = trim(headers.get("Retry-After"));
  long long seconds = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, seconds);
  if (!text.empty() && failed == std::errc{} && stopped == end) {
    if (seconds < 0) return std::nullopt;
    return chrono::seconds{std::min(seconds, 86'400LL)};
  }
  const auto until = parse_date(text);
  const auto now = parse_date(headers.get("Date"));
  if (!until || !now) return std::nullopt;
  return std::clamp(chrono::ceil<chrono::seconds>(*until - *now), chrono::seconds{0},
                    chrono::seconds{86'400});
}

RetryDecision judge(const ClientResponse* response, const Error* error, int attempt,
                    chrono::milliseconds waited, const RetryPolicy& policy, double random01) {
  using Verdict = RetryDecision::Verdict;
  std::optional<chrono::seconds> asked;
  if (response != nullptr) {
    if (!may_pass(response->status)) return {Verdict::accept, {}};
    asked = retry_after(response->headers);
  } else {
    if (error == nullptr || !error->retryable()) return {Verdict::accept, {}};
    asked = error->retry_after;
  }
  // Jitter in the upper half: clients are spread out, and none repeats at once.
  auto wait = policy.first_wait;
  for (int i = 1; i < attempt && wait < policy.longest_wait; ++i) wait *= 2;
  wait = std::min(wait, policy.longest_wait);
  wait = wait / 2 + chrono::milliseconds{
                        static_cast<long long>(static_cast<double>(wait.count()) / 2 * random01)};
  if (asked) wait = std::max<chrono::milliseconds>(wait, *asked);
  if (attempt >= policy.attempts || waited + wait > policy.budget) return {Verdict::give_up, wait};
  return {Verdict::retry, wait};
}

}  // namespace gmail_mcp::http
