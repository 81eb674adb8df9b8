#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "model/connection.h"
#include "model/message.h"
#include "store/spot.h"

namespace gmail_mcp::mail {

/// A message whose labels are not what they were.
struct Relabelled {
  model::MessageId id;
  std::vector<std::string> labels;  // label ids, all of them
  std::optional<Timestamp> date;    // of the message, where it was told
};

/// Where messages lie, by their ids.
using Spots = std::unordered_map<std::string, store::Spot>;

/// One step of following a mailbox. The archive stores the whole step and `cursor` in one
/// transaction: after a crash the next step begins where the last durable one ended, so nothing is
/// missed and nothing stored twice. What is removed and added in one step is there afterwards: it
/// moved.
struct Step {
  std::vector<model::Message> added;  // whole, bodies included; may be known already
  std::vector<Relabelled> relabelled;
  std::vector<model::MessageId> removed;
  Spots spots;  // of what was added and relabelled, as far as it is known
  /// Folders from which something was removed, where nobody can say what: their messages that are
  /// not among these, and that this step does not bring, are gone.
  std::vector<store::Present> present;
  std::string cursor;    // where the next step begins; opaque
  bool is_last = false;  // nothing more at the moment
  /// This step is the first of a walk over everything there is (the cursor is of no use any more,
  /// or something was removed and nobody can say what): what the walk does not bring again, as
  /// added or as relabelled, is gone. The archive removes what it did not see when the last step of
  /// the walk is stored.
  bool restarts = false;
  /// The walk under way could not see everything: nothing is removed when it ends.
  bool spares = false;
  /// What could not be had, a plain sentence each, with folder, UID or token and without content:
  /// all that is known at this step.
  std::vector<std::string> stuck;
};

/// Messages read again: as they are now, each whole.
struct Anew {
  std::vector<model::Message> messages;
  Spots spots;
};

/// A mailbox as the archive follows it: the same walk over IMAP (UIDVALIDITY, UIDNEXT, MODSEQ) and
/// over history.list. A resource with one owner, on its loop; one call at a time. Failures throw
/// Error as a Mailbox's do.
class Feed {
 public:
  virtual ~Feed() = default;

  /// What follows `cursor` ("": everything there is), sent and received, newest mail first on the
  /// first walk. At most about `most` messages and 8 MB of them a step.
  virtual Task<Step> next(std::string cursor, std::size_t most) = 0;

  /// Messages of the last step's `relabelled` that the archive lacks although they are there: they
  /// come with the steps after this cursor, which replaces the step's. nullopt: nothing can be
  /// done.
  virtual std::optional<std::string> lacks(const std::vector<model::MessageId>& ids) = 0;

  /// Reads messages again that were brought before; call it after a last step. What does not come
  /// is gone, or cannot be read. At most a few tens of ids.
  virtual Task<Anew> read_again(std::vector<model::MessageId> ids) = 0;

  /// Whether `wait` works; if not, somebody has to ask again from time to time.
  virtual bool can_wait() const = 0;

  /// Returns when something has happened in the mailbox (IMAP IDLE, renewed as needed).
  /// Cancellable; throws `unavailable` when the connection is lost. Call it after a last step:
  /// nothing that happens between that step and the wait is missed.
  virtual Task<void> wait() = 0;

  /// Lets go of the server's resources (the connection, a place among those in use); the next call
  /// takes them again.
  virtual Task<void> rest() = 0;
};

/// Why a feed is opened. A watcher has a connection of its own; who looks in shares.
enum class FeedUse { look_in, watch };

/// Which feed follows a connection: the one place that knows them all is src/app. Does no I/O.
using OpenFeed = std::function<std::unique_ptr<Feed>(const model::Connection&, FeedUse)>;

}  // namespace gmail_mcp::mail
