// One round: which folders have news, what is found in them, when a walk is due.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "mail/imap_smtp/fetch_each.h"
#include "mail/imap_smtp/imap_follower.h"
#include "mail/imap_smtp/labels.h"
#include "mail/imap_smtp/uid_slices.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;
using imap::Uid;
using imap::UidSet;
using namespace std::chrono_literals;

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

}  // namespace

bool ImapFollower::is_as_it_was(const FolderPlace& place, const imap::FolderStatus& now) {
  return place.below == 0 && place.check == 0 && place.again == 0 && now.uid_next == place.next &&
         now.highest_modseq == place.modseq && now.messages == place.known;
}

Task<void> ImapFollower::begin(std::string cursor) {
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

FolderPlace ImapFollower::fresh(const std::string& name, const imap::FolderStatus& now) {
  FolderPlace place{.name = name, .uid_validity = now.uid_validity};
  place.next = std::max<Uid>(now.uid_next, 1);
  place.below = place.next;
  place.modseq = now.highest_modseq;
  return place;
}

Task<void> ImapFollower::fill(Step& step, std::size_t most) {
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

bool ImapFollower::may_check() const {
  if (!place_.has_gone) return false;
  const auto since = shared_.clock.now() - place_.checked;
  if (place_.was_spared && since < retry_pause) return false;
  if (!place_.is_gmail) return true;
  std::uint64_t messages = 0;
  for (const auto& place : place_.folders) messages += place.known;
  const auto pause = 15min + std::chrono::seconds{messages / 10};
  return since >= pause;
}

void ImapFollower::begin_check() {
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

Task<bool> ImapFollower::open(Step& step, const imap::Folder& folder, FolderPlace& place) {
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

Task<void> ImapFollower::visit(const imap::Folder& folder, FolderPlace& place) {
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

Task<void> ImapFollower::find_changed(Visit& visit, const imap::Folder& folder,
                                      const FolderPlace& place) {
  auto items = labels_alone();
  items.changed_since = place.modseq;
  auto known = below(visit.uids, place.next);
  // Asked by one range, however many holes it has.
  UidSet range;
  if (!known.empty()) range.add(known.lowest(), known.highest());
  if (range.empty()) co_return;
  const auto from = read_from(folder, place);
  const TakeFetched take = [&](const imap::Fetched& one) { return note(visit.changed, one, from); };
  co_await fetch_each(client(), std::move(range), std::move(items), take);
}

}  // namespace gmail_mcp::mail
