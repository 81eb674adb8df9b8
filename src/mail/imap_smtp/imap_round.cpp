// One round: which folders have news, what is in them, and whether a walk is due.
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

}  // namespace

bool ImapFollower::is_as_it_was(const FolderPlace& place, const imap::FolderStatus& now) {
  return place.below == 0 && place.check == 0 && place.again == 0 && now.uid_next == place.next &&
         now.highest_modseq == place.modseq && now.messages == place.known;
}

Task<bool> ImapFollower::begin(Step& step, std::string cursor) {
  round_.reset();
  co_await connect();
  auto place = FeedCursor::parse(cursor);
  const bool is_usable = place && place->is_gmail == client().is_gmail();
  place_ = is_usable ? std::move(*place) : FeedCursor{};
  place_.is_gmail = client().is_gmail();
  if (!is_usable) place_.checked = shared_.clock.now();
  step.restarts = !is_usable && !cursor.empty();
  if (step.restarts) place_.is_walking = true;
  auto folders = co_await list();
  if (!folders) co_return false;
  compare(std::move(*folders));
  round_->begins_walk = step.restarts;
  ask_again_if_due();
  co_return true;
}

void ImapFollower::compare(std::vector<imap::Folder> now) {
  const bool is_first = place_.folders.empty();
  // An account may have very many folders, so each is looked up in a table.
  std::unordered_map<std::string_view, const FolderPlace*> before;
  for (const auto& old : place_.folders) before.emplace(old.name, &old);
  std::vector<FolderPlace> places;
  std::vector<imap::Folder> folders;  // one for each place, in the same order
  for (auto& folder : now) {
    const auto known = before.find(folder.name);
    const auto* old = known == before.end() ? nullptr : known->second;
    if (old != nullptr && (!folder.status || old->uid_validity == folder.status->uid_validity)) {
      places.push_back(*old);
    } else if (folder.status) {
      places.push_back(fresh(folder.name, *folder.status));
      // Its messages have new UIDs now and, on servers without Gmail's ids, new ids.
      if (old != nullptr && old->uid_validity != 0) place_.has_gone = true;
    } else {
      continue;  // cannot be asked now; it is new, so nothing is lost
    }
    folders.push_back(std::move(folder));
  }
  std::unordered_set<std::string_view> there;
  for (const auto& one : places) there.insert(one.name);
  for (const auto& old : place_.folders) {
    if (!there.contains(old.name) && !is_first) place_.has_gone = true;
  }
  place_.folders = std::move(places);
  Round round;
  round.folders = std::move(folders);
  round_ = std::move(round);
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
      // What was reported before a walk begins does not show that it still exists.
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
      const bool is_due = place.shut != Timestamp{} && !is_shut(place);
      if (is_done && !is_due) {
        ++round.at;
        continue;
      }
      // Work that may take long, or be cut by the caller, must not lose what the step already has.
      const bool is_empty = step.added.empty() && step.relabelled.empty();
      const bool is_late = shared_.clock.steady_now() - began_ > shared_.patience / 4;
      if (!is_empty && (is_late || is_doubted(place))) co_return;
      const auto opening = co_await open(step, folder, place);
      if (opening == Opening::lost) co_return;
      if (opening == Opening::left_out) {
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

Task<ImapFollower::Opening> ImapFollower::open(Step& step, const imap::Folder& folder,
                                               FolderPlace& place) {
  if (is_shut(place)) {
    leave_out(step, place);
    co_return Opening::left_out;
  }
  bool has_opened_another = false;
  if (is_doubted(place)) {
    const auto opened = co_await opens_another(place);
    if (!opened) co_return Opening::lost;
    has_opened_another = *opened;
  }
  std::optional<Error> failure;
  try {
    co_await visit(folder, place);
  } catch (const Error& error) {
    if (!is_about_what_was_asked(client(), error)) throw_unless_lost(error);
    failure = error;
  }
  if (is_lost_) {
    if (failure) note_lost(step, place, has_opened_another, *failure);
    co_return Opening::lost;
  }
  place.losses = 0;
  place.shut = {};
  if (!failure) co_return Opening::done;
  round_->closed.push_back(folder.name);
  leave_out(step, place);
  co_return Opening::left_out;
}

Task<ImapFollower::Visit> ImapFollower::look_into(std::string folder) {
  const auto now = co_await client().examine(std::move(folder));
  imap::Search every;
  every.keys("ALL");
  Visit visit;
  visit.uids = co_await client().search(std::move(every));
  visit.uid_validity = now.uid_validity;
  visit.uid_next = now.uid_next;
  visit.modseq = now.highest_modseq;
  co_return visit;
}

Task<void> ImapFollower::visit(const imap::Folder& folder, FolderPlace& place) {
  auto visit = co_await look_into(folder.name);
  if (visit.uid_validity != place.uid_validity) {
    if (place.uid_validity != 0) place_.has_gone = true;
    const auto mute = place.mute;
    place = fresh(place.name, {.uid_validity = visit.uid_validity, .uid_next = visit.uid_next});
    place.mute = mute;
  }
  visit.new_uids = at_or_above(visit.uids, place.next);
  visit.uid_next = std::max({visit.uid_next, place.next, Uid{visit.uids.highest() + 1}});
  const auto left = visit.uids.size() - visit.new_uids.size();
  if (place.below == 0 && left < place.known) {
    place_.has_gone = true;
    if (is_only_place()) note_present(place, below(visit.uids, place.next));
  }
  if (place.modseq > 0 && visit.modseq > place.modseq && place.next > 1) {
    co_await find_changed(visit, folder, place);
    if (is_lost_) co_return;
  }
  round_->visit = std::move(visit);
}

Task<void> ImapFollower::find_changed(Visit& visit, const imap::Folder& folder,
                                      FolderPlace& place) {
  auto items = labels_alone();
  items.changed_since = place.modseq;
  auto known = below(visit.uids, place.next);
  // Requested as one range, however many gaps it has.
  UidSet range;
  if (!known.empty()) range.add(known.lowest(), known.highest());
  if (range.empty()) co_return;
  const auto from = read_from(folder, place);
  const TakeFetched take = [&](const imap::Fetched& one) { return note(visit.changed, one, from); };
  try {
    auto given = co_await fetch_each(client(), std::move(range), std::move(items), take);
    const auto refused = both(std::move(known), given.refused);
    for (const auto uids : refused.ranges()) place.missing.add(uids.first, uids.last);
    // They are requested one by one now, and again every hour.
    if (!refused.empty()) place.again = place.missing.highest() + 1;
    co_return;
  } catch (const Error& error) {
    if (!is_about_what_was_asked(client(), error)) throw_unless_lost(error);
  }
  place_.has_gone = true;
  if (is_lost_) place.modseq = visit.modseq;
}

}  // namespace gmail_mcp::mail
