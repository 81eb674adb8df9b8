#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "model/access.h"
#include "model/connection.h"

namespace gmail_mcp::store {

/// How long it is known how much an account had sent, after its sends were erased.
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
  std::string idempotency_key;  // empty: none was given; `fingerprint` then serves deduplication
  std::string fingerprint;      // SHA-256 of the canonical arguments, hex
  std::string rfc822_message_id;
  SendStatus status = SendStatus::pending;
  std::string result_json;  // the tool's answer, once sent
  bool delivered = true;    // false: the answer could not be handed to the caller
  std::string process_id;   // who is sending: tells "in flight" from "crashed"
  Timestamp created_at;
  Timestamp updated_at;
};

class Sends {
 public:
  virtual ~Sends() = default;

  struct Begun {
    bool created = false;  // false: `record` is the earlier one under the same key
    SendRecord record;
  };

  /// Durable when it returns. With a key: the row of (user, connection, tool, key) younger than 24
  /// h if there is one, else a new one; racing callers get the same row and one of them `created`.
  virtual Task<Begun> begin(const model::Access& access, SendRecord record) = 0;
  virtual Task<void> finish(const model::Access& access, std::string id, SendStatus status,
                            std::string result_json) = 0;
  /// Takes over a pending or failed record, if it is still as it was read; it is pending then. True
  /// when taken.
  virtual Task<bool> adopt(const model::Access& access, const SendRecord& seen,
                           std::string process_id) = 0;
  virtual Task<std::optional<SendRecord>> find(const model::Access& access, std::string id) = 0;
  /// The newest keyless record with this fingerprint since `since` that was sent and whose answer
  /// could not be delivered.
  virtual Task<std::optional<SendRecord>> find_undelivered(const model::Access& access,
                                                           model::ConnectionId connection,
                                                           std::string tool,
                                                           std::string fingerprint,
                                                           Timestamp since) = 0;
  virtual Task<void> mark_undelivered(const model::Access& access, std::string id) = 0;
  /// How many messages the connection sent (or may have sent) since `since`: for send.max_per_day.
  virtual Task<std::int64_t> count_since(const model::Access& access,
                                         model::ConnectionId connection, Timestamp since) = 0;
  /// The same of accounts whose sends were erased or removed as `spent_as`, by whole hours:
  /// the one in which `since` lies counts whole.
  virtual Task<std::int64_t> count_spent(std::string spent_as, Timestamp since) = 0;
  /// Of a user who is deleted nothing is to be known: forgets what the connection sent, and what
  /// was spent as `spent_as`.
  virtual Task<void> forget(const model::Access& access, model::ConnectionId connection,
                            std::string spent_as) = 0;
  /// Housekeeping: forgets what was spent longer than `spent_sends_lifetime` ago.
  virtual Task<void> forget_spent() = 0;
  /// Erases what the connection sent, if that is marked to be erased (Connections::disconnect). All
  /// that stays is how much it was, as count_spent knows it.
  virtual Task<void> erase(const model::Access& access, model::ConnectionId connection,
                           std::string spent_as) = 0;
  virtual Task<std::int64_t> purge(const model::Access& access, Timestamp before) = 0;
};

}  // namespace gmail_mcp::store
