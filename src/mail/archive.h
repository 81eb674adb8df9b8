#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/steps.h"
#include "base/task.h"
#include "mail/archive_rereading.h"
#include "mail/feed.h"
#include "model/access.h"
#include "model/archive.h"
#include "model/connection.h"
#include "model/message.h"
#include "model/news.h"
#include "store/store.h"

namespace gmail_mcp::mail {

/// The local archive: stores new mail of a mailbox, and then, within limits, reads messages again
/// that an earlier version of the program stored. For reading the archive see store/archive.h. One
/// loop.
class Archive {
 public:
  using Tell = std::function<void(const model::MailboxNews&)>;
  /// Called at the end of each run with the reason why mail of a connection is not archived, in
  /// plain sentences without content; "": all is.
  using TellStuck = std::function<void(const model::ConnectionId&, const std::string& sentence)>;

  struct Options {
    std::chrono::days retention{0};              // older mail is not kept; 0: all is
    std::chrono::days oauth_retention{0};        // the same for accounts connected with Google
    std::size_t step = 200;                      // messages per transaction
    std::chrono::milliseconds patience{20'000};  // the longest wait of a caller; its run continues
    WorkPool* work_pool = nullptr;               // reads large messages; null: the loop does
    TellStuck tell_stuck;                        // empty: it is only logged
    RereadingLimits rereading = {};
  };

  Archive(store::Store& store, OpenFeed open, Tell tell, Clock& clock, Log& log, Options options);
  ~Archive();

  struct Synced {
    std::int64_t added = 0;  // messages that are shown
    /// The added messages, newest first: at most `show` and a few MB.
    std::vector<model::ArchivedMessage> newest;
    bool is_complete = true;  // false: the run, or the next sync, continues without the caller
  };

  /// Stores everything new; gives the connection an archive if it has none. Callers at the same
  /// time share one run, which goes on even if they leave. A run that has already asked the server
  /// may miss mail that a later caller expects: such callers wait for its end, and share one more
  /// run. `show`: how many of the new messages to return, at most 100.
  Task<Synced> sync(model::Connection connection, std::size_t show);
  /// The same, telling the caller meanwhile how many messages were brought in.
  Task<Synced> sync(model::Connection connection, std::size_t show, TellSteps tell);
  /// The same over a feed that the caller keeps open (the watch), to the end, after any other run.
  /// This run ends when its caller leaves.
  Task<Synced> sync(model::Connection connection, Feed& feed, std::size_t show);

  /// Adds a message that we sent, so that it is in the archive before the next sync. Does nothing
  /// when the connection has no archive. The id may be empty if it is not known yet.
  Task<void> note_sent(model::Connection connection, model::Message message);

  /// The message to be sent, in the form in which it will be noted; nullopt if the connection has
  /// no archive, or the bytes are unreadable: then the next sync brings it.
  Task<std::optional<model::Message>> read_sent(model::Connection connection,
                                                const std::string& rfc822);
  /// The same, once it is sent.
  Task<void> note_sent(model::Connection connection, model::Sent sent, model::Message message);

  /// Ends all runs for this connection, and begins no more until `sync` is called.
  Task<void> stop(model::ConnectionId connection);
  /// Stops, and removes everything stored for it, in small pieces: to be called before the
  /// connection itself is removed, which would do the same in one long transaction.
  Task<void> erase(model::ConnectionId connection);
  /// Removes messages older than allowed, of at most `most` connections in any state: for
  /// housekeeping, because not every mailbox is synced. The rest is left to the next time.
  Task<void> expire(std::int64_t most);
  /// Removes the remains of erased archives from the pages of the search index and of the database:
  /// for housekeeping. With `single_messages` also the remains of single messages.
  Task<void> scrub(bool single_messages);
  Task<void> drain();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::mail
