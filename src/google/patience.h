#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fair_share.h"
#include "google/failure.h"
#include "google/quota.h"

namespace gmail_mcp::google {

/// How a call behaves when Gmail refuses or fails. All of it can be set, because Google changes its
/// limits.
struct Policy {
  /// For all attempts of one call together; callers' HTTP clients give up at 5 s.
  std::chrono::milliseconds retry_budget{3'000};
  std::chrono::milliseconds first_wait{400};  // doubled each time
  /// The wait after Gmail refused some of the requests under way and answered others.
  std::chrono::milliseconds crowd_wait{100};
  std::chrono::milliseconds timeout{30'000};  // of one attempt
  /// How often Gmail may refuse the token in one call before the person must connect again. After
  /// the first time it is refreshed, once; after that the same new token is used again,
  /// `first_wait` later: the refresh has just shown that the consent is valid, so such a refusal is
  /// only temporary.
  int refused_tokens = 2;
  /// How much of Google's quota one mailbox may use; 0: no limit of ours, Google itself refuses.
  int units_per_minute = 0;
  int leaves_units = 0;  // units of each minute that are left for other callers of the mailbox
  std::shared_ptr<UnitWindow>
      units;                    // of the mailbox, shared by all its users; none: one of its own
  std::size_t batch_size = 50;  // Google allows 100 and discourages more than 50
  /// A larger message is sent as media instead of base64 in JSON. No lower than necessary, because
  /// some emulators only know JSON.
  std::size_t json_limit = std::size_t{5} << 20;
  std::string client_id;  // our OAuth client at Google, which an administrator may have to trust
  Shareholder reader;     // whose share Google's large answers count against
};

/// Decides whether one call may be repeated, and when. Does not sleep itself.
class Patience {
 public:
  Patience(const Policy& policy, const Clock& clock)
      : policy_{policy}, clock_{clock}, began_{clock.steady_now()} {}

  /// How long to wait before the next attempt; nullopt: give up. `crowded`: other requests got
  /// through.
  std::optional<std::chrono::milliseconds> wait_after(const Failure& failure, bool crowded) const;

  /// An attempt failed.
  void spent_one() { ++attempts_; }

 private:
  std::chrono::milliseconds backoff() const;

  const Policy& policy_;
  const Clock& clock_;
  std::chrono::steady_clock::time_point began_;
  int attempts_ = 0;
};

}  // namespace gmail_mcp::google
