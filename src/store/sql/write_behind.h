#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "model/connection.h"
#include "sql/database.h"
#include "store/audit.h"
#include "store/sql/dialect.h"

namespace gmail_mcp::store {

/// Collects audit rows, times of last use and states of mailboxes in memory; `flush` writes them in
/// bulk (`keep_written` calls it once a second). If the database refuses, they are kept for the
/// next time; beyond a limit rows are then lost, counted and reported. Nothing is lost while the
/// database answers, because callers await `room` before they record. Its destructor writes the
/// rest. One loop.
class WriteBehind {
 public:
  WriteBehind(sql::Database& database, const Clock& clock, const Dialect& dialect, Log& log);
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;
  ~WriteBehind();

  void record(AuditEntry entry);
  void touch(model::ConnectionId id);
  void note_ok(model::ConnectionId id);
  void note_error(model::ConnectionId id, std::string sentence);
  /// By the id of a person's token.
  void touch_token(std::string id);

  /// Waits while too many entries are in memory, unless the database refuses them. The caller that
  /// finds a full batch waits until it is written.
  Task<void> room();
  /// Returns when everything recorded before is written; throws what prevented it.
  Task<void> flush();

 private:
  // The latest times of a connection.
  struct Seen {
    std::optional<Timestamp> used_at, ok_at, error_at;
    std::string error;

    bool operator==(const Seen&) const = default;
  };

  Task<void> write_entries();
  Task<void> write_seen();
  Task<void> write_used_tokens();
  void report(const Error* failure);

  sql::Database& database_;
  const Clock& clock_;
  const Dialect& dialect_;
  Log& log_;
  std::deque<AuditEntry> entries_;
  // In the order in which rows are changed, so that two processes do not wait for each other.
  std::map<model::ConnectionId, Seen> seen_;
  std::map<std::string, Timestamp> used_tokens_;
  std::shared_ptr<Event> writing_;  // set when the running flush ends
  bool failing_ = false;            // the last flush failed
  std::size_t lost_ = 0;            // entries, not yet reported
};

}  // namespace gmail_mcp::store
