// Messages that the server does not return although they exist.
#include <algorithm>
#include <utility>

#include "mail/imap_smtp/imap_follower.h"
#include "mail/imap_smtp/uid_slices.h"

namespace gmail_mcp::mail {

namespace {

using imap::UidSet;

constexpr std::uint32_t most_together = 200;
constexpr std::size_t longest_uid_list = 100;

std::string missing_sentence(const FolderPlace& place) {
  auto uids = place.missing.to_string();
  if (uids.size() > longest_uid_list) uids = uids.substr(0, longest_uid_list) + "...";
  return "The mail server does not give messages of the folder " + place.name + " (UID " + uids +
         ").";
}

}  // namespace

std::optional<std::string> ImapFollower::lacks(const std::vector<model::MessageId>& ids) {
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

void ImapFollower::ask_again_if_due() {
  const auto now = shared_.clock.now();
  if (now - place_.retried < retry_pause) return;
  for (auto& place : place_.folders) {
    if (place.missing.empty()) continue;
    place.again = place.missing.highest() + 1;
    place_.retried = now;
  }
}

Task<UidSet> ImapFollower::still_there(UidSet uids) {
  imap::Search search;
  search.uids(uids);
  auto found = co_await client().search(std::move(search));
  co_return both(uids, found);
}

void ImapFollower::spare(Step& step) {
  step.spares = true;
  if (!place_.is_walking) return;
  place_.is_walking = false;
  place_.was_spared = true;
  place_.has_gone = true;
}

void ImapFollower::throw_unless_lost(const Error& error) {
  // Our limit may end between two commands, while the connection is sound.
  if (error.code == Errc::timeout) client().close();
  if (client().is_open() || error.code == Errc::rate_limited ||
      error.code == Errc::unauthenticated || error.code == Errc::reconnect_required) {
    throw error;
  }
  is_lost_ = true;
}

void ImapFollower::ask_for_fewer(FolderPlace& place, const UidSet& asked) {
  place.at_once = static_cast<std::uint32_t>(std::max<std::uint64_t>(asked.size() / 2, 1));
}

void ImapFollower::ask_for_more(FolderPlace& place, const UidSet& asked) {
  if (place.at_once == 0 || asked.size() < place.at_once) return;
  place.at_once = place.at_once >= most_together ? 0 : place.at_once * 2;
}

std::vector<std::string> ImapFollower::stuck() const {
  std::vector<std::string> sentences;
  for (const auto& place : place_.folders) {
    if (!place.missing.empty()) sentences.push_back(missing_sentence(place));
  }
  std::vector<std::string> closed;
  for (const auto& place : place_.folders) {
    if (place.shut != Timestamp{}) closed.push_back(place.name);
  }
  if (round_) closed.insert(closed.end(), round_->closed.begin(), round_->closed.end());
  for (const auto& name : closed) {
    sentences.push_back("The mail server does not open the folder " + name + ".");
  }
  return sentences;
}

}  // namespace gmail_mcp::mail
