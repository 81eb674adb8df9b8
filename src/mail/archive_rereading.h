#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "mail/feed.h"
#include "model/connection.h"
#include "store/store.h"

namespace gmail_mcp::mail {

/// How fast archives read messages again that an earlier version of the program read.
struct RereadingLimits {
  std::int64_t a_minute = 50;            // messages of one account
  std::int64_t a_minute_in_all = 3000;   // of all accounts together
  std::int64_t at_a_time = 25;           // requested and stored together
  std::int64_t most_saved = 200;         // the most that an idle account may catch up at once
  std::chrono::minutes retry_pause{60};  // for unreadable messages
};

/// Brings archive rows up to date that an earlier version wrote, a few at a time, after new mail.
/// Progress is in the rows, so that a restart continues from there; an unreadable message waits
/// until all others are done. One loop.
class Rereading {
 public:
  Rereading(store::Store& store, Clock& clock, Log& log, WorkPool* pool, RereadingLimits limits)
      : store_{store}, clock_{clock}, log_{log}, pool_{pool}, limits_{limits} {}

  /// Continues with this account as far as the limits allow now, over a feed after its last step.
  /// Failures of the account or the server are logged and end it for this time.
  Task<std::vector<std::string>> go_on(model::Connection connection, Feed& feed);
  void forget(const model::ConnectionId& id);

 private:
  using Moment = std::chrono::steady_clock::time_point;

  struct Allowance {
    double left = 0;
    std::optional<Moment> as_of;

    void grow(Moment now, std::int64_t a_minute, std::int64_t most);
  };
  struct Account {
    Allowance allowance;
    std::int64_t at_once = 0;  // fewer than the limit, if more end the connection; 0: the limit
    Moment retry_at{};
    bool is_busy = false;
  };

  Task<std::int64_t> some(const model::Connection& connection, Feed& feed,
                          std::vector<std::string>& correspondents);
  Task<bool> read(const model::Connection& connection, Feed& feed,
                  std::vector<model::MessageId> ids, std::vector<std::string>& correspondents);

  store::Store& store_;
  Clock& clock_;
  Log& log_;
  WorkPool* pool_;
  RereadingLimits limits_;
  Allowance all_;
  std::map<model::ConnectionId, Account> accounts_;
};

}  // namespace gmail_mcp::mail
