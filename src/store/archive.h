#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "model/access.h"
#include "model/archive.h"
#include "model/connection.h"
#include "store/search_query.h"
#include "store/spot.h"

namespace gmail_mcp::store {

/// The progress of one connection's archive. A value, as it was read.
struct ArchiveState {
  std::string cursor;       // of the feed; empty: nothing was stored yet
  bool is_walking = false;  // in the middle of a walk over everything, which ends with a sweep
  std::string step;         // names the last step: the next one must have seen it
  bool is_remnant = false;  // a removal was interrupted: messages without a cursor, others missing
  bool has_ended = false;   // its connection is disconnected: its mailbox is not read any more
};

/// A message to be put into the archive.
struct NewArchived {
  model::ArchivedMessage archived;
  /// The people whose history it belongs to: lower-case addresses, each once; the account's own
  /// only when there is no other.
  std::vector<model::Address> correspondents;
  /// The text to search besides the subject, if it is not `body_plain`: the text of the HTML. Not
  /// shown.
  std::optional<std::string> text;
  Spot spot = {};
  /// The version of the reading code that produced these texts and people; it grows.
  std::int64_t reading = 0;
};

struct NewLabels {
  model::MessageId id;
  std::vector<std::string> labels;  // all of them
  Spot spot = {};                   // may be unknown
};

/// The changes of one step in following a mailbox: first `removed`, then `added`, then
/// `relabelled`.
struct ArchiveStep {
  std::vector<model::MessageId> removed;
  std::vector<NewArchived> added;  // messages already stored only get their labels
  std::vector<NewLabels> relabelled;
  std::string cursor;
  bool begins_walk = false;  // the sweep will remove what neither this step nor later ones bring
  bool ends = false;         // there is nothing more at the moment; ends a walk
  bool spares = false;       // ends a walk without a sweep, because it could not see everything
};

/// Messages that an earlier version read, to be read again.
struct ReadBefore {
  std::vector<model::MessageId> ids;
  bool was_tried = false;  // these could not be read before; all others are done
};

struct Committed {
  /// False: another process continued from `seen`, or the connection is ending, or the archive is
  /// gone. Nothing was stored.
  bool is_stored = false;
  std::vector<model::MessageId> added;  // those that were not there before
};

struct ArchivePage {
  std::vector<model::ArchivedMessage> messages;
  std::string next_cursor;  // empty: complete
};

struct ConversationPage {
  std::vector<model::Conversation> conversations;  // the latest first
  std::string next_cursor;
};

/// The messages, contacts and conversations of archived connections. A message is one row per
/// (connection, Gmail id), however often it is delivered; contacts and conversations are derived
/// from the messages in the same transaction, however these change. Drafts, spam and trash are
/// kept, but not shown while they are that. For someone else's connection, a missing one and one
/// without an archive the answer is the same: nothing.
class Archives {
 public:
  virtual ~Archives() = default;

  /// Gives the connection an archive, if it has none. False when there is no such connection, or it
  /// is ending, or its archive from another kind is still to be erased; `state` and `archived` do
  /// not see that one. With a kind: only if the connection still has that kind, because its
  /// follower may not know of a change.
  virtual Task<bool> begin(const model::Access& access, model::ConnectionId id,
                           std::optional<model::ConnectionKind> kind = std::nullopt) = 0;
  virtual Task<std::optional<ArchiveState>> state(const model::Access& access,
                                                  model::ConnectionId id) = 0;
  /// The connections that have an archive, whatever their status.
  virtual Task<std::vector<model::ConnectionId>> archived(const model::Access& access) = 0;

  /// Stores a whole step and its cursor atomically, if the archive is still as it was `seen` and
  /// its connection is not ending. Bulk work.
  virtual Task<Committed> commit(const model::Access& access, model::ConnectionId id,
                                 ArchiveState seen, ArchiveStep step) = 0;
  /// The ones of `ids` that are not stored.
  virtual Task<std::vector<model::MessageId>> absent(const model::Access& access,
                                                     model::ConnectionId id,
                                                     std::vector<model::MessageId> ids) = 0;
  /// The stored messages of a folder that are no longer in it.
  virtual Task<std::vector<model::MessageId>> gone(const model::Access& access,
                                                   model::ConnectionId id, Present present) = 0;

  /// At most `limit` of the messages whose reading is older, the newest first; those that could not
  /// be read come last, on their own, the least often tried first.
  virtual Task<ReadBefore> read_before(const model::Access& access, model::ConnectionId id,
                                       std::int64_t reading, std::int64_t limit) = 0;
  /// Replaces what earlier versions read from these messages; their labels stay as they are.
  /// Messages that are no longer stored are not added. `failed` could not be read. False: the
  /// archive has changed, and nothing was stored. Bulk work.
  virtual Task<bool> read_again(const model::Access& access, model::ConnectionId id,
                                std::vector<NewArchived> messages,
                                std::vector<model::MessageId> failed) = 0;
  /// Stores one message that we sent ourselves. With an empty id it stands in for the real one
  /// until a step brings the message with the same Message-ID header, for an hour at most; with an
  /// empty thread it is a conversation of its own. It is the last one of its second. False without
  /// an archive.
  virtual Task<bool> note(const model::Access& access, model::ConnectionId id,
                          NewArchived message) = 0;

  /// These remove at most `limit` messages and return whether there are more to remove: those that
  /// a finished walk did not bring; those older than `before`; all, and with the last of them the
  /// archive itself.
  virtual Task<bool> sweep(const model::Access& access, model::ConnectionId id,
                           std::int64_t limit) = 0;
  virtual Task<bool> expire(const model::Access& access, model::ConnectionId id, Timestamp before,
                            std::int64_t limit) = 0;
  virtual Task<bool> erase(const model::Access& access, model::ConnectionId id,
                           std::int64_t limit) = 0;
  /// Connections of this kind that have a message older than `before`: at most `limit`.
  virtual Task<std::vector<model::ConnectionId>> overdue(const model::Access& access,
                                                         model::ConnectionKind kind,
                                                         Timestamp before, std::int64_t limit) = 0;
  /// Removes the remains of erased archives from the pages of the search index and of the database,
  /// in bounded pieces of work. True while there is more; false at once when nothing was erased.
  /// Single removed messages are only included after `scrub_removed`, because all pages have to be
  /// read for that and messages are removed all the time.
  virtual Task<bool> scrub(const model::Access& access) = 0;
  /// From now on `scrub` also removes the remains of single messages.
  virtual Task<void> scrub_removed(const model::Access& access) = 0;

  /// The latest messages from and to this address, in the order of time; the next page has earlier
  /// ones. Throws invalid_argument for a cursor that was not made here; so do the following.
  virtual Task<ArchivePage> history(const model::Access& access, model::ConnectionId id,
                                    std::string email, std::int64_t limit, std::string cursor) = 0;
  /// Newest first.
  virtual Task<ArchivePage> search(const model::Access& access, model::ConnectionId id,
                                   SearchQuery query, std::int64_t limit, std::string cursor) = 0;
  virtual Task<std::optional<model::Contact>> contact(const model::Access& access,
                                                      model::ConnectionId id,
                                                      std::string email) = 0;
  /// The contact of the latest message comes first.
  virtual Task<std::vector<model::Contact>> contacts(const model::Access& access,
                                                     model::ConnectionId id,
                                                     std::int64_t limit) = 0;
  virtual Task<ConversationPage> conversations(const model::Access& access, model::ConnectionId id,
                                               std::int64_t limit, std::string cursor) = 0;
};

}  // namespace gmail_mcp::store
