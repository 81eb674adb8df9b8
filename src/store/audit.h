#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "model/access.h"

namespace gmail_mcp::store {

/// Who did what, when, with which outcome; never what was in the mail.
struct AuditEntry {
  Timestamp at;
  std::string request_id;
  std::string caller;         // "operator", "application", "user:<id>", "flow"
  std::string user_id;        // external; empty if none
  std::string connection_id;  // empty if none
  std::string operation;      // tool or resource name
  std::string outcome;        // "ok" or an error code
  std::int64_t duration_ms = 0;
  std::string asked_for = {};  // the user whom the caller named but may not act for; usually empty
};

class Audit {
 public:
  virtual ~Audit() = default;

  /// Returns at once; entries are written in batches, in order, when the store is flushed.
  virtual void record(AuditEntry entry) = 0;
  /// Waits while more is recorded than memory should hold, unless the database refuses it: before
  /// work that will be recorded.
  virtual Task<void> room() = 0;
  /// Newest first.
  virtual Task<std::vector<AuditEntry>> recent(const model::Access& access, std::int64_t limit) = 0;
  /// Removes the user's name from the entries, which otherwise stay. A little at a time.
  virtual Task<void> forget_user(const model::Access& access, model::ExternalUserId user) = 0;
  /// Housekeeping: deletes all entries before `before`, a little at a time. Returns how many.
  virtual Task<std::int64_t> purge(Timestamp before) = 0;
};

}  // namespace gmail_mcp::store
