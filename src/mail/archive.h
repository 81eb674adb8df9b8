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
#include "mail/archive_rereading.h"
#include "mail/feed.h"
#include "model/access.h"
#include "model/archive.h"
#include "model/connection.h"
#include "model/message.h"
#include "store/store.h"

namespace gmail_mcp::mail {

/// News of a mailbox, for whoever subscribed to it: a value, told after it is durable.
struct MailboxNews {
  model::ConnectionId connection;
  std::vector<std::string> correspondents;  // lower case addresses whose history changed
  std::int64_t added = 0;                   // messages that are shown
};

/// The local archive: brings what is new in a mailbox into the store, and then, within limits,
/// reads anew what an earlier version of the program brought. Reading it is the store's
/// (store/archive.h). One loop.
class Archive {
 public:
  using Tell = std::function<void(const MailboxNews&)>;
  /// What keeps mail of a connection out of the archive, in plain sentences without its content, as
  /// of the end of each run; "": nothing.
  using TellStuck = std::function<void(const model::ConnectionId&, const std::string& sentence)>;

  struct Options {
    std::chrono::days retention{0};              // older mail is not kept; 0: all is
    std::chrono::days oauth_retention{0};        // the same of accounts connected with Google
    std::size_t step = 200;                      // messages a transaction
    std::chrono::milliseconds patience{20'000};  // a caller waits no longer; its run goes on
    WorkPool* work_pool = nullptr;               // reads what is large; none: the loop does
    TellStuck tell_stuck;                        // none: it is in the log alone
    RereadingLimits rereading = {};
  };

  Archive(store::Store& store, OpenFeed open, Tell tell, Clock& clock, Log& log, Options options);
  ~Archive();

  struct Synced {
    std::int64_t added = 0;  // messages that are shown
    /// Of the added ones, newest first: at most `show` and a few MB.
    std::vector<model::ArchivedMessage> newest;
    bool is_complete = true;  // false: it goes on without the caller, or the next sync does
  };

  /// Brings in all that is new; gives the connection an archive if it has none. Callers at the same
  /// time share one run, which none of them stops by going away. A run that has already asked the
  /// server may not have been told what a later caller wants to hear of: all who come then wait for
  /// its end, and share one more. `show`: how many of the new messages to return, at most 100.
  Task<Synced> sync(model::Connection connection, std::size_t show);
  /// The same over a feed the caller holds open (the watcher's), to the end, after any other run.
  /// It ends with its caller.
  Task<Synced> sync(model::Connection connection, Feed& feed, std::size_t show);

  /// Something we sent ourselves: it appears in the archive at once, before the next sync. Nothing
  /// happens when the connection has no archive. The id may be empty, if it is not known yet.
  Task<void> note_sent(model::Connection connection, model::Message message);

  /// What is about to be sent, as it will be noted; nothing where the connection has no archive, or
  /// the bytes cannot be read: then the next sync brings it.
  Task<std::optional<model::Message>> read_sent(model::Connection connection,
                                                const std::string& rfc822);
  /// The same, once it is sent.
  Task<void> note_sent(model::Connection connection, model::Sent sent, model::Message message);

  /// Ends what runs for this connection, and begins nothing more for it until `sync` is called.
  Task<void> stop(model::ConnectionId connection);
  /// Stops, and removes everything that was stored for it, in small pieces: call it before the
  /// connection itself is removed, which would do the same in one long transaction.
  Task<void> erase(model::ConnectionId connection);
  /// Removes what is older than it may be, of at most `most` connections, whatever became of them:
  /// for housekeeping, for not every mailbox is synced. What is left is the next time's.
  Task<void> expire(std::int64_t most);
  /// Takes what was erased out of the pages of the search index and of the database too: for
  /// housekeeping. With `single_messages` also what was removed of archives that are still there.
  Task<void> scrub(bool single_messages);
  Task<void> drain();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::mail
