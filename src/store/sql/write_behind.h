#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "model/connection.h"
#include "sql/database.h"
#include "store/audit.h"

namespace gmail_mcp::store {

/// Audit rows, times of last use and how mailboxes do: collected in memory, and written in bulk by
/// whoever calls `flush` (`keep_written` does once a second). If the database refuses, what was
/// collected is kept for the next time; beyond a limit rows are then lost, counted and reported.
/// Nothing is lost while the database answers, for who records awaits `room` before. Destroying it
/// writes the rest. One loop.
class WriteBehind {
 public:
  WriteBehind(sql::Database& database, const Clock& clock, Log& log);
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;
  ~WriteBehind();

  void record(AuditEntry entry);
  void touch(model::ConnectionId id);
  void note_ok(model::ConnectionId id);
  void note_error(model::ConnectionId id, std::string sentence);

  /// Waits while more entries are in memory than should be and the database takes them.
  Task<void> room();
  /// Goes on when all that was there before is written; throws what prevented it.
  Task<void> flush();

 private:
  // What is newest of a connection.
  struct Seen {
    std::optional<Timestamp> used_at, ok_at, error_at;
    std::string error;

    bool operator==(const Seen&) const = default;
  };

  Task<void> write_entries();
  Task<void> write_seen();
  void report(const Error* failure);

  sql::Database& database_;
  const Clock& clock_;
  Log& log_;
  std::deque<AuditEntry> entries_;
  std::unordered_map<model::ConnectionId, Seen> seen_;
  std::shared_ptr<Event> writing_;  // set when the flush that is under way ends
  bool failing_ = false;            // the last flush did
  std::size_t lost_ = 0;            // entries, not yet reported
};

}  // namespace gmail_mcp::store
