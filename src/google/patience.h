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

/// How a call behaves when Gmail does not. Settings, not wisdom: Google changes its limits.
struct Policy {
  /// For all attempts of one call together; callers' HTTP clients give up at 5 s.
  std::chrono::milliseconds retry_budget{3'000};
  std::chrono::milliseconds first_wait{400};  // doubled each time
  /// After Gmail refused some of the requests that were under way and answered others.
  std::chrono::milliseconds crowd_wait{100};
  std::chrono::milliseconds timeout{30'000};  // of one attempt
  /// How often Gmail may refuse the token of one call before the person must connect again. The
  /// first time it is refreshed, once; after that the fresh one is shown again, `first_wait` later:
  /// the refresh has just said that the consent stands, so it is refused in a bad moment only.
  int refused_tokens = 2;
  /// What one mailbox may use of Google's quota; 0: as much as it likes, Google itself refuses.
  int units_per_minute = 0;
  int leaves_units = 0;  // so many of that minute are left for those who do not wait by themselves
  std::shared_ptr<UnitWindow> units;  // of the mailbox, shared by all who ask for it; none: its own
  std::size_t batch_size = 50;        // Google allows 100 and discourages more than 50
  /// Above it, a message goes out as media instead of base64 within JSON. Not lower than need be:
  /// some emulators know JSON only.
  std::size_t json_limit = std::size_t{5} << 20;
  std::string client_id;  // our OAuth client at Google, where somebody has to trust it
  Shareholder reader;     // of whose share Google's large answers are
};

/// Judges whether one call may try again, and when. Sleeps for nobody.
class Patience {
 public:
  Patience(const Policy& policy, const Clock& clock)
      : policy_{policy}, clock_{clock}, began_{clock.steady_now()} {}

  /// How long to wait before the next attempt; nullopt: give up. `crowded`: others got through.
  std::optional<std::chrono::milliseconds> wait_after(const Failure& failure, bool crowded) const;

  /// An attempt was made in vain.
  void spent_one() { ++attempts_; }

 private:
  std::chrono::milliseconds backoff() const;

  const Policy& policy_;
  const Clock& clock_;
  std::chrono::steady_clock::time_point began_;
  int attempts_ = 0;
};

}  // namespace gmail_mcp::google
