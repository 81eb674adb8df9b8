// Folders at which the server ends the connection or falls silent. A folder is left out for an hour
// when this happened twice, the second time right after another folder was opened, so that a server
// that fails altogether does not make every folder look bad.
#include <algorithm>
#include <utility>

#include "mail/imap_smtp/imap_follower.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;

constexpr std::size_t most_statuses = 50;  // requested together
constexpr std::size_t most_witnesses = 3;  // other folders that are tried

}  // namespace

std::vector<imap::Folder> ImapFollower::followed(std::vector<imap::Folder> all, bool is_gmail) {
  const bool has_all_mail = is_gmail && imap::find(all, SpecialUse::all) != nullptr;
  std::erase_if(all, [&](const imap::Folder& folder) {
    const auto use = folder.use;
    if (!folder.can_select) return true;
    if (has_all_mail) {
      return use != SpecialUse::all && use != SpecialUse::junk && use != SpecialUse::trash;
    }
    // Folders that show messages of other folders.
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

Task<std::optional<std::vector<imap::Folder>>> ImapFollower::list() {
  if (is_recent(place_.one_by_one)) co_return co_await list_one_by_one();
  for (;;) {
    const bool was_used = lease_->was_used();
    try {
      auto all = co_await client().folders(true);
      co_return followed(std::move(all), client().is_gmail());
    } catch (const Error& error) {
      throw_unless_lost(error);
    }
    if (!was_used) break;
    // The connection may have been dead before.
    is_lost_ = false;
    shared_.sessions.forget(account_.address);
    co_await connect();
  }
  place_.one_by_one = shared_.clock.now();
  co_return std::nullopt;
}

Task<std::optional<std::vector<imap::Folder>>> ImapFollower::list_one_by_one() {
  auto all = co_await client().folders();
  auto folders = followed(std::move(all), client().is_gmail());
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto* place = place_.find(folders[i].name);
    if (place == nullptr || !(is_recent(place->mute) || is_shut(*place))) wanted.push_back(i);
  }
  std::vector<std::size_t> answered;
  for (std::size_t begin = 0; begin < wanted.size(); begin += most_statuses) {
    const auto end = std::min(begin + most_statuses, wanted.size());
    std::vector<Task<void>> asks;
    for (auto i = begin; i < end; ++i) {
      asks.push_back(ask_status(folders[wanted[i]], wanted[i], answered));
    }
    std::optional<Error> failure;
    try {
      co_await run_all(std::move(asks));
    } catch (const Error& error) {
      throw_unless_lost(error);
      failure = error;
    }
    if (!failure) continue;
    // Answers come in the order of the commands.
    const auto first = std::find_if(wanted.begin(), wanted.end(), [&](std::size_t i) {
      return std::find(answered.begin(), answered.end(), i) == answered.end();
    });
    const auto mute = std::count_if(place_.folders.begin(), place_.folders.end(),
                                    [&](const auto& place) { return is_recent(place.mute); });
    if (answered.empty() && mute >= most_doubted) throw Error{*failure};
    note_mute(folders[*first].name);
    co_return std::nullopt;
  }
  co_return folders;
}

Task<void> ImapFollower::ask_status(imap::Folder& folder, std::size_t at,
                                    std::vector<std::size_t>& answered) {
  try {
    folder.status = co_await client().status(folder.name);
  } catch (const Error&) {
    if (!client().is_open()) throw;  // otherwise the server refuses it
  }
  answered.push_back(at);
}

void ImapFollower::note_mute(const std::string& folder) {
  auto* place = place_.find(folder);
  // A folder without UIDVALIDITY counts as new: it is opened and then followed from there.
  if (place == nullptr) place = &place_.folders.emplace_back(FolderPlace{.name = folder});
  place->mute = shared_.clock.now();
}

bool ImapFollower::is_doubted(const FolderPlace& place) const {
  return !is_shut(place) && (place.losses > 0 || place.shut != Timestamp{});
}

Task<std::optional<bool>> ImapFollower::opens_another(const FolderPlace& place) {
  std::vector<FolderPlace*> others;
  for (auto& other : place_.folders) {
    if (&other != &place && !is_shut(other)) others.push_back(&other);
  }
  std::stable_partition(others.begin(), others.end(),
                        [&](const auto* other) { return !is_doubted(*other); });
  if (others.size() > most_witnesses) others.resize(most_witnesses);
  for (auto* other : others) {
    std::optional<Error> failure;
    try {
      static_cast<void>(co_await look_into(other->name));
      co_return true;
    } catch (const Error& error) {
      if (!client().is_open()) throw_unless_lost(error);
      failure = error;
    }
    if (!is_lost_) continue;  // refused, which proves nothing
    const auto doubted = std::count_if(place_.folders.begin(), place_.folders.end(),
                                       [&](const auto& one) { return is_doubted(one); });
    if (is_doubted(*other) || doubted >= most_doubted) throw Error{*failure};
    other->losses = 1;
    co_return std::nullopt;
  }
  co_return false;
}

void ImapFollower::note_lost(Step& step, FolderPlace& place, bool has_opened_another,
                             const Error& failure) {
  if (has_opened_another) {
    place.losses = 0;
    place.shut = shared_.clock.now();
    leave_out(step, place);
    return;
  }
  if (is_doubted(place)) throw Error{failure};
  place.losses = 1;
}

void ImapFollower::leave_out(Step& step, FolderPlace& place) {
  place.check = 0;
  place.again = 0;
  spare(step);
}

}  // namespace gmail_mcp::mail
