#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "mail/feed.h"
#include "model/access.h"
#include "model/connection.h"
#include "model/message.h"
#include "store/store.h"

namespace gmail_mcp::mail {

/// News of a mailbox, for whoever subscribed to it: a value, told after it is durable.
struct MailboxNews {
  model::ConnectionId connection;
  std::vector<std::string> correspondents;  // lower case addresses whose history changed
  std::int64_t added = 0;                   // messages
};

/// The local archive: brings what is new in a mailbox into the store. Reading it is the store's
/// (store/archive.h). One loop.
class Archive {
 public:
  using Tell = std::function<void(const MailboxNews&)>;

  struct Options {
    std::chrono::days retention{0};  // older mail is not kept; 0: all is
    std::size_t step = 200;          // messages a transaction
  };

  Archive(store::Store& store, OpenFeed open, Tell tell, Clock& clock, Log& log, Options options);
  ~Archive();

  struct Synced {
    std::int64_t added = 0;
    std::vector<model::Message> newest;  // of the added ones, newest first, at most `show`
    bool is_complete = true;             // false: stopped early, the next sync goes on
  };

  /// Brings in all that is new. Callers at the same time share one run. `show`: how many of the new
  /// messages to return.
  Task<Synced> sync(const model::Connection& connection, std::size_t show);
  /// The same over a feed the caller holds open (the watcher's).
  Task<Synced> sync(const model::Connection& connection, Feed& feed, std::size_t show);

  /// Something we sent ourselves: it appears in the archive at once, before the next sync. Nothing
  /// happens when the connection has no archive. The id may be empty, if it is not known yet.
  Task<void> note_sent(const model::Connection& connection, model::Message message);

  /// Ends what runs for this connection, and begins nothing more for it until `sync` is called.
  Task<void> stop(const model::ConnectionId& connection);
  /// Stops, and removes everything that was stored for it, in small pieces: call it before the
  /// connection itself is removed, which would do the same in one long transaction.
  Task<void> erase(const model::ConnectionId& connection);
  Task<void> drain();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::mail
