// Where messages are, and what is in a folder: from this the archive knows what is gone, and finds
// messages to read again after a change of the parser.
#include <utility>

#include "mail/imap_smtp/imap_follower.h"
#include "mail/imap_smtp/read_anew.h"

namespace gmail_mcp::mail {

bool ImapFollower::is_only_place() const {
  return !place_.is_gmail || imap::find(round_->folders, imap::SpecialUse::all) != nullptr;
}

void ImapFollower::note_present(const FolderPlace& place, const imap::UidSet& uids) {
  store::Present present{
      .folder = spot_folder(place.name, place.uid_validity), .ranges = {}, .below = place.next};
  for (const auto range : uids.ranges()) present.ranges.emplace_back(range.first, range.last);
  present_.push_back(std::move(present));
}

void ImapFollower::tell_spots(Step& step) {
  for (const auto& [id, at] : noted_) {
    const auto* place = place_.find(at.first);
    if (place == nullptr) continue;
    store::Spot spot{.folder = spot_folder(place->name, place->uid_validity), .uid = at.second};
    step.spots.emplace(id, std::move(spot));
  }
  step.present = std::exchange(present_, {});
}

Task<Anew> ImapFollower::read_again(std::vector<model::MessageId> ids) {
  try {
    co_await connect();
    round_.reset();
    has_read_anew_ = true;
    auto all = co_await client().folders(false);
    auto folders = followed(std::move(all), client().is_gmail());
    auto work = read_anew(client(), std::move(folders), std::move(ids), shared_.work_pool);
    auto anew = co_await with_deadline(shared_.patience, std::move(work));
    co_return anew;
  } catch (...) {
    let_go();
    throw;
  }
}

}  // namespace gmail_mcp::mail
