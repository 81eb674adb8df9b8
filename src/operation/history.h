#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "accounts/token_vault.h"
#include "mail/archive.h"
#include "mail/conditions.h"
#include "mail/watch.h"
#include "operation/services.h"
#include "store/archive.h"

namespace gmail_mcp::operation {

class Call;

/// The local archives: decides which mailboxes are followed and how long mail is kept, and reads
/// them. One loop. Close it before destroying it.
class History {
 public:
  /// What it uses; outlives it.
  struct Needs {
    store::Store& store;
    accounts::TokenVault& vault;
    mail::Conditions& conditions;
  };
  struct Options {
    mail::Archive::Options archive;
    mail::WatchOptions watch;
    /// Whether mail of this connection is archived without a request.
    std::function<bool(const model::Connection&)> is_archived_unasked;
  };
  /// `tell` is called with what came into an archive, after it is durable.
  History(const Executor& executor, const Services& services, Needs needs, mail::OpenFeed open,
          mail::Archive::Tell tell, Options options);

  mail::Archive& archive() { return archive_; }
  const mail::Watch& watch() const { return watch_; }

  /// Begins to follow the archived mailboxes, also those that are connected later: for servers
  /// only, not for single commands.
  void start() { watch_.start(); }
  /// Begins to follow the mailbox after it was connected, also again, if its kind is followed.
  void follow(const model::Connection& connection);
  /// Another process may have changed the connection: if it is followed here, it is followed with
  /// the new credential.
  void note_change(const model::Connection& connection) { watch_.note_change(connection); }
  /// Returns when this process no longer follows the mailbox.
  Task<void> stop(model::ConnectionId id);
  /// The same, and erases its archive.
  Task<void> erase(model::ConnectionId id);

  /// From now on the remains of erased data are soon removed from the database's file; without this
  /// call, only by `scrub`.
  void scrub_by_itself() { scrubs_by_itself_ = true; }
  /// Erases what may not be kept any longer, with its remains in the file: to be called from time
  /// to time.
  Task<void> shorten();
  /// Removes the remains of erased data from the search index.
  Task<void> scrub_all();

  /// Ends the background work. Erasing is still possible then; `scrub` comes last.
  Task<void> close();
  Task<void> scrub();

  /// Stores everything new in the archive of a connection; makes one if there is none. `show`: how
  /// many of the new messages to return.
  Task<mail::Archive::Synced> fetch(Call& call, std::string connection_id, std::size_t show);

  // Read the archive (store/archive.h). Each throws not_found when there is none yet.

  Task<store::ArchivePage> messages(Call& call, std::string connection_id, std::string email,
                                    std::int64_t limit, std::string cursor);
  struct Found {
    store::ArchivePage page;
    std::string how_searched;  // a sentence, if nothing was found
  };
  Task<Found> search(Call& call, std::string connection_id, std::string query, std::int64_t limit,
                     std::string cursor);
  Task<model::Contact> contact(Call& call, std::string connection_id, std::string email);
  Task<std::vector<model::Contact>> contacts(Call& call, std::string connection_id,
                                             std::int64_t limit);
  Task<store::ConversationPage> conversations(Call& call, std::string connection_id,
                                              std::int64_t limit, std::string cursor);

 private:
  mail::Watched watched(mail::OpenFeed open);
  Task<std::unordered_set<std::string>> ids_with_archive() const;
  Task<std::vector<model::Connection>> followed() const;
  Task<void> erase_those_of_google();
  Task<void> scrub_while_due();
  /// The connection, if it has an archive that may be read.
  Task<model::Connection> archived(Call& call, std::string id);

  const Services& services_;
  const Needs needs_;
  std::function<bool(const model::Connection&)> is_archived_unasked_;
  mail::Archive archive_;
  mail::Watch watch_;
  std::optional<Timestamp> scrubbed_all_at_;  // including the remains of single messages
  std::optional<std::chrono::steady_clock::time_point> scrubbed_at_;
  bool scrubs_by_itself_ = false;
  bool scrub_is_due_ = false;
  bool is_scrubbing_ = false;
  bool is_closed_ = false;
  TaskGroup scrubbing_;
};

}  // namespace gmail_mcp::operation
