#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "model/access.h"
#include "model/connection.h"

namespace gmail_mcp::store {

/// How long the number of an account's sends is kept after the sends were erased.
inline constexpr std::chrono::hours spent_sends_lifetime{48};

enum class SendStatus {
  pending,  // begun; whether it was sent is not known yet
  sent,
  failed,  // certainly not sent
  unknown,
};

/// One attempt to send, durable before the first byte goes out (docs/architecture.md, *Sending
/// once*).
struct SendRecord {
  std::string id;  // UUID; the value of our X-Gmail-MCP-Send header
  model::UserId user_id;
  model::ConnectionId connection_id;
  std::string tool;
  std::string idempotency_key;  // empty: none was given; `fingerprint` then tells repeats
  std::string fingerprint;      // SHA-256 of the canonical arguments, hex
  std::string rfc822_message_id;
  SendStatus status = SendStatus::pending;
  std::string result_json;  // the tool's answer, once sent
  bool delivered = true;    // false: the answer could not be handed to the caller
  std::string process_id;   // the sending process: distinguishes "in flight" from "crashed"
  Timestamp created_at;
  Timestamp updated_at;
};

class Sends {
 public:
  virtual ~Sends() = default;

  struct Begun {
    bool created = false;  // false: `record` is an earlier one
    SendRecord record;
  };

  /// Durable when it returns. With a key: the row of (user, connection, tool, key) younger than 24
  /// h if there is one, otherwise a new one; racing callers get the same row, and one of them
  /// `created`. Without: the newest row, since `repeats_since`, of an equal send without a key
  /// that was sent but whose answer could not be delivered, otherwise a new one.
  virtual Task<Begun> begin(const model::Access& access, SendRecord record,
                            Timestamp repeats_since) = 0;
  virtual Task<void> finish(const model::Access& access, std::string id, SendStatus status,
                            std::string result_json) = 0;
  /// Takes over a pending or failed record, if it is still as it was read; then it is pending. True
  /// when taken.
  virtual Task<bool> adopt(const model::Access& access, const SendRecord& seen,
                           std::string process_id) = 0;
  virtual Task<std::optional<SendRecord>> find(const model::Access& access, std::string id) = 0;
  virtual Task<void> mark_undelivered(const model::Access& access, std::string id) = 0;
  /// How many messages the connection sent (or may have sent) since `since`: for send.max_per_day.
  virtual Task<std::int64_t> count_since(const model::Access& access,
                                         model::ConnectionId connection, Timestamp since) = 0;
  /// The same for accounts whose sends were erased or removed as `spent_as`, in whole hours: the
  /// hour of `since` counts as a whole.
  virtual Task<std::int64_t> count_spent(std::string spent_as, Timestamp since) = 0;
  /// For a user who is deleted: forgets the sends of the connection and the numbers kept as
  /// `spent_as`.
  virtual Task<void> forget(const model::Access& access, model::ConnectionId connection,
                            std::string spent_as) = 0;
  /// Housekeeping: forgets numbers older than `spent_sends_lifetime`.
  virtual Task<void> forget_spent() = 0;
  /// Erases the sends of the connection, if they are marked to be erased (Connections::disconnect).
  /// Only their number stays, for count_spent.
  virtual Task<void> erase(const model::Access& access, model::ConnectionId connection,
                           std::string spent_as) = 0;
  virtual Task<std::int64_t> purge(const model::Access& access, Timestamp before) = 0;
};

}  // namespace gmail_mcp::store
