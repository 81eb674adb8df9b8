#pragma once

// For .cpp files of this folder only; others open one by imap_feed.h.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "imap/client.h"
#include "mail/imap_smtp/bring.h"
#include "mail/imap_smtp/feed_cursor.h"
#include "mail/imap_smtp/imap_feed.h"

namespace gmail_mcp::mail {

class ImapFollower final : public Feed {
 public:
  ImapFollower(const ImapFeeds& shared, ImapAccount account, FeedUse use)
      : shared_{shared}, account_{std::move(account)}, use_{use} {}

  Task<Step> next(std::string cursor, std::size_t most) override;
  std::optional<std::string> lacks(const std::vector<model::MessageId>& ids) override;
  bool can_wait() const override { return !lease_ || (*lease_)->can("IDLE"); }
  Task<void> wait() override;
  Task<void> rest() override;

 private:
  /// What is missing is asked for again, and a walk that could not see all is begun again.
  static constexpr std::chrono::hours retry_pause{1};

  /// One folder of a round: what was found in it when it was opened, and what of that is left to
  /// tell.
  struct Visit {
    std::size_t folder = 0;
    std::uint64_t modseq = 0;
    imap::Uid uid_next = 1;
    imap::UidSet uids;      // all there are
    imap::UidSet new_uids;  // still to be brought
    std::vector<Relabelled> changed;
  };

  /// From one last step to the next.
  struct Round {
    std::string cursor;  // of the step that goes on with it
    std::vector<imap::Folder> folders;
    std::size_t at = 0;
    std::optional<Visit> visit;
    bool begins_walk = false;         // the next step says `restarts`
    bool is_for_missing = false;      // a last look into the folders of what is missing
    std::vector<std::string> closed;  // folders that could not be opened
  };

  // --- the connection, and waiting on it (imap_feed.cpp)

  imap::Client& client() { return **lease_; }
  void let_go();
  Task<void> connect();
  std::string watched() const;
  Task<void> wait_in(std::string folder);

  // --- a round through the folders (imap_round.cpp)

  static bool is_as_it_was(const FolderPlace& place, const imap::FolderStatus& now);
  static FolderPlace fresh(const std::string& name, const imap::FolderStatus& now);
  /// Compares what is there with what was; decides which folders have to be opened.
  Task<void> begin(std::string cursor);
  /// Fills the step until it is full or nothing is left.
  Task<void> fill(Step& step, std::size_t most);
  /// Whether it is time to ask what is still there.
  bool may_check() const;
  void begin_check();
  /// False: it is not there any more, or not to be opened now. It is left out of this round.
  Task<bool> open(Step& step, const imap::Folder& folder, FolderPlace& place);
  Task<void> visit(const imap::Folder& folder, FolderPlace& place);
  Task<void> find_changed(Visit& visit, const imap::Folder& folder, const FolderPlace& place);

  // --- what is in one folder (imap_walk.cpp)

  bool is_full(const Step& step, std::size_t most) const;
  /// How many messages the step may still ask for together.
  static std::size_t room(const Step& step, std::size_t most, const FolderPlace& place);
  /// Tells what was found in a folder; false: the step ends before that is told.
  Task<bool> tell(Step& step, std::size_t most, const imap::Folder& folder, FolderPlace& place);
  /// Adds to the step what the server gives of `wanted`, as far as the step takes it: which of them
  /// that covers. What is there and does not come is missing from now on. None: the connection was
  /// lost, and fewer are to be asked for.
  Task<imap::UidSet> take(Step& step, std::size_t most, FolderPlace& place, imap::UidSet wanted,
                          bool newest_first, ReadFrom from);
  Task<imap::UidSet> add(Step& step, std::size_t most, FolderPlace& place, imap::UidSet wanted,
                         bool newest_first, ReadFrom from);
  /// Notes the labels of `wanted`; false: the connection was lost, and fewer are to be asked for.
  Task<bool> look(Step& step, FolderPlace& place, imap::UidSet wanted, ReadFrom from);
  Task<imap::UidSet> unseen_of(Step& step, imap::UidSet wanted, ReadFrom from);
  /// In the order they are to be told.
  Task<std::vector<imap::Fetched>> particulars_of(imap::UidSet wanted, bool newest_first);
  static imap::FetchItems labels_alone();
  static bool note(std::vector<Relabelled>& list, const imap::Fetched& one, const ReadFrom& from);
  ReadFrom read_from(const imap::Folder& folder, const FolderPlace& place) const;

  // --- what the server does not give (imap_missing.cpp)

  void ask_again_if_due();
  /// An answer that leaves a message out does not say that it is gone.
  Task<imap::UidSet> still_there(imap::UidSet uids);
  /// Somewhere nothing could be seen: what lies there must not be taken for removed.
  void spare(Step& step);
  void throw_unless_lost(const Error& error);
  static void ask_for_fewer(FolderPlace& place, const imap::UidSet& asked);
  static void ask_for_more(FolderPlace& place, const imap::UidSet& asked);
  std::vector<std::string> stuck() const;

  ImapFeeds shared_;
  ImapAccount account_;
  FeedUse use_;
  std::optional<SessionLease> lease_;
  FeedCursor place_;  // of the last step
  std::optional<Round> round_;
  std::size_t bytes_ = 0;  // of the step being filled
  bool is_lost_ = false;   // the connection, while that was done
  // Of the last step's walk, where each id was seen.
  std::unordered_map<std::string, std::pair<std::string, imap::Uid>> noted_;
};

}  // namespace gmail_mcp::mail
