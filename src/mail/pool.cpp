#include "mail/pool.h"

#include <algorithm>

namespace gmail_mcp::mail {

// Drops what nobody used for a while; when still too full, the longest unused.
void Pool::make_room() {
  const auto now = clock_.steady_now();
  std::erase_if(entries_, [&](const auto& one) { return now - one.second.last_used > keep_idle_; });
  while (entries_.size() >= max_open_) {
    entries_.erase(std::min_element(
        entries_.begin(), entries_.end(),
        [](const auto& a, const auto& b) { return a.second.last_used < b.second.last_used; }));
  }
}

MailboxLease Pool::lease(const model::Connection& connection) {
  const auto it = entries_.find(connection.id);
  if (it != entries_.end() && it->second.version == connection.version) {
    it->second.last_used = clock_.steady_now();
    return it->second.mailbox;
  }
  close(connection.id);
  if (entries_.size() >= max_open_ || entries_.size() % 256 == 255) make_room();
  MailboxLease mailbox = open_(connection);
  entries_[connection.id] = {mailbox, connection.version, clock_.steady_now()};
  return mailbox;
}

void Pool::note_news(const model::ConnectionId& id) {
  const auto it = entries_.find(id);
  if (it != entries_.end()) it->second.mailbox->forget_answers();
}

void Pool::note_news() {
  for (auto& one : entries_) one.second.mailbox->forget_answers();
}

}  // namespace gmail_mcp::mail
