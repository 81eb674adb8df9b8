#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "http/message.h"

namespace gmail_mcp::sandbox {

class Grants;
class World;

/// Where a connection is dropped. Only `before_response` spares the effect of the request.
enum class Cut {
  none,
  before_response,  // nothing happened, nothing is answered
  after_headers,
  mid_body,
  after_effect,  // it happened, and nothing is answered
};
std::vector<std::string_view> enum_names(Cut);

/// What goes wrong with one request.
struct Fault {
  std::optional<int> status;  // none: the request is served
  /// Of a 403 or 429: "userRateLimitExceeded", "domainPolicy" …; of the token endpoint:
  /// "invalid_grant" …. Empty: the usual one for the status.
  std::string reason;
  std::optional<std::chrono::seconds> retry_after;
  bool retry_after_header = false;  // Google often gives the time in the text only
  bool retry_after_text = true;
  std::chrono::milliseconds delay{0};  // before anything else
  Cut cut = Cut::none;
};

/// Which requests a fault hits.
struct FaultRule {
  /// "messages.get", a path prefix ("/gmail/v1/users"), "token" and its like, or "*".
  std::string match = "*";
  std::string email;         // only requests for this mailbox; empty: any
  std::optional<int> times;  // nullopt: until cleared
  double probability = 1.0;
  std::uint64_t seed = 1;  // of the dice, so that a run can be repeated
  Fault then;
};

/// Lasting moods of the simulated Google.
struct Switches {
  std::optional<int> max_concurrent;  // per mailbox; above it 429, as for the parts of a batch
  std::optional<int> refuse_batch;    // the status to refuse /batch with: 403 or 404
  std::optional<int> quota_units_per_minute;  // per mailbox
  /// The next consent grants only these of the requested scopes; used up by it.
  std::optional<std::vector<std::string>> next_consent_scopes;
  bool omit_refresh_token = false;  // a code exchange answers without one
};

/// What goes wrong, by request. One thread.
class Faults {
 public:
  Faults(World& world, Grants& grants) : world_{world}, grants_{grants} {}

  /// The first rule that matches and whose dice say so is the one that fires, in order of adding.
  void add(FaultRule rule);
  /// Drops rules and switches. What was revoked stays revoked.
  void clear();

  Switches& switches() { return switches_; }
  const Switches& switches() const { return switches_; }

  /// The person withdraws the consent: every token of the account is dead.
  void revoke(std::string_view email);
  /// Access tokens of the account die at once; refresh tokens live on.
  void expire_access_tokens(std::string_view email);
  /// history.list knows nothing before now: 404 for every earlier startHistoryId.
  void expire_history(std::string_view email);

  /// What goes wrong with this request; uses up the rule that fires.
  std::optional<Fault> next(std::string_view method, std::string_view path, std::string_view email);

 private:
  struct Armed {
    FaultRule rule;
    std::mt19937_64 dice;
  };

  World& world_;
  Grants& grants_;
  std::vector<Armed> rules_;
  Switches switches_;
};

/// Reads the body of `POST /sandbox/faults` and does what it says:
///
///     {"rules": [{"match": "messages.get", "times": 2, "probability": 0.5, "seed": 7,
///                 "email": "alex.morgan@gmail.example",
///                 "then": {"status": 429, "reason": "userRateLimitExceeded", "retry_after": 3,
///                          "retry_after_in": "text", "delay_ms": 50, "cut": "mid_body"}}],
///      "max_concurrent": 10, "refuse_batch": 404, "quota_units_per_minute": 6000,
///      "next_consent_scopes": ["gmail.readonly"], "omit_refresh_token": true,
///      "revoke": ["alex.morgan@gmail.example"], "expire_access_tokens": [], "expire_history": []}
///
/// Errc::invalid_argument names what is wrong; then nothing has been done.
std::optional<Error> apply_json(Faults& faults, std::string_view text);

/// The answer a fault with a status gives, in the manner of the endpoint it hits.
enum class Manner { api, oauth };
http::Response fault_answer(const Fault& fault, Manner manner, Timestamp now);

}  // namespace gmail_mcp::sandbox
