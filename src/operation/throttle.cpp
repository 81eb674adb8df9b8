#include "operation/throttle.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <utility>

namespace gmail_mcp::operation {

namespace {

constexpr std::chrono::minutes until_full{2};  // from any level: -limit is the lowest

double after(double calls, std::chrono::duration<double> passed, std::int64_t limit) {
  const auto capacity = static_cast<double>(limit);
  return std::min(capacity, calls + passed.count() * capacity / 60);
}

// Who can have any number of credentials, or name any number of users, has one limit all the same.
std::string credential_of(model::Caller caller) {
  if (caller.kind != model::CallerKind::user) caller.only_user.reset();
  return caller.shareholder();
}

}  // namespace

void Throttle::charge_credential(const model::Caller& caller) {
  if (limits_.per_credential <= 0 || caller.kind == model::CallerKind::operator_) return;
  charge(credentials_, credential_of(caller), limits_.per_credential, "this credential");
}

void Throttle::charge_user(const model::Caller& caller, const model::ExternalUserId& user) {
  if (limits_.per_user <= 0 || caller.kind == model::CallerKind::operator_) return;
  charge(users_, user.str(), limits_.per_user, "this user");
}

void Throttle::charge(Buckets& buckets, std::string key, std::int64_t limit,
                      std::string_view whose) {
  const auto now = clock_.steady_now();
  forget_full(buckets, now);
  auto known = buckets.by_name.find(key);
  if (known == buckets.by_name.end()) {
    buckets.by_age.push_back({.whose = std::move(key), .calls = static_cast<double>(limit)});
    const auto newest = std::prev(buckets.by_age.end());
    newest->filled = now;
    known = buckets.by_name.emplace(newest->whose, newest).first;
  } else {
    buckets.by_age.splice(buckets.by_age.end(), buckets.by_age, known->second);
  }
  auto& bucket = *known->second;
  bucket.calls = after(bucket.calls, std::chrono::duration<double>{now - bucket.filled}, limit);
  bucket.filled = now;
  if (bucket.calls >= 1) {
    bucket.calls -= 1;
    ++bucket.charged;
    bucket.is_told = false;
    return;
  }
  const double seconds = (1 - bucket.calls) * 60 / static_cast<double>(limit);
  throw Error{Errc::rate_limited,
              "Rate limited: " + std::string{whose} + " has used up its " + std::to_string(limit) +
                  " calls a minute.",
              "Wait, then call again; the operator sets the limits with server.rate_limit."}
      .with_retry_after(std::chrono::seconds{static_cast<long>(std::ceil(seconds))});
}

std::int64_t Throttle::limit_of(const Buckets& buckets) const {
  return &buckets == &users_ ? limits_.per_user : limits_.per_credential;
}

std::vector<store::Spent> Throttle::take_charged(std::size_t most) {
  std::vector<store::Spent> charged;
  take_charged(credentials_, most, charged);
  take_charged(users_, most, charged);
  return charged;
}

// The newest first. What has not been charged for so long is of no interest elsewhere either.
void Throttle::take_charged(Buckets& buckets, std::size_t most,
                            std::vector<store::Spent>& charged) {
  const auto now = clock_.steady_now();
  const auto limit = limit_of(buckets);
  for (auto bucket = buckets.by_age.rbegin(); bucket != buckets.by_age.rend(); ++bucket) {
    if (charged.size() >= most || now - bucket->filled > until_full) return;
    if (std::exchange(bucket->is_told, true)) continue;
    const auto used = static_cast<double>(limit) - bucket->calls;
    charged.push_back({.name = buckets.kind + bucket->whose,
                       .total = bucket->charged,
                       .recent = static_cast<std::int64_t>(std::ceil(used))});
  }
}

void Throttle::charge_elsewhere(const store::SpentThere& there) {
  auto& buckets = there.spent.name.starts_with(users_.kind) ? users_ : credentials_;
  const auto known = buckets.by_name.find(std::string_view{there.spent.name}.substr(1));
  if (known == buckets.by_name.end()) return;
  auto& bucket = *known->second;
  const auto limit = static_cast<double>(limit_of(buckets));
  const auto used = static_cast<std::int64_t>(limit - bucket.calls);
  const auto more =
      bucket.elsewhere.more(there.process, there.spent.total, there.spent.recent, used);
  bucket.calls = std::max(-limit, bucket.calls - static_cast<double>(more));
}

// A caller can name users that do not exist. Each call adds at most one bucket and removes at most
// two, so that no call has to go through all of them.
void Throttle::forget_full(Buckets& buckets, Moment now) {
  for (int i = 0; i < 2 && !buckets.by_age.empty(); ++i) {
    const auto& oldest = buckets.by_age.front();
    if (now - oldest.filled < until_full) return;
    buckets.by_name.erase(oldest.whose);
    buckets.by_age.pop_front();
  }
}

}  // namespace gmail_mcp::operation
