#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/spent_elsewhere.h"
#include "model/caller.h"
#include "model/user.h"
#include "store/spending.h"

namespace gmail_mcp::operation {

/// Calls per minute; 0: no limit. A whole minute's calls may come at once.
struct ThrottleLimits {
  std::int64_t per_credential = 0;
  std::int64_t per_user = 0;
};

/// Limits how often callers may call: per credential, so that one application cannot use up the
/// whole server, and per user, so that one user cannot use up the whole application. All tokens and
/// sign-ins of one person count as one credential, and so does an application, whichever users it
/// names. The Operator is not limited. One loop.
class Throttle {
 public:
  Throttle(ThrottleLimits limits, const Clock& clock) : limits_{limits}, clock_{clock} {}

  /// These throw rate_limited with retry_after when the minute's calls are used up.
  void charge_credential(const model::Caller& caller);
  void charge_user(const model::Caller& caller, const model::ExternalUserId& user);

  /// What was charged here since the last call, at most so many, to be told to other processes; and
  /// what one of them has charged.
  std::vector<store::Spent> take_charged(std::size_t most);
  void charge_elsewhere(const store::SpentThere& there);

  /// The number of users with a bucket.
  std::size_t users() const { return users_.by_age.size(); }

 private:
  using Moment = std::chrono::steady_clock::time_point;

  // Fills evenly, holds one minute's worth.
  struct Bucket {
    std::string whose;
    double calls = 0;  // may be negative, after calls elsewhere
    Moment filled;
    std::int64_t charged = 0;  // here
    bool is_told = true;       // to other processes
    SpentElsewhere elsewhere = {};
  };
  // In the order of the last charge, so that buckets that are full again are in front.
  struct Buckets {
    std::list<Bucket> by_age;
    std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_name;  // into by_age
    char kind;  // in the names for other processes
  };

  void charge(Buckets& buckets, std::string key, std::int64_t limit, std::string_view whose);
  static void forget_full(Buckets& buckets, Moment now);
  std::int64_t limit_of(const Buckets& buckets) const;
  void take_charged(Buckets& buckets, std::size_t most, std::vector<store::Spent>& charged);

  ThrottleLimits limits_;
  const Clock& clock_;
  Buckets credentials_{.by_age = {}, .by_name = {}, .kind = 'c'};
  Buckets users_{.by_age = {}, .by_name = {}, .kind = 'u'};
};

}  // namespace gmail_mcp::operation
