#include "mcp/process_memory.h"

#include <algorithm>
#include <utility>

namespace gmail_mcp::mcp {

RememberedSession& ProcessMemory::entry(const SessionChange& change) {
  auto* session = sessions_.use(change.name);
  if (session == nullptr) {
    session = &sessions_.add(change.name, change.principal->shareholder(), RememberedSession{});
  }
  session->used = clock_.now();
  return *session;
}

Task<std::optional<RememberedSession>> ProcessMemory::load(std::string name) {
  const auto* found = sessions_.find(name);
  std::optional<RememberedSession> session;
  if (found != nullptr) session = *found;
  co_return session;
}

Task<void> ProcessMemory::keep(SessionChange change) {
  auto& session = entry(change);
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
  auto& kept = entry(session);
  kept.ended = true;
  kept.watched.clear();
  co_return;
}

}  // namespace gmail_mcp::mcp
