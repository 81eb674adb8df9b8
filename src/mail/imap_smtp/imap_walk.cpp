// Reports what was found in a folder: new mail, changed labels, the walks downwards.
#include <algorithm>
#include <utility>

#include "mail/imap_smtp/bring.h"
#include "mail/imap_smtp/fetch_each.h"
#include "mail/imap_smtp/imap_follower.h"
#include "mail/imap_smtp/labels.h"
#include "mail/imap_smtp/uid_slices.h"

namespace gmail_mcp::mail {

namespace {

using imap::UidSet;

constexpr std::size_t most_bytes = std::size_t{8} << 20;
// Labels alone are small: this many count as one message.
constexpr std::size_t labels_for_a_message = 5;

}  // namespace

bool ImapFollower::is_full(const Step& step, std::size_t most) const {
  return step.added.size() >= most || bytes_ >= most_bytes;
}

std::size_t ImapFollower::room(const Step& step, std::size_t most, const FolderPlace& place) {
  const auto left = most - step.added.size();
  return place.at_once == 0 ? left : std::min<std::size_t>(left, place.at_once);
}

Task<bool> ImapFollower::tell(Step& step, std::size_t most, const imap::Folder& folder,
                              FolderPlace& place) {
  auto& visit = *round_->visit;
  const auto from = read_from(folder, place);
  while (!visit.new_uids.empty()) {
    if (is_full(step, most)) co_return false;
    // In ascending order, so that everything below `next` is known whenever this ends.
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
    place.missing = both(place.missing, visit.uids);  // the others are gone
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

Task<UidSet> ImapFollower::take(Step& step, std::size_t most, FolderPlace& place, UidSet wanted,
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

Task<UidSet> ImapFollower::add(Step& step, std::size_t most, FolderPlace& place, UidSet wanted,
                               bool newest_first, ReadFrom from) {
  const auto list = co_await particulars_of(wanted, newest_first);
  auto covered = wanted;
  UidSet came;
  for (const auto& one : list) {
    noted_.insert_or_assign(message_id(one, from).str(), std::pair{from.folder, one.uid});
  }
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

Task<bool> ImapFollower::look(Step& step, FolderPlace& place, UidSet wanted, ReadFrom from) {
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

Task<UidSet> ImapFollower::unseen_of(Step& step, UidSet wanted, ReadFrom from) {
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

Task<std::vector<imap::Fetched>> ImapFollower::particulars_of(UidSet wanted, bool newest_first) {
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

imap::FetchItems ImapFollower::labels_alone() {
  imap::FetchItems items;
  items.flags = true;
  items.gmail_ids = true;
  items.gmail_labels = true;
  return items;
}

bool ImapFollower::note(std::vector<Relabelled>& list, const imap::Fetched& one,
                        const ReadFrom& from) {
  auto id = message_id(one, from);
  // Unrequested flags come without the other items.
  if (id.empty() || !one.flags) return false;
  list.push_back({.id = std::move(id),
                  .labels = label_ids(one, from.use, from.folder),
                  .date = one.internal_date});
  return true;
}

ReadFrom ImapFollower::read_from(const imap::Folder& folder, const FolderPlace& place) const {
  return {.folder = folder.name,
          .use = folder.use,
          .uid_validity = place.uid_validity,
          .is_gmail = place_.is_gmail};
}

}  // namespace gmail_mcp::mail
