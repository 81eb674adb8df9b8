#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "model/caller.h"
#include "model/user.h"

namespace gmail_mcp::operation {

/// Calls a minute; 0: no limit. A minute's worth may come at once.
struct ThrottleLimits {
  std::int64_t per_credential = 0;
  std::int64_t per_user = 0;
};

/// How often callers may call: per credential, so that one application cannot take the whole
/// server, and per user, so that one of its users cannot take the whole application. The Operator
/// is never held up. One loop.
class Throttle {
 public:
  Throttle(ThrottleLimits limits, const Clock& clock) : limits_{limits}, clock_{clock} {}

  /// These throw rate_limited with retry_after when the minute's calls are used up.
  void charge_credential(const model::Caller& caller);
  void charge_user(const model::Caller& caller, const model::ExternalUserId& user);

 private:
  using Moment = std::chrono::steady_clock::time_point;

  // Fills evenly, holds one minute's worth.
  struct Bucket {
    double calls = 0;
    Moment filled;
  };
  using Buckets = std::unordered_map<std::string, Bucket>;

  void charge(Buckets& buckets, std::string key, std::int64_t limit, std::string_view whose);
  static void forget_full(Buckets& buckets, std::int64_t limit, Moment now);

  ThrottleLimits limits_;
  const Clock& clock_;
  Buckets credentials_;
  Buckets users_;
};

}  // namespace gmail_mcp::operation
