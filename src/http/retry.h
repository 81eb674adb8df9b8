#pragma once

#include <chrono>

#include "base/error.h"
#include "http/client.h"

namespace gmail_mcp::http {

/// How often and how long a request without effect is repeated.
struct RetryPolicy {
  int attempts = 5;  // including the first
  std::chrono::milliseconds first_wait{200};
  std::chrono::milliseconds longest_wait{2'000};
  std::chrono::milliseconds budget{3'000};  // for all waits together: callers give up at 5 s
};

struct RetryDecision {
  enum class Verdict {
    accept,   // use this answer, good or bad: repeating would not change it
    retry,    // after `wait`
    give_up,  // might work later, but not within the budget; `wait` is the least one should wait
  };
  Verdict verdict = Verdict::accept;
  std::chrono::milliseconds wait{0};
};

/// What to do about an attempt that ended in `response` or in `error` (the other is nullptr).
/// `attempt` counts from 1, `waited` is what earlier decisions cost, `random01` in [0, 1) spreads
/// clients out. Pure: the loop is the caller's.
RetryDecision judge(const ClientResponse* response, const Error* error, int attempt,
                    std::chrono::milliseconds waited, const RetryPolicy& policy, double random01);

/// The Retry-After of an answer: seconds, or a date as seen by the clock of the answer's own Date
/// field. nullopt when it is missing or makes no sense.
std::optional<std::chrono::seconds> retry_after(const Headers& headers);

}  // namespace gmail_mcp::http
