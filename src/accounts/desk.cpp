#include "accounts/desk.h"

#include <algorithm>
#include <utility>

namespace gmail_mcp::accounts {

void Desk::learn(KnownPtr fresh, SteadyTime when) {
  known = std::move(fresh);
  seen = when;
  ++lessons;
}

DeskPtr Desks::at(const model::ConnectionId& id) {
  if (const auto found = desks_.find(id); found != desks_.end()) return found->second;
  if (desks_.size() >= clear_at_) clear_idle();
  return desks_.emplace(id, std::make_shared<Desk>()).first->second;
}

void Desks::doubt(const model::ConnectionId& id) {
  const auto found = desks_.find(id);
  if (found == desks_.end()) return;
  found->second->seen = clock_.steady_now() - cache_;
  // A look-up under way may have read before whatever gave rise to the doubt.
  found->second->loads.clear();
}

KnownPtr Desks::at_hand(const model::Access& access, const model::ConnectionId& id) const {
  const auto found = desks_.find(id);
  if (found == desks_.end()) return nullptr;
  const Desk& desk = *found->second;
  if (!desk.known || clock_.steady_now() - desk.seen >= cache_) return nullptr;
  // Returns nothing instead of a refusal: the store then answers as for an id that does not exist.
  if (!access.may_act_for(desk.known->connection.external_user_id)) return nullptr;
  return desk.known;
}

void Desks::clear_idle() {
  constexpr std::chrono::minutes idle{10};
  const auto now = clock_.steady_now();
  std::erase_if(desks_, [&](const auto& entry) {
    const DeskPtr& desk = entry.second;
    const bool nobody_works_at_it = desk.use_count() == 1;
    return nobody_works_at_it && (!desk->known || now - desk->seen > idle);
  });
  clear_at_ = std::max(few, 2 * desks_.size());
}

}  // namespace gmail_mcp::accounts
