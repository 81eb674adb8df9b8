#include "mail/pool.h"

#include <list>
#include <unordered_map>

namespace gmail_mcp::mail {

struct Pool::State {
  struct Entry {
    MailboxLease mailbox;
    std::int64_t version = 0;
    std::chrono::steady_clock::time_point last_used;
  };

  Open open;
  Clock& clock;
  std::chrono::seconds keep_idle;
  std::size_t max_open;
  std::unordered_map<model::ConnectionId, Entry> entries;

  // Drops what nobody used for a while; when still too full, the longest unused.
  void make_room() {
    const auto now = clock.steady_now();
    std::erase_if(entries, [&](const auto& one) { return now - one.second.last_used > keep_idle; });
    while (entries.size() >= max_open) {
      auto oldest = entries.begin();
      for (auto it = entries.begin(); it != entries.end(); ++it) {
        if (it->second.last_used < oldest->second.last_used) oldest = it;
      }
      entries.erase(oldest);
    }
  }
};

Pool::Pool(Open open, Clock& clock, std::chrono::seconds keep_idle, std::size_t max_open)
    : state_{std::make_unique<State>(State{std::move(open), clock, keep_idle, max_open, {}})} {}

Pool::~Pool() = default;

MailboxLease Pool::lease(const model::Connection& connection) {
  auto& entries = state_->entries;
  if (const auto it = entries.find(connection.id);
      it != entries.end() && it->second.version == connection.version) {
    it->second.last_used = state_->clock.steady_now();
    return it->second.mailbox;
  }
  entries.erase(connection.id);
  if (entries.size() >= state_->max_open || entries.size() % 256 == 255) state_->make_room();
  MailboxLease mailbox = state_->open(connection);
  entries[connection.id] = {mailbox, connection.version, state_->clock.steady_now()};
  return mailbox;
}

void Pool::close(const model::ConnectionId& id) { state_->entries.erase(id); }

void Pool::note_news(const model::ConnectionId& id) {
  const auto it = state_->entries.find(id);
  if (it != state_->entries.end()) it->second.mailbox->forget_answers();
}

std::size_t Pool::open() const { return state_->entries.size(); }

}  // namespace gmail_mcp::mail
