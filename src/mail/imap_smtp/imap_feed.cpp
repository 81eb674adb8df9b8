#include "mail/imap_smtp/imap_feed.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "mail/imap_smtp/bring.h"
#include "mail/imap_smtp/feed_cursor.h"
#include "mail/imap_smtp/fetch_each.h"
#include "mail/imap_smtp/labels.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;
using imap::Uid;
using imap::UidSet;
using namespace std::chrono_literals;

constexpr std::size_t most_bytes = std::size_t{8} << 20;
// Labels alone are small: so many of them weigh as much as one message.
constexpr std::size_t labels_for_a_message = 5;
// Gmail and others hang up between 10 and 29 minutes of silence.
constexpr std::chrono::minutes longest_idle{9};
// What is missing is asked for again, and a walk that could not see all is begun again.
constexpr std::chrono::hours retry_pause{1};
constexpr std::uint32_t most_together = 200;
constexpr std::size_t longest_uid_list = 100;
constexpr Uid highest_uid = std::numeric_limits<Uid>::max();

UidSet at_or_above(const UidSet& uids, Uid bound) {
  auto some = uids;
  UidSet below;
  if (bound > 1) below.add(1, bound - 1);
  some.remove(below);
  return some;
}

UidSet below(const UidSet& uids, Uid bound) {
  auto some = uids;
  UidSet rest;
  rest.add(bound, highest_uid);
  some.remove(rest);
  return some;
}

UidSet both(UidSet some, const UidSet& others) {
  auto rest = some;
  rest.remove(others);
  some.remove(rest);
  return some;
}

UidSet lowest(const UidSet& uids, std::size_t most) {
  UidSet some;
  for (const auto uid : uids.uids(most)) some.add(uid);
  return some;
}

