#pragma once

// Private to this folder; others open one by imap_feed.h.
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
  Task<Anew> read_again(std::vector<model::MessageId> ids) override;
  bool can_wait() const override { return !lease_ || (*lease_)->can("IDLE"); }
  Task<void> wait() override;
  Task<void> rest() override;

 private:
  /// When missing messages are requested again, and a walk that could not see everything is
  /// repeated.
  static constexpr std::chrono::hours retry_pause{1};

  /// Opening folders may end the connection one after the other; when this many did and nothing
  /// else is answered, the server itself fails.
  static constexpr std::ptrdiff_t most_doubted = 3;

  /// One folder of a round: what was found when it was opened, and what of that is not reported
  /// yet.
  struct Visit {
    std::uint32_t uid_validity = 0;
    std::uint64_t modseq = 0;
    imap::Uid uid_next = 1;
    imap::UidSet uids;      // all in the folder
    imap::UidSet new_uids;  // not brought yet
    std::vector<Relabelled> changed;
  };

  /// The work from one last step to the next.
  struct Round {
    std::string cursor;  // of the step that continues it
    std::vector<imap::Folder> folders;
    std::size_t at = 0;
    std::optional<Visit> visit;
    bool begins_walk = false;         // the next step says `restarts`
    bool is_for_missing = false;      // a last look into the folders of missing messages
    std::vector<std::string> closed;  // folders that could not be opened
  };

  /// How opening a folder went.
  enum class Opening {
    done,
    left_out,  // it no longer exists, or is not to be opened in this round
    lost,      // the connection was lost; the step ends
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
  /// Compares the present state with the earlier one and decides which folders have to be opened.
  /// False: the connection was lost, and the cursor records what was learnt.
  Task<bool> begin(Step& step, std::string cursor);
  void compare(std::vector<imap::Folder> now);
  /// Fills the step until it is full or nothing is left.
  Task<void> fill(Step& step, std::size_t most);
  /// Whether it is time to check what is still there.
  bool may_check() const;
  void begin_check();
  Task<Opening> open(Step& step, const imap::Folder& folder, FolderPlace& place);
  Task<Visit> look_into(std::string folder);
  Task<void> visit(const imap::Folder& folder, FolderPlace& place);
  /// If this fails, a walk has to find the changes.
  Task<void> find_changed(Visit& visit, const imap::Folder& folder, FolderPlace& place);

  // --- what is in one folder (imap_walk.cpp)

  bool is_full(const Step& step, std::size_t most) const;
  /// How many messages the step may still request together.
  static std::size_t room(const Step& step, std::size_t most, const FolderPlace& place);
  /// Reports what was found in a folder; false: the step ends before everything is reported.
  Task<bool> tell(Step& step, std::size_t most, const imap::Folder& folder, FolderPlace& place);
  /// Adds to the step what the server returns of `wanted`, as far as the step has room. Returns
  /// which of them are covered; those that exist but do not come count as missing from now on.
  /// Empty: the connection was lost, and fewer have to be requested.
  Task<imap::UidSet> take(Step& step, std::size_t most, FolderPlace& place, imap::UidSet wanted,
                          bool newest_first, ReadFrom from);
  Task<imap::UidSet> add(Step& step, std::size_t most, FolderPlace& place, imap::UidSet wanted,
                         bool newest_first, ReadFrom from);
  /// Records the labels of `wanted`; false: the connection was lost, and fewer have to be
  /// requested.
  Task<bool> look(Step& step, FolderPlace& place, imap::UidSet wanted, ReadFrom from);
  Task<imap::UidSet> unseen_of(Step& step, imap::UidSet wanted, ReadFrom from);
  /// In the order in which they are reported.
  Task<std::vector<imap::Fetched>> particulars_of(imap::UidSet wanted, bool newest_first);
  static imap::FetchItems labels_alone();
  static bool note(std::vector<Relabelled>& list, const imap::Fetched& one, const ReadFrom& from);
  ReadFrom read_from(const imap::Folder& folder, const FolderPlace& place) const;

  // --- where messages are (imap_spots.cpp)

  /// Whether a message is in only one folder at a time; at Gmail otherwise a message that has left
  /// a folder may be in another.
  bool is_only_place() const;
  void note_present(const FolderPlace& place, const imap::UidSet& uids);
  void tell_spots(Step& step);

  // --- folders that end the connection (imap_deadly.cpp)

  /// The folders that are followed, in the order of the walk.
  static std::vector<imap::Folder> followed(std::vector<imap::Folder> all, bool is_gmail);
  /// The folders that are followed, with their STATUS. nullopt: the connection was lost, and the
  /// cursor records what was learnt.
  Task<std::optional<std::vector<imap::Folder>>> list();
  Task<std::optional<std::vector<imap::Folder>>> list_one_by_one();
  /// Asks for STATUS; adds the indices of the answered folders.
  Task<void> ask_status(imap::Folder& folder, std::size_t at, std::vector<std::size_t>& answered);
  void note_mute(const std::string& folder);
  bool is_recent(Timestamp when) const { return shared_.clock.now() - when < retry_pause; }
  bool is_shut(const FolderPlace& place) const { return is_recent(place.shut); }
  bool is_doubted(const FolderPlace& place) const;
  /// Whether the connection can open another folder; nullopt: it was lost at that.
  Task<std::optional<bool>> opens_another(const FolderPlace& place);
  /// Records that the connection was lost at a folder. Throws if the server itself is failing.
  void note_lost(Step& step, FolderPlace& place, bool has_opened_another, const Error& failure);
  void leave_out(Step& step, FolderPlace& place);

  // --- what the server does not return (imap_missing.cpp)

  void ask_again_if_due();
  /// Checks, because an answer that leaves a message out does not mean that it is gone.
  Task<imap::UidSet> still_there(imap::UidSet uids);
  /// Called when a part could not be seen, so that nothing there is taken for removed.
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
  std::size_t bytes_ = 0;                        // of the step being filled
  std::chrono::steady_clock::time_point began_;  // that step
  bool is_lost_ = false;                         // the connection was lost at this
  std::vector<store::Present> present_;          // to be reported with the step
  bool has_read_anew_ = false;  // so the open folder may be another one than in the step
  // Where each id of the last step was seen.
  std::unordered_map<std::string, std::pair<std::string, imap::Uid>> noted_;
};

}  // namespace gmail_mcp::mail
