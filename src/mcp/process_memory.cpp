#include "mcp/process_memory.h"

#include <algorithm>
#include <utility>

namespace gmail_mcp::mcp {

RememberedSession& ProcessMemory::entry(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) {
    order_.splice(order_.end(), order_, found->second);
  } else {
    if (order_.size() >= most_) {
      by_name_.erase(order_.front().name);
      order_.pop_front();
    }
    order_.push_back({name, {}});
    by_name_.emplace(name, std::prev(order_.end()));
  }
  auto& session = order_.back().session;
  session.used = clock_.now();
  return session;
}

Task<std::optional<RememberedSession>> ProcessMemory::load(std::string name) {
  const auto found = by_name_.find(name);
  std::optional<RememberedSession> session;
  if (found != by_name_.end()) session = found->second->session;
  co_return session;
}

Task<void> ProcessMemory::keep(SessionChange change) {
  auto& session = entry(change.name);
  if (session.ended) co_return;
  if (change.log_level) session.log_level = std::move(change.log_level);
  for (auto& uri : change.watched) {
    if (std::ranges::find(session.watched, uri) == session.watched.end()) {
      session.watched.push_back(std::move(uri));
    }
  }
  for (const auto& uri : change.unwatched) std::erase(session.watched, uri);
}

Task<void> ProcessMemory::end(SessionChange session) {
  auto& kept = entry(session.name);
  kept.ended = true;
  kept.watched.clear();
  co_return;
}

}  // namespace gmail_mcp::mcp