// The folders that are followed, in the order they are walked.
std::vector<imap::Folder> followed(std::vector<imap::Folder> all, bool is_gmail) {
  const bool has_all_mail = is_gmail && imap::find(all, SpecialUse::all) != nullptr;
  std::erase_if(all, [&](const imap::Folder& folder) {
    const auto use = folder.use;
    if (!folder.can_select) return true;
    if (has_all_mail) {
      return use != SpecialUse::all && use != SpecialUse::junk && use != SpecialUse::trash;
    }
    // Views of what lies in other folders.
    return use == SpecialUse::all || use == SpecialUse::flagged || use == SpecialUse::important;
  });
  const auto rank = [](const imap::Folder& folder) {
    switch (folder.use) {
      case SpecialUse::all:
      case SpecialUse::inbox: return 0;
      case SpecialUse::sent: return 1;
      case SpecialUse::junk:
      case SpecialUse::trash: return 3;
      default: return 2;
    }
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return all;
}

bool is_as_it_was(const FolderPlace& place, const imap::FolderStatus& now) {
  return place.below == 0 && place.check == 0 && place.again == 0 && now.uid_next == place.next &&
         now.highest_modseq == place.modseq && now.messages == place.known;
}

// One folder of a round: what was found in it when it was opened, and what of that is left to tell.
struct Visit {
  std::size_t folder = 0;
  std::uint64_t modseq = 0;
  Uid uid_next = 1;
  UidSet uids;      // all there are
  UidSet new_uids;  // still to be brought
  std::vector<Relabelled> changed;
};

// From one last step to the next.
struct Round {
  std::string cursor;  // of the step that goes on with it
  std::vector<imap::Folder> folders;
  std::size_t at = 0;
  std::optional<Visit> visit;
  bool begins_walk = false;         // the next step says `restarts`
  bool is_for_missing = false;      // a last look into the folders of what is missing
  std::vector<std::string> closed;  // folders that could not be opened
};

std::string missing_sentence(const FolderPlace& place) {
  auto uids = place.missing.to_string();
  if (uids.size() > longest_uid_list) uids = uids.substr(0, longest_uid_list) + "...";
  return "The mail server does not give messages of the folder " + place.name + " (UID " + uids +
         ").";
}

class ImapFeed final : public Feed {
 public:
  ImapFeed(const ImapFeeds& shared, ImapAccount account, FeedUse use)
      : shared_{shared}, account_{std::move(account)}, use_{use} {}

  Task<Step> next(std::string cursor, std::size_t most) override {
    try {
      if (!round_ || round_->cursor != cursor) co_await begin(std::move(cursor));
      Step step;
      bytes_ = 0;
      is_lost_ = false;
      noted_.clear();
      co_await fill(step, std::max<std::size_t>(most, 1));
      step.restarts = std::exchange(round_->begins_walk, false);
      step.stuck = stuck();
      if (step.is_last) place_.is_walking = false;
      step.cursor = place_.to_text();
      round_->cursor = step.cursor;
      if (step.is_last) round_.reset();
      if (is_lost_) let_go();
      co_return step;
    } catch (...) {
      let_go();
      throw;
    }
  }

  std::optional<std::string> lacks(const std::vector<model::MessageId>& ids) override {
    bool is_known = false;
    for (const auto& id : ids) {
      const auto at = noted_.find(id.str());
      if (at == noted_.end()) continue;
      const auto& [folder, uid] = at->second;
      auto* place = place_.find(folder);
      if (place == nullptr || place->missing.contains(uid)) continue;
      place->missing.add(uid);
      place->again = place->missing.highest() + 1;
      is_known = true;
    }
    if (!is_known) return std::nullopt;
    auto text = place_.to_text();
    if (round_) round_->cursor = text;
    return text;
  }

  bool can_wait() const override { return !lease_ || (*lease_)->can("IDLE"); }

  Task<void> wait() override {
    try {
      co_await connect();
      const auto folder = watched();
      if (!folder.empty()) co_await wait_in(folder);
    } catch (...) {
      let_go();
      throw;
    }
  }

  Task<void> rest() override {
    let_go();
    co_return;
  }

 private:
  imap::Client& client() { return **lease_; }

  void let_go() {
    lease_.reset();
    round_.reset();
  }

  Task<void> connect() {
    if (lease_ && (*lease_)->is_open()) co_return;
    let_go();
    const auto use = use_ == FeedUse::watch ? SessionUse::watch : SessionUse::poll;
    lease_.emplace(co_await shared_.sessions.acquire(account_, use));
  }

  std::string watched() const {
    return place_.folders.empty() ? std::string{} : place_.folders.front().name;
  }

  Task<void> wait_in(std::string folder) {
    const auto* open = client().selected();
    if (open == nullptr || open->name != folder) {
      const auto now = co_await client().examine(folder);
      const auto* place = place_.find(folder);
      const imap::FolderStatus status{.messages = now.exists,
                                      .uid_validity = now.uid_validity,
                                      .uid_next = now.uid_next,
                                      .highest_modseq = now.highest_modseq};
      // Something happened between the last step and now.
      if (place == nullptr || place->uid_validity != now.uid_validity ||
          !is_as_it_was(*place, status)) {
        co_return;
      }
    }
    // Other folders are looked at when this ends, whatever happened in this one.
    co_await client().idle(longest_idle);
  }

  // Compares what is there with what was; decides which folders have to be opened.
  Task<void> begin(std::string cursor) {
    round_.reset();
    co_await connect();
    auto all = co_await client().folders(true);
    Round round;
    round.folders = followed(std::move(all), client().is_gmail());
    auto place = FeedCursor::parse(cursor);
    const bool is_usable = place && place->is_gmail == client().is_gmail();
    place_ = is_usable ? std::move(*place) : FeedCursor{};
    place_.is_gmail = client().is_gmail();
    round.begins_walk = !is_usable && !cursor.empty();
    if (!is_usable) place_.checked = shared_.clock.now();
    if (round.begins_walk) place_.is_walking = true;
    const bool is_first = place_.folders.empty();
    // An account may have as many folders as its owner likes: each is looked up, not looked for.
    std::unordered_map<std::string_view, const FolderPlace*> before;
    for (const auto& old : place_.folders) before.emplace(old.name, &old);
    std::vector<FolderPlace> places;
    std::vector<imap::Folder> folders;  // one for each place, in the same order
    for (auto& folder : round.folders) {
      const auto known = before.find(folder.name);
      const auto* old = known == before.end() ? nullptr : known->second;
      if (old != nullptr && (!folder.status || old->uid_validity == folder.status->uid_validity)) {
        places.push_back(*old);
      } else if (folder.status) {
        places.push_back(fresh(folder.name, *folder.status));
        // Its messages have other UIDs now: at servers without Gmail's ids, other ids.
        if (old != nullptr) place_.has_gone = true;
      } else {
        continue;  // cannot be asked now; it is new to us, so nothing is lost
      }
      folders.push_back(std::move(folder));
    }
    std::unordered_set<std::string_view> there;
    for (const auto& one : places) there.insert(one.name);
    for (const auto& old : place_.folders) {
      if (!there.contains(old.name) && !is_first) place_.has_gone = true;
    }
    place_.folders = std::move(places);
    round.folders = std::move(folders);
    round_ = std::move(round);
    ask_again_if_due();
  }

  void ask_again_if_due() {
    const auto now = shared_.clock.now();
    if (now - place_.retried < retry_pause) return;
    for (auto& place : place_.folders) {
      if (place.missing.empty()) continue;
      place.again = place.missing.highest() + 1;
      place_.retried = now;
    }
  }

  static FolderPlace fresh(const std::string& name, const imap::FolderStatus& now) {
    FolderPlace place{.name = name, .uid_validity = now.uid_validity};
    place.next = std::max<Uid>(now.uid_next, 1);
    place.below = place.next;
    place.modseq = now.highest_modseq;
    return place;
  }

  // Fills the step until it is full or nothing is left.
  Task<void> fill(Step& step, std::size_t most) {
    auto& round = *round_;
    while (true) {
      if (round.at == round.folders.size()) {
        const bool is_missing = std::any_of(place_.folders.begin(), place_.folders.end(),
                                            [](const auto& place) { return place.again > 0; });
        if (!is_missing && !may_check()) break;
        if (is_missing) {
          round.is_for_missing = true;
          round.at = 0;
          continue;
        }
        // What was told before a walk begins is no sign that it is still there.
        if (!step.added.empty() || !step.relabelled.empty()) co_return;
        begin_check();
        continue;
      }
      const auto& folder = round.folders[round.at];
      auto& place = place_.folders[round.at];
      if (!round.visit) {
        const bool is_done = round.is_for_missing
                                 ? place.again == 0
                                 : folder.status && is_as_it_was(place, *folder.status);
        if (is_done) {
          ++round.at;
          continue;
        }
        const bool is_open = co_await open(step, folder, place);
        if (!is_open) {
          ++round.at;
          continue;
        }
      }
      const bool is_over = co_await tell(step, most, folder, place);
      if (!is_over) co_return;
      round.visit.reset();
      ++round.at;
      if (step.added.size() >= most / 2) co_return;  // the rest would be a round trip for little
    }
    step.is_last = true;
  }

  // Whether it is time to ask what is still there.
  bool may_check() const {
    if (!place_.has_gone) return false;
    const auto since = shared_.clock.now() - place_.checked;
    if (place_.was_spared && since < retry_pause) return false;
    if (!place_.is_gmail) return true;
    std::uint64_t messages = 0;
    for (const auto& place : place_.folders) messages += place.known;
    const auto pause = 15min + std::chrono::seconds{messages / 10};
    return since >= pause;
  }

  // Somewhere nothing could be seen: what lies there must not be taken for removed.
  void spare(Step& step) {
    step.spares = true;
    if (!place_.is_walking) return;
    place_.is_walking = false;
    place_.was_spared = true;
    place_.has_gone = true;
  }

  void begin_check() {
    place_.has_gone = false;
    place_.is_walking = true;
    place_.was_spared = false;
    round_->is_for_missing = false;
    place_.checked = shared_.clock.now();
    for (auto& place : place_.folders) place.check = place.next;
    round_->begins_walk = true;
    round_->at = 0;
    round_->visit.reset();
    for (auto& folder : round_->folders) folder.status.reset();  // all are opened
  }

  // False: it is not there any more, or not to be opened now. It is left out of this round.
  Task<bool> open(Step& step, const imap::Folder& folder, FolderPlace& place) {
    try {
      co_await visit(folder, place);
      co_return true;
    } catch (const Error& error) {
      if (!is_about_what_was_asked(client(), error)) throw;
    }
    round_->closed.push_back(folder.name);
    place.check = 0;
    place.again = 0;
    spare(step);
    co_return false;
  }

  Task<void> visit(const imap::Folder& folder, FolderPlace& place) {
    Visit visit;
    const auto now = co_await client().examine(folder.name);
    imap::Search every;
    every.keys("ALL");
    visit.uids = co_await client().search(std::move(every));
    if (now.uid_validity != place.uid_validity) {
      place = fresh(place.name, {.uid_validity = now.uid_validity, .uid_next = now.uid_next});
      place_.has_gone = true;
    }
    visit.new_uids = at_or_above(visit.uids, place.next);
    visit.modseq = now.highest_modseq;
    visit.uid_next = std::max({now.uid_next, place.next, Uid{visit.uids.highest() + 1}});
    const auto left = visit.uids.size() - visit.new_uids.size();
    if (place.below == 0 && left < place.known) place_.has_gone = true;
    if (place.modseq > 0 && visit.modseq > place.modseq && place.next > 1) {
      co_await find_changed(visit, folder, place);
    }
    round_->visit = std::move(visit);
  }

  Task<void> find_changed(Visit& visit, const imap::Folder& folder, const FolderPlace& place) {
    auto items = labels_alone();
    items.changed_since = place.modseq;
    auto known = below(visit.uids, place.next);
    // Asked by one range, however many holes it has.
    UidSet range;
    if (!known.empty()) range.add(known.lowest(), known.highest());
    if (range.empty()) co_return;
    const auto from = read_from(folder, place);
    const TakeFetched take = [&](const imap::Fetched& one) {
      return note(visit.changed, one, from);
    };
    co_await fetch_each(client(), std::move(range), std::move(items), take);
  }

  bool is_full(const Step& step, std::size_t most) const {
    return step.added.size() >= most || bytes_ >= most_bytes;
  }

  // How many messages the step may still ask for together.
  static std::size_t room(const Step& step, std::size_t most, const FolderPlace& place) {
    const auto left = most - step.added.size();
    return place.at_once == 0 ? left : std::min<std::size_t>(left, place.at_once);
  }

  // Tells what was found in a folder; false: the step ends before that is told.
  Task<bool> tell(Step& step, std::size_t most, const imap::Folder& folder, FolderPlace& place) {
    auto& visit = *round_->visit;
    const auto from = read_from(folder, place);
    while (!visit.new_uids.empty()) {
      if (is_full(step, most)) co_return false;
      // Upwards: what is below `next` is known, whenever this ends.
      const auto wanted = lowest(visit.new_uids, room(step, most, place));
      const auto covered = co_await take(step, most, place, wanted, false, from);
      if (!covered.empty()) {
        const auto last = covered.highest();
        visit.new_uids = at_or_above(visit.new_uids, last + 1);
        place.next = last + 1;
      }
      if (is_lost_ || covered.size() < wanted.size()) co_return false;
    }
    const auto most_labels = most * labels_for_a_message;
    while (!visit.changed.empty()) {
      if (step.relabelled.size() >= most_labels) co_return false;
      step.relabelled.push_back(std::move(visit.changed.back()));
      visit.changed.pop_back();
    }
    place.next = visit.uid_next;
    place.modseq = visit.modseq;
    while (place.again > 0) {
      place.missing = both(place.missing, visit.uids);  // the rest is gone
      auto left = below(place.missing, place.again);
      if (left.empty()) {
        place.again = 0;
        break;
      }
      if (is_full(step, most)) co_return false;
      const auto wanted = left.take_highest(room(step, most, place));
      const auto covered = co_await take(step, most, place, wanted, true, from);
      if (!covered.empty()) place.again = covered.lowest();
      if (is_lost_ || covered.size() < wanted.size()) co_return false;
    }
    while (place.below > 0) {
      auto left = below(visit.uids, place.below);
      if (left.empty()) {
        place.below = 0;
        break;
      }
      if (is_full(step, most)) co_return false;
      const auto wanted = left.take_highest(room(step, most, place));
      const auto covered = co_await take(step, most, place, wanted, true, from);
      if (!covered.empty()) place.below = covered.lowest();
      if (is_lost_ || covered.size() < wanted.size()) co_return false;
    }
    while (place.check > 0) {
      auto left = below(visit.uids, place.check);
      if (left.empty()) {
        place.check = 0;
        break;
      }
      if (step.relabelled.size() >= most_labels) co_return false;
      auto count = most_labels - step.relabelled.size();
      if (place.at_once > 0) count = std::min<std::size_t>(count, place.at_once);
      const auto wanted = left.take_highest(count);
      const bool is_asked = co_await look(step, place, wanted, from);
      if (is_asked) place.check = wanted.lowest();
      if (is_lost_) co_return false;
    }
    place.known = below(visit.uids, place.next).size();
    co_return true;
  }

  // Adds to the step what the server gives of `wanted`, as far as the step takes it: which of them
  // that covers. What is there and does not come is missing from now on. None: the connection was
  // lost, and fewer are to be asked for.
  Task<UidSet> take(Step& step, std::size_t most, FolderPlace& place, UidSet wanted,
                    bool newest_first, ReadFrom from) {
    UidSet covered;
    try {
      auto work = add(step, most, place, wanted, newest_first, std::move(from));
      covered = co_await with_deadline(shared_.patience, std::move(work));
    } catch (const Error& error) {
      throw_unless_lost(error);
    }
    if (is_lost_) {
      ask_for_fewer(place, wanted);
      if (wanted.size() > 1) co_return UidSet{};
      place.missing.add(wanted.lowest());
      co_return wanted;
    }
    ask_for_more(place, wanted);
    co_return covered;
  }

  Task<UidSet> add(Step& step, std::size_t most, FolderPlace& place, UidSet wanted,
                   bool newest_first, ReadFrom from) {
    const auto list = co_await particulars_of(wanted, newest_first);
    auto covered = wanted;
    UidSet came;
    if (!list.empty()) {
      auto brought =
          co_await bring(client(), list, 0, most, most_bytes - bytes_, from, shared_.work_pool);
      if (brought.covered < list.size()) {
        const auto edge = list[brought.covered - 1].uid;
        covered = newest_first ? at_or_above(wanted, edge) : below(wanted, edge + 1);
      }
      bytes_ = std::min(bytes_ + brought.bytes, most_bytes);
      for (auto& message : brought.messages) step.added.push_back(std::move(message));
      came = std::move(brought.brought);
    }
    place.missing.remove(came);
    auto left = covered;
    left.remove(came);
    if (left.empty()) co_return covered;
    const auto there = co_await still_there(left);
    place.missing.remove(left);
    for (const auto range : there.ranges()) place.missing.add(range.first, range.last);
    co_return covered;
  }

  // An answer that leaves a message out does not say that it is gone.
  Task<UidSet> still_there(UidSet uids) {
    imap::Search search;
    search.uids(uids);
    auto found = co_await client().search(std::move(search));
    co_return both(uids, found);
  }

  // Notes the labels of `wanted`; false: the connection was lost, and fewer are to be asked for.
  Task<bool> look(Step& step, FolderPlace& place, UidSet wanted, ReadFrom from) {
    UidSet unseen;
    try {
      auto work = unseen_of(step, wanted, std::move(from));
      unseen = co_await with_deadline(shared_.patience, std::move(work));
    } catch (const Error& error) {
      throw_unless_lost(error);
    }
    if (is_lost_) {
      ask_for_fewer(place, wanted);
      if (wanted.size() > 1) co_return false;
      unseen = wanted;
    } else {
      ask_for_more(place, wanted);
    }
    if (!unseen.empty()) spare(step);
    co_return true;
  }

  Task<UidSet> unseen_of(Step& step, UidSet wanted, ReadFrom from) {
    const TakeFetched take = [&](const imap::Fetched& one) {
      if (!note(step.relabelled, one, from)) return false;
      noted_.insert_or_assign(step.relabelled.back().id.str(), std::pair{from.folder, one.uid});
      return true;
    };
    auto items = labels_alone();
    items.internal_date = true;
    const auto given = co_await fetch_each(client(), wanted, std::move(items), take);
    wanted.remove(given.uids);
    if (wanted.empty()) co_return UidSet{};
    auto unseen = co_await still_there(std::move(wanted));
    co_return unseen;
  }

  // In the order they are to be told.
  Task<std::vector<imap::Fetched>> particulars_of(UidSet wanted, bool newest_first) {
    std::vector<imap::Fetched> list;
    const TakeFetched take = [&](imap::Fetched one) {
      list.push_back(std::move(one));
      return true;
    };
    co_await fetch_each(client(), std::move(wanted), particulars(), take);
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
    const auto same = [](const auto& a, const auto& b) { return a.uid == b.uid; };
    list.erase(std::unique(list.begin(), list.end(), same), list.end());
    if (newest_first) std::reverse(list.begin(), list.end());
    co_return list;
  }

  void throw_unless_lost(const Error& error) {
    if (client().is_open() || error.code == Errc::rate_limited ||
        error.code == Errc::unauthenticated || error.code == Errc::reconnect_required) {
      throw error;
    }
    is_lost_ = true;
  }

  static void ask_for_fewer(FolderPlace& place, const UidSet& asked) {
    place.at_once = static_cast<std::uint32_t>(std::max<std::uint64_t>(asked.size() / 2, 1));
  }
  static void ask_for_more(FolderPlace& place, const UidSet& asked) {
    if (place.at_once == 0 || asked.size() < place.at_once) return;
    place.at_once = place.at_once >= most_together ? 0 : place.at_once * 2;
  }

  std::vector<std::string> stuck() const {
    std::vector<std::string> sentences;
    for (const auto& place : place_.folders) {
      if (!place.missing.empty()) sentences.push_back(missing_sentence(place));
    }
    for (const auto& name : round_->closed) {
      sentences.push_back("The mail server does not open the folder " + name + ".");
    }
    return sentences;
  }

  static imap::FetchItems labels_alone() {
    imap::FetchItems items;
    items.flags = true;
    items.gmail_ids = true;
    items.gmail_labels = true;
    return items;
  }

  static bool note(std::vector<Relabelled>& list, const imap::Fetched& one, const ReadFrom& from) {
    auto id = message_id(one, from);
    // Flags that come by themselves lack the rest.
    if (id.empty() || !one.flags) return false;
    list.push_back({.id = std::move(id),
                    .labels = label_ids(one, from.use, from.folder),
                    .date = one.internal_date});
    return true;
  }

  ReadFrom read_from(const imap::Folder& folder, const FolderPlace& place) const {
    return {.folder = folder.name,
            .use = folder.use,
            .uid_validity = place.uid_validity,
            .is_gmail = place_.is_gmail};
  }

  ImapFeeds shared_;
  ImapAccount account_;
  FeedUse use_;
  std::optional<SessionLease> lease_;
  FeedCursor place_;  // of the last step
  std::optional<Round> round_;
  std::size_t bytes_ = 0;  // of the step being filled
  bool is_lost_ = false;   // the connection, while that was done
  // Of the last step's walk, where each id was seen.
  std::unordered_map<std::string, std::pair<std::string, Uid>> noted_;
};

}  // namespace

std::unique_ptr<Feed> open_imap_feed(const ImapFeeds& shared, ImapAccount account, FeedUse use) {
  return std::make_unique<ImapFeed>(shared, std::move(account), use);
}

}  // namespace gmail_mcp::mail
