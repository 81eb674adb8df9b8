#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/task.h"
#include "model/access.h"
#include "model/connection.h"

namespace gmail_mcp::store {

/// What became of a message that waits for a person's approval.
enum class HeldState {
  held,      // nobody has decided
  approved,  // to be sent once: its SendRecord says what became of that
  refused,
  draft,  // the person took it as a draft
  expired,
};

/// A send that waits for a person's approval, beside its SendRecord, which has the same id and is
/// `failed` until it is approved. It goes with that record. Not in a backup: a restored one could
/// be approved, and sent, a second time.
struct HeldSend {
  std::string id;  // a UUID
  model::UserId user_id;
  model::ConnectionId connection_id;
  std::string tool;
  HeldState state = HeldState::held;
  std::string digest;      // SHA-256 of exactly what the person is shown, hex
  std::int64_t bytes = 0;  // of the sealed message; 0 once it was decided
  std::string told;        // the draft's id, or why it was not sent; may be empty
  Timestamp expires_at;
};

/// How much may wait for one user.
struct HeldLimits {
  std::int64_t messages = 20;
  std::int64_t bytes = std::int64_t{64} << 20U;  // sealed
};

class HeldSends {
 public:
  virtual ~HeldSends() = default;

  /// `sealed`: the encrypted message. What is held under that id already stays as it is. False when
  /// it is not there afterwards: the user has no room within the limits, or the send is gone.
  virtual Task<bool> hold(const model::Access& access, HeldSend send, std::string sealed,
                          HeldLimits limits) = 0;
  virtual Task<std::optional<HeldSend>> find(const model::Access& access, std::string id) = 0;
  /// The newest one of the same call: with a key, whatever became of it within the key's day;
  /// without one, by its fingerprint, only while it is held.
  virtual Task<std::optional<HeldSend>> find_same(const model::Access& access,
                                                  model::ConnectionId connection, std::string tool,
                                                  std::string idempotency_key,
                                                  std::string fingerprint) = 0;
  /// The sealed message; "" once it was decided.
  virtual Task<std::string> sealed(const model::Access& access, std::string id) = 0;

  /// One atomic statement: of several who decide, one gets true. It erases the sealed message.
  /// False unless it is held, unexpired and has this digest. SendRecord::updated_at is no earlier
  /// than an approval.
  virtual Task<bool> decide(const model::Access& access, std::string id, std::string digest,
                            HeldState decision) = 0;
  /// Takes a decision back that certainly had no effect, for the time that is left.
  virtual Task<void> reopen(const model::Access& access, std::string id, HeldState decision,
                            std::string sealed) = 0;
  virtual Task<void> tell(const model::Access& access, std::string id, std::string told) = 0;
  /// Erases the messages whose time is over.
  virtual Task<void> expire() = 0;
};

}  // namespace gmail_mcp::store
