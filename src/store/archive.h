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

/// How far the archive of one connection has come. A value, as it was read.
struct ArchiveState {
  std::string cursor;       // of the feed; empty: nothing was stored yet
  bool is_walking = false;  // in a walk over everything, which will end with a sweep
  std::string step;         // names the last step: who goes on must have seen it
  bool is_remnant = false;  // messages without a cursor: a removal was cut, so others are missing
  bool has_ended = false;   // its connection is disconnected: nobody reads it
};

/// A message on its way into the archive.
struct NewArchived {
  model::ArchivedMessage archived;
  /// Whose history it belongs to: lower-case addresses, each once; the account's own only where
  /// there is nobody else.
  std::vector<model::Mailbox> correspondents;
  /// What searching looks through beside the subject, where that is not `body_plain`: the text of
  /// HTML. Not shown.
  std::optional<std::string> text;
  Spot spot = {};
  /// Which version of the program's reading these texts and people are of: grows.
  std::int64_t reading = 0;
};

struct NewLabels {
  model::MessageId id;
  std::vector<std::string> labels;  // all of them
  Spot spot = {};                   // an unknown one says nothing
};

/// What one step of following a mailbox changes: first `removed`, then `added`, then `relabelled`.
struct ArchiveStep {
  std::vector<model::MessageId> removed;
  std::vector<NewArchived> added;  // what is known already gets its labels and nothing else
  std::vector<NewLabels> relabelled;
  std::string cursor;
  bool begins_walk = false;  // what this step and those after it do not bring, the sweep removes
  bool ends = false;         // nothing more at the moment; a walk is over
  bool spares = false;       // a walk under way ends here without a sweep: it could not see all
};

/// Messages that an earlier version read, for reading them anew.
struct ReadBefore {
  std::vector<model::MessageId> ids;
  bool was_tried = false;  // and could not be read: all others are done
};

struct Committed {
  /// False: another process went on from `seen`, or the connection is ending, or the archive is
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

/// The messages, contacts and conversations of archived connections. A message is one row by
/// (connection, Gmail id), whatever is delivered how often; contacts and conversations follow from
/// the messages in the same transaction, whichever way those come and go. Drafts, spam and trash
/// are kept, and shown nowhere while they are that. Somebody else's connection, a missing one and
/// one without an archive are the same answer: nothing.
class Archive {
 public:
  virtual ~Archive() = default;

  /// Gives the connection an archive, if it has none. False when there is no such connection, or it
  /// is ending, or what it archived under another kind is still to be erased: that is the archive
  /// of nobody, and `state` and `archived` know nothing of it. With a kind: only if the connection
  /// is still of that, for who follows it may not have heard of another.
  virtual Task<bool> begin(const model::Access& access, model::ConnectionId id,
                           std::optional<model::ConnectionKind> kind = std::nullopt) = 0;
  virtual Task<std::optional<ArchiveState>> state(const model::Access& access,
                                                  model::ConnectionId id) = 0;
  /// The connections that have an archive, whatever their status.
  virtual Task<std::vector<model::ConnectionId>> archived(const model::Access& access) = 0;

  /// Stores a whole step and its cursor as one, if the archive is as it was `seen` and its
  /// connection is not ending. Bulk work.
  virtual Task<Committed> commit(const model::Access& access, model::ConnectionId id,
                                 ArchiveState seen, ArchiveStep step) = 0;
  /// Those of `ids` that are not stored.
  virtual Task<std::vector<model::MessageId>> absent(const model::Access& access,
                                                     model::ConnectionId id,
                                                     std::vector<model::MessageId> ids) = 0;
  /// Those stored of a folder that are not there any more.
  virtual Task<std::vector<model::MessageId>> gone(const model::Access& access,
                                                   model::ConnectionId id, Present present) = 0;

  /// At most `limit` of the messages whose reading is older, the newest first; those that could not
  /// be read come last and alone, first those that were tried least.
  virtual Task<ReadBefore> read_before(const model::Access& access, model::ConnectionId id,
                                       std::int64_t reading, std::int64_t limit) = 0;
  /// Replaces what earlier versions read of these messages, which stay as new, read and labelled as
  /// they now are; those that are not stored any more stay away. `failed` could not be read. False:
  /// the archive went on meanwhile, nothing was stored. Bulk work.
  virtual Task<bool> read_again(const model::Access& access, model::ConnectionId id,
                                std::vector<NewArchived> messages,
                                std::vector<model::MessageId> failed) = 0;
  /// Stores one message we sent ourselves. With an empty id it is a stand-in until a step brings
  /// the message with the same Message-ID header, for an hour at most; with an empty thread it is a
  /// conversation of its own. It stands last in its second. False without an archive.
  virtual Task<bool> note(const model::Access& access, model::ConnectionId id,
                          NewArchived message) = 0;

  /// These remove at most `limit` messages and say whether there are more to remove: what a walk
  /// that is over did not bring; what is older than `before`; all, and with the last of them the
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
  /// Takes what was in erased archives out of the pages of the search index and of the database, a
  /// bounded piece of work at a time. True while there is more; at once false when none was erased.
  /// Single messages that were removed are left to whoever comes after `scrub_removed`: all pages
  /// are looked through, and messages are removed all the time.
  virtual Task<bool> scrub(const model::Access& access) = 0;
  /// From now on `scrub` has to do with what single messages left, too.
  virtual Task<void> scrub_removed(const model::Access& access) = 0;

  /// The latest with this address, both ways, in the order of time; the next page has what was
  /// before them. Throws invalid_argument for a cursor that is none of ours, here and below.
  virtual Task<ArchivePage> history(const model::Access& access, model::ConnectionId id,
                                    std::string email, std::int64_t limit, std::string cursor) = 0;
  /// Newest first.
  virtual Task<ArchivePage> search(const model::Access& access, model::ConnectionId id,
                                   SearchQuery query, std::int64_t limit, std::string cursor) = 0;
  virtual Task<std::optional<model::Contact>> contact(const model::Access& access,
                                                      model::ConnectionId id,
                                                      std::string email) = 0;
  /// Whoever wrote or was written to last comes first.
  virtual Task<std::vector<model::Contact>> contacts(const model::Access& access,
                                                     model::ConnectionId id,
                                                     std::int64_t limit) = 0;
  virtual Task<ConversationPage> conversations(const model::Access& access, model::ConnectionId id,
                                               std::int64_t limit, std::string cursor) = 0;
};

}  // namespace gmail_mcp::store
