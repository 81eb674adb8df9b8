#include "google/patience.h"

#include <algorithm>
#include <string>
#include <utility>

#include "crypto/random.h"

namespace gmail_mcp::google {

using std::chrono::milliseconds;

namespace {

// Adds up to a quarter, so that requests that failed together are not repeated together.
milliseconds with_jitter(milliseconds wait) {
  const std::string dice = crypto::random_bytes(1);
  return wait + wait * static_cast<unsigned char>(dice.front()) / 1024;
}

}  // namespace

std::optional<milliseconds> Patience::wait_after(const Failure& failure, bool crowded) const {
  if (!may_pass(failure)) return std::nullopt;
  const auto wait = failure.retry_after ? std::max(*failure.retry_after, policy_.crowd_wait)
                    : crowded           ? with_jitter(policy_.crowd_wait)
                                        : with_jitter(backoff());
  if (clock_.steady_now() - began_ + wait > policy_.retry_budget) return std::nullopt;
  return wait;
}

milliseconds Patience::backoff() const {
  return policy_.first_wait * (1 << std::min(attempts_, 16));
}

}  // namespace gmail_mcp::google
