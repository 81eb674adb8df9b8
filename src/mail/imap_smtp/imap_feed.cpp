#include "mail/imap_smtp/imap_feed.h"

#include <algorithm>
#include <utility>

#include "mail/imap_smtp/imap_follower.h"

namespace gmail_mcp::mail {

namespace {

// Gmail and others hang up after 10 to 29 minutes of silence. After this time also the folders that
// are not in IDLE are checked, so that deletions there are noticed soon.
constexpr std::chrono::minutes longest_idle{4};

}  // namespace

Task<Step> ImapFollower::next(std::string cursor, std::size_t most) {
  try {
    Step step;
    bytes_ = 0;
    began_ = shared_.clock.steady_now();
    is_lost_ = false;
    noted_.clear();
    present_.clear();
    bool is_begun = round_ && round_->cursor == cursor;
    if (!is_begun) is_begun = co_await begin(step, std::move(cursor));
    if (!is_begun) {
      step.cursor = place_.to_text();
      step.stuck = stuck();
      let_go();
      co_return step;
    }
    co_await fill(step, std::max<std::size_t>(most, 1));
    step.restarts = std::exchange(round_->begins_walk, false);
    step.stuck = stuck();
    tell_spots(step);
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

Task<void> ImapFollower::wait() {
  try {
    co_await connect();
    const auto folder = watched();
    if (!folder.empty()) co_await wait_in(folder);
  } catch (...) {
    let_go();
    throw;
  }
}

Task<void> ImapFollower::rest() {
  let_go();
  co_return;
}

void ImapFollower::let_go() {
  lease_.reset();
  round_.reset();
}

Task<void> ImapFollower::connect() {
  if (lease_ && (*lease_)->is_open()) co_return;
  let_go();
  const auto use = use_ == FeedUse::watch ? SessionUse::watch : SessionUse::poll;
  lease_.emplace(co_await shared_.sessions.acquire(account_, use));
  // Shorter than the watch's own limit, because the silent part has to be identified.
  client().limit_silence(shared_.patience);
}

std::string ImapFollower::watched() const {
  for (const auto& place : place_.folders) {
    if (!is_shut(place)) return place.name;
  }
  return {};
}

Task<void> ImapFollower::wait_in(std::string folder) {
  const auto* open = client().selected();
  const bool is_as_left = !std::exchange(has_read_anew_, false);
  if (open == nullptr || open->name != folder || !is_as_left) {
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
  // Other folders are checked when this ends, whatever happened in this one.
  co_await client().idle(longest_idle);
}

std::unique_ptr<Feed> open_imap_feed(const ImapFeeds& shared, ImapAccount account, FeedUse use) {
  return std::make_unique<ImapFollower>(shared, std::move(account), use);
}

}  // namespace gmail_mcp::mail
