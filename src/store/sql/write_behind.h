#pragma once

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "model/connection.h"
#include "sql/database.h"
#include "sql/resumption.h"
#include "store/audit.h"

namespace gmail_mcp::store {

/// Audit rows, times of last use and how mailboxes do, collected in memory and written in bulk by
/// one thread: within a second, or as soon as many have gathered. The thread starts with the first
/// of them, and sleeps while there are none. Nothing is lost while the database answers: whoever is
/// faster than the disk waits. If the database refuses, what was collected is kept and tried again,
/// and what goes beyond the limit is counted and reported. Destroying it writes the rest.
/// Thread-safe.
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

  /// Goes on when all that was there before is written; throws what prevented it.
  Task<void> flush();

 private:
  // What is newest of each connection.
  struct Seen {
    std::optional<Timestamp> used_at;
    std::optional<Timestamp> ok_at;
    std::optional<Timestamp> error_at;
    std::string error;
  };
  using SeenConnections = std::unordered_map<model::ConnectionId, Seen>;
  struct Collected {
    std::vector<AuditEntry> entries;
    SeenConnections seen;

    bool empty() const { return entries.empty() && seen.empty(); }
  };
  struct Waiter {
    sql::Resumption resume;
    std::exception_ptr* failure;
  };

  void start_thread();
  void work();
  void wait_for_something(std::unique_lock<std::mutex>& lock);
  void write(Collected& batch);
  void write_entries(std::vector<AuditEntry>& entries);
  static void take_newer(Seen& seen, Seen what);
  void see(model::ConnectionId id, Seen what);
  void write_seen(SeenConnections& seen);
  void keep(Collected& rest);
  void report(const Error* failure);

  sql::Database& database_;
  const Clock& clock_;
  Log& log_;
  // The thread's own.
  boost::asio::io_context loop_;
  bool reported_ = false;
  Collected spare_;  // empty, but with room

  // Every loop comes by here once a call, for as long as it takes to move an entry.
  std::mutex mutex_;
  std::condition_variable wake_;  // there is something to do
  std::condition_variable room_;  // there is room again
  Collected collected_;
  std::vector<Waiter> waiters_;
  bool writing_ = false;
  bool failing_ = false;
  std::size_t lost_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gmail_mcp::store
