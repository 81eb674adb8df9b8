#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "mail/archive.h"
#include "mail/feed.h"
#include "model/connection.h"
#include "store/store.h"

namespace gmail_mcp::mail {

struct WatchOptions {
  bool enabled = true;                     // ENABLE_BACKGROUND_POLLING
  std::chrono::seconds poll_interval{60};  // INBOX_POLL_INTERVAL_SECONDS
  std::size_t max_waiting = 1000;          // accounts that are watched by IDLE; the rest are polled
  std::size_t max_polling = 200;           // polls at a time, over all accounts
  std::chrono::seconds lease{60};          // a process that died is replaced after this
  std::string process_id;                  // who holds the leases
};

/// Follows the mailboxes that are archived: IDLE for as many as the options allow, polling with
/// jitter for the rest. Each account has its own back-off, so that one hung or failing mailbox
/// delays nobody, and a lease row, so that of several processes on one database one watches it. One
/// loop.
class Watch {
 public:
  Watch(const Executor& executor, store::Store& store, Archive& archive, OpenFeed open,
        Clock& clock, Log& log, WatchOptions options);
  ~Watch();

  /// Begins with the connections of the store, and looks for others from time to time.
  void start();
  /// A connection was added or its credential replaced: it is watched at once.
  void add(const model::Connection& connection);
  /// It was removed; returns when nothing of it runs any more here.
  Task<void> remove(const model::ConnectionId& id);

  struct Counts {
    std::size_t waiting = 0;  // in IDLE
    std::size_t polled = 0;
    std::size_t failing = 0;
    std::size_t elsewhere = 0;  // another process holds the lease
  };
  Counts counts() const;

  /// Ends all and gives the leases back.
  Task<void> close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::mail
