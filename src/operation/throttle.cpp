#include "operation/throttle.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gmail_mcp::operation {

namespace {

// Beyond it, buckets that are full again are thrown away: a caller can name users that do not
// exist.
constexpr std::size_t many_buckets = 10'000;

double after(double calls, std::chrono::duration<double> passed, std::int64_t limit) {
  const auto capacity = static_cast<double>(limit);
  return std::min(capacity, calls + passed.count() * capacity / 60);
}

}  // namespace

void Throttle::charge_credential(const model::Caller& caller) {
  if (limits_.per_credential <= 0 || caller.kind == model::CallerKind::operator_) return;
  charge(credentials_, caller.identity(), limits_.per_credential, "this credential");
}

void Throttle::charge_user(const model::Caller& caller, const model::ExternalUserId& user) {
  if (limits_.per_user <= 0 || caller.kind == model::CallerKind::operator_) return;
  charge(users_, user.str(), limits_.per_user, "this user");
}

void Throttle::charge(Buckets& buckets, std::string key, std::int64_t limit,
                      std::string_view whose) {
  const auto now = clock_.steady_now();
  if (buckets.size() >= many_buckets) forget_full(buckets, limit, now);
  const auto [found, is_new] = buckets.try_emplace(std::move(key));
  auto& bucket = found->second;
  bucket.calls =
      is_new ? static_cast<double>(limit)
             : after(bucket.calls, std::chrono::duration<double>{now - bucket.filled}, limit);
  bucket.filled = now;
  if (bucket.calls >= 1) {
    bucket.calls -= 1;
    return;
  }
  const double seconds = (1 - bucket.calls) * 60 / static_cast<double>(limit);
  throw Error{Errc::rate_limited,
              "Rate limited: " + std::string{whose} + " has used up its " + std::to_string(limit) +
                  " calls a minute.",
              "Wait, then call again; the operator sets the limits with server.rate_limit."}
      .with_retry_after(std::chrono::seconds{static_cast<long>(std::ceil(seconds))});
}

void Throttle::forget_full(Buckets& buckets, std::int64_t limit, Moment now) {
  std::erase_if(buckets, [&](const auto& entry) {
    const std::chrono::duration<double> passed = now - entry.second.filled;
    return after(entry.second.calls, passed, limit) >= static_cast<double>(limit);
  });
}

}  // namespace gmail_mcp::operation
