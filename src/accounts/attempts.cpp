#include "accounts/attempts.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::accounts {

void Attempts::count(const std::string& thing) {
  const auto now = clock_.steady_now();
  if (tries_.size() >= clear_at_ && !tries_.contains(thing)) make_room(now);
  auto& when = tries_[thing];
  while (!when.empty() && now - when.front() >= within_) when.pop_front();
  if (when.size() >= most_) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(when.front() + within_ - now);
    throw Error{Errc::rate_limited, "Rate limited: too many attempts to sign in.",
                "Wait until retry_after, then try again with a new App Password."}
        .with_retry_after(left);
  }
  when.push_back(now);
}

void Attempts::take_back(const std::string& thing) {
  const auto found = tries_.find(thing);
  if (found == tries_.end()) return;
  found->second.pop_back();
  if (found->second.empty()) tries_.erase(found);
}

void Attempts::make_room(SteadyTime now) {
  std::erase_if(tries_, [&](const auto& entry) { return now - entry.second.back() >= within_; });
  if (tries_.size() >= many) {
    std::vector<SteadyTime> last;
    last.reserve(tries_.size());
    for (const auto& [thing, when] : tries_) last.push_back(when.back());
    const auto middle = last.begin() + static_cast<std::ptrdiff_t>(last.size() / 2);
    std::nth_element(last.begin(), middle, last.end());
    const auto youngest_to_go = *middle;
    auto room = last.size() / 2;
    std::erase_if(tries_, [&](const auto& entry) {
      return entry.second.back() <= youngest_to_go && room != 0 && room-- != 0;
    });
  }
  clear_at_ = std::min(many, std::max(few, 2 * tries_.size()));
}

}  // namespace gmail_mcp::accounts
