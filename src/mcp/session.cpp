#include "mcp/session.h"

#include <utility>

#include "crypto/random.h"

namespace gmail_mcp::mcp {

Session::Session(EventBus& bus, std::string id, std::string owner)
    : news{bus}, id_{std::move(id)}, owner_{std::move(owner)} {
  for (const auto kind : {ListKind::tools, ListKind::resources, ListKind::prompts}) {
    news.follow(kind);
  }
}

void Session::end() {
  ended_ = true;
  calls.cancel_all();
  questions.end();
  news.wake();
}

SessionTable::SessionTable(EventBus& bus, const Limits& limits, const Clock& clock)
    : bus_{bus}, limits_{limits}, clock_{clock} {}

SessionPtr SessionTable::make(std::string owner) const {
  return std::make_shared<Session>(bus_, crypto::random_token(), std::move(owner));
}

bool SessionTable::insert(SessionPtr session) {
  forget_idle();
  const auto holder = held_.find(session->owner());
  const auto held = holder == held_.end() ? 0 : holder->second;
  if (order_.size() >= limits_.sessions && !make_room(held)) return false;
  auto& count = held_[session->owner()];
  ++count;
  const auto entry = order_.insert(order_.end(), {std::move(session), clock_.steady_now(), &count});
  by_id_.emplace(entry->session->id(), entry);
  return true;
}

SessionPtr SessionTable::find(std::string_view id, std::string_view owner) {
  forget_idle();
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second->session->owner() != owner) return nullptr;
  found->second->last_used = clock_.steady_now();
  order_.splice(order_.end(), order_, found->second);
  return found->second->session;
}

void SessionTable::erase(Session& session) {
  const auto found = by_id_.find(session.id());
  if (found != by_id_.end()) forget(found->second);
}

void SessionTable::end_all() {
  while (!order_.empty()) forget(order_.begin());
}

void SessionTable::forget_idle() {
  const auto now = clock_.steady_now();
  while (!order_.empty() && now - order_.front().last_used >= limits_.session_idle) {
    const auto oldest = order_.begin();
    if (oldest->session->busy()) {
      oldest->last_used = now;
      order_.splice(order_.end(), order_, oldest);
    } else {
      forget(oldest);
    }
  }
}

bool SessionTable::make_room(std::size_t held_by_newcomer) {
  auto idle = order_.end();
  for (auto entry = order_.begin(); entry != order_.end(); ++entry) {
    if (entry->session->busy()) continue;
    if (idle == order_.end() || *entry->held_by_owner > *idle->held_by_owner) idle = entry;
  }
  if (idle == order_.end() || *idle->held_by_owner < held_by_newcomer) return false;
  forget(idle);
  return true;
}

void SessionTable::forget(Order::iterator entry) {
  const auto session = std::move(entry->session);
  by_id_.erase(session->id());
  if (--*entry->held_by_owner == 0) held_.erase(session->owner());
  order_.erase(entry);
  session->end();
}

}  // namespace gmail_mcp::mcp
