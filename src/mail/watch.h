#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/task.h"
#include "mail/feed.h"
#include "model/connection.h"
#include "store/leases.h"

namespace gmail_mcp::mail {

struct WatchOptions {
  bool enabled = true;                     // ENABLE_BACKGROUND_POLLING
  std::chrono::seconds poll_interval{60};  // INBOX_POLL_INTERVAL_SECONDS
  std::size_t max_waiting = 1000;          // accounts in IDLE; the others are polled
  std::size_t max_polling = 200;           // polls and first looks at a time, over all accounts
  std::chrono::seconds step_limit{60};     // a sync without a result for so long counts as hanging
  std::chrono::seconds poll_limit{300};  // a longer poll makes room for others and continues later
  std::chrono::seconds look_interval{60};  // for connections made by other processes
  std::chrono::seconds lease{16};          // after this time others replace a dead process
  std::string process_id;                  // the holder of the leases: see base/process.h
};

/// What a Watch schedules, without knowing what it does.
struct Watched {
  /// The connections whose mailboxes are to be followed: active ones only.
  std::function<Task<std::vector<model::Connection>>()> connections;
  OpenFeed open;
  /// Stores everything new in the archive, over this feed. What it stored before a cancellation
  /// stays.
  std::function<Task<void>(model::Connection, Feed&)> sync;
  /// Called for a mailbox that was given up for this time because it did not answer. May be empty.
  std::function<void(const model::Connection&, const Error&)> hung = {};
};

/// Follows the mailboxes that are archived: IDLE for as many as the options allow, polling with
/// jitter for the rest. Each account has its own back-off and deadline, so that a hanging or
/// failing mailbox delays no other, and a lease row, so that only one of several processes on a
/// database watches it.
///
/// The processes share the accounts evenly. Each shows that it lives by one lease of its own, which
/// it renews four times in the time of a lease; what a process without one holds belongs to nobody.
/// In the same rounds each takes accounts that nobody has, up to its share, and gives back what it
/// has beyond that, if somebody has less. A process that has not renewed in time stops watching:
/// better none than two. While nothing happens it costs one timer a second, and a write and a read
/// a round. One loop. Close it before it is destroyed.
class Watch {
 public:
  Watch(const Executor& executor, store::Leases& leases, Watched watched, Clock& clock, Log& log,
        WatchOptions options);
  ~Watch();

  /// Begins with the existing connections, and looks for others from time to time.
  void start();
  /// A connection was added or its credential replaced: it is watched at once. Does nothing before
  /// `start`.
  void add(const model::Connection& connection);
  /// It may have been changed by another process: if it is known here, a new credential is used.
  void note_change(const model::Connection& connection);
  /// It was removed; returns when nothing runs for it here any more.
  Task<void> remove(model::ConnectionId id);

  struct Counts {
    std::size_t waiting = 0;  // in IDLE
    std::size_t polled = 0;
    std::size_t failing = 0;    // of both: the last attempt failed
    std::size_t elsewhere = 0;  // another process holds the lease
    std::size_t given_up = 0;   // the person must connect again first
  };
  Counts counts() const;
  /// Whether any account is known here, also those that another process watches.
  bool follows_any() const;

  /// Ends everything and gives the leases back.
  Task<void> close();

 private:
  struct Account;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::mail
