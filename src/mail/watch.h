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
  std::size_t max_waiting = 1000;          // accounts that are watched by IDLE; the rest are polled
  std::size_t max_polling = 200;           // polls and first looks at a time, over all accounts
  std::chrono::seconds step_limit{60};     // a sync that brings nothing for so long hangs
  std::chrono::seconds poll_limit{300};    // a long poll makes room for others, and goes on later
  std::chrono::seconds look_interval{60};  // for connections made by other processes
  std::chrono::seconds lease{60};          // a process that died is replaced after this
  std::string process_id;                  // who holds the leases: see base/process.h
};

/// What a Watch decides about, without knowing it.
struct Watched {
  /// The connections whose mailboxes are to be followed: active ones only.
  std::function<Task<std::vector<model::Connection>>()> connections;
  OpenFeed open;
  /// Brings all that is new into the archive, over this feed. What it stored before it was
  /// cancelled stays stored.
  std::function<Task<void>(model::Connection, Feed&)> sync;
  /// Told of a mailbox that was given up for this time because it did not answer. May be empty.
  std::function<void(const model::Connection&, const Error&)> hung = {};
};

/// Follows the mailboxes that are archived: IDLE for as many as the options allow, polling with
/// jitter for the rest. Each account has its own back-off and its own deadline, so that a hung or
/// failing mailbox delays nobody, and a lease row, so that of several processes on one database
/// one watches it. While nothing happens it costs one timer a second and a renewal of all leases
/// together three times a lease. One loop. Close it before it goes.
class Watch {
 public:
  Watch(const Executor& executor, store::Leases& leases, Watched watched, Clock& clock, Log& log,
        WatchOptions options);
  ~Watch();

  /// Begins with the connections there are, and looks for others from time to time.
  void start();
  /// A connection was added or its credential replaced: it is watched at once. Nothing before
  /// `start`.
  void add(const model::Connection& connection);
  /// It was removed; returns when nothing of it runs any more here.
  Task<void> remove(model::ConnectionId id);

  struct Counts {
    std::size_t waiting = 0;  // in IDLE
    std::size_t polled = 0;
    std::size_t failing = 0;    // of both: the last attempt failed
    std::size_t elsewhere = 0;  // another process holds the lease
    std::size_t given_up = 0;   // the person must connect again first
  };
  Counts counts() const;

  /// Ends all and gives the leases back.
  Task<void> close();

 private:
  struct Account;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::mail
