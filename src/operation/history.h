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

/// The local archives: which mailboxes are followed into them, how long what they hold is kept, and
/// the reading of them. One loop. Close it before it goes.
class History {
 public:
  /// What it stands on; outlives it.
  struct Needs {
    store::Store& store;
    accounts::TokenVault& vault;
    mail::Conditions& conditions;
  };
  struct Options {
    mail::Archive::Options archive;
    mail::WatchOptions watch;
    /// Whether mail of this connection is archived without anybody asking for it.
    std::function<bool(const model::Connection&)> is_archived_unasked;
  };
  /// `tell` hears what came into an archive, after it is durable.
  History(const Executor& executor, const Services& services, Needs needs, mail::OpenFeed open,
          mail::Archive::Tell tell, Options options);

  mail::Archive& archive() { return archive_; }
  const mail::Watch& watch() const { return watch_; }

  /// Begins to follow the mailboxes that are archived, also those that are connected later: for
  /// servers, never for one command.
  void start() { watch_.start(); }
  /// The connection is there anew: its mailbox is followed if those of its kind are.
  void follow(const model::Connection& connection);
  /// Returns when nothing follows the mailbox any more here.
  Task<void> stop(model::ConnectionId id);
  /// The same, and its archive is gone.
  Task<void> erase(model::ConnectionId id);

  /// From now on what was erased leaves the database's file by itself, soon. Else `close` does it.
  void scrub_by_itself() { scrubs_by_itself_ = true; }
  /// What may not be kept any longer goes, and what was in it leaves the file: now and then.
  Task<void> shorten();
  /// Takes what was erased out of the search index.
  Task<void> scrub_all();

  /// Ends what runs by itself; then what leaves may still erase, and `scrub` comes last.
  Task<void> close();
  Task<void> scrub();

  /// Brings what is new into the archive of a connection; the first time it begins one. `show`: how
  /// many of the new messages to return.
  Task<mail::Archive::Synced> fetch(Call& call, std::string connection_id, std::size_t show);

  // What the archive holds (store/archive.h). Each throws not_found when there is none yet.

  Task<store::ArchivePage> messages(Call& call, std::string connection_id, std::string email,
                                    std::int64_t limit, std::string cursor);
  struct Found {
    store::ArchivePage page;
    std::string how_searched;  // a sentence, where nothing was found
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
  std::optional<Timestamp> scrubbed_all_at_;  // with what single messages had left
  std::optional<std::chrono::steady_clock::time_point> scrubbed_at_;
  bool scrubs_by_itself_ = false;
  bool scrub_is_due_ = false;
  bool is_scrubbing_ = false;
  bool is_closed_ = false;
  TaskGroup scrubbing_;
};

}  // namespace gmail_mcp::operation
