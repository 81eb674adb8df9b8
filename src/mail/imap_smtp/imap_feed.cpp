#include "mail/imap_smtp/imap_feed.h"

#include <algorithm>
#include <utility>

#include "mail/imap_smtp/imap_follower.h"

namespace gmail_mcp::mail {

namespace {

// Gmail and others hang up between 10 and 29 minutes of silence.
constexpr std::chrono::minutes longest_idle{9};

}  // namespace

Task<Step> ImapFollower::next(std::string cursor, std::size_t most) {
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
}

std::string ImapFollower::watched() const {
  return place_.folders.empty() ? std::string{} : place_.folders.front().name;
}

Task<void> ImapFollower::wait_in(std::string folder) {
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

std::unique_ptr<Feed> open_imap_feed(const ImapFeeds& shared, ImapAccount account, FeedUse use) {
  return std::make_unique<ImapFollower>(shared, std::move(account), use);
}

}  // namespace gmail_mcp::mail
