#include "mcp/session.h"

#include <algorithm>
#include <utility>

namespace gmail_mcp::mcp {

namespace {

// Until a vanished client is noticed: a comment line is sent every 15 s, and what is not
// acknowledged ends the connection after 30 s.
constexpr std::chrono::seconds noticed_after{50};

}  // namespace

Session::Session(EventBus& bus, std::string id, const Principal& principal)
    : news{bus, principal.shareholder()},
      id_{std::move(id)},
      owner_{principal.identity()},
      shareholder_{principal.shareholder()} {
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

void Session::seal(const SessionIds& ids, std::string name, Timestamp now) {
  name_ = std::move(name);
  used_ = now;
  const SessionTicket ticket{name_, revision, client_capabilities, now, 0};
  id_ = ids.make(ticket, owner_);
}

void Session::restore(std::string id, SessionTicket ticket) {
  id_ = std::move(id);
  name_ = std::move(ticket.name);
  key_ = ticket.key;
  revision = ticket.revision;
  client_capabilities = std::move(ticket.client_capabilities);
  used_ = ticket.made;
}

bool Session::has_change(Timestamp now) const {
  return known_changes_ != news.changes() || known_level_ != log_level ||
         now >= used_ + session_use_is_noted_after;
}

SessionChange Session::take_change(const PrincipalPtr& principal, Timestamp now) {
  SessionChange change{name_, principal, key_};
  if (known_level_ != log_level && log_level) change.log_level = name_of(*log_level);
  if (known_changes_ != news.changes()) {
    for (const auto& uri : news.uris()) {
      if (!known_uris_.contains(uri)) change.watched.push_back(uri);
    }
    for (const auto& uri : known_uris_) {
      if (!news.uris().contains(uri)) change.unwatched.push_back(uri);
    }
  }
  known_changes_ = news.changes();
  known_uris_ = news.uris();
  known_level_ = log_level;
  used_ = now;
  return change;
}

void Session::put_back(const SessionChange& change) {
  used_ -= session_use_is_noted_after;
  if (change.log_level) known_level_.reset();
  if (change.watched.empty() && change.unwatched.empty()) return;
  --known_changes_;
  for (const auto& uri : change.watched) known_uris_.erase(uri);
  for (const auto& uri : change.unwatched) known_uris_.insert(uri);
}

void Session::adopt(const RememberedSession& remembered) {
  used_ = std::max(used_, remembered.used);
  if (remembered.log_level) {
    log_level = parse_severity(*remembered.log_level);
    known_level_ = log_level;
  }
  const auto gone = std::exchange(known_uris_, {});
  known_uris_.insert(remembered.watched.begin(), remembered.watched.end());
  for (const auto& uri : gone) {
    if (!known_uris_.contains(uri)) news.unwatch(uri);
  }
  for (const auto& uri : known_uris_) {
    if (news.uris().contains(uri)) continue;
    if (news.watch(uri) != FairShare::Answer::granted) continue;
    // It may have changed while nobody listened for this session.
    news.tell({std::nullopt, uri});
  }
  // What finds no room now stays remembered, and is tried when this is read again.
  for (const auto& uri : remembered.watched) {
    if (!news.uris().contains(uri)) known_uris_.erase(uri);
  }
  known_changes_ = news.uris() == known_uris_ ? news.changes() : news.changes() - 1;
}

EventLog& Session::events(FairShare& room) {
  if (!events_) events_ = std::make_unique<EventLog>(room.hold(shareholder_));
  return *events_;
}

void Session::note_told(News told, std::chrono::steady_clock::time_point now) {
  std::erase_if(told_, [&](const auto& entry) {
    return entry.second == told || now - entry.first > noticed_after;
  });
  told_.emplace_back(now, std::move(told));
}

void Session::tell_lately_told_again(std::chrono::steady_clock::time_point now) {
  const auto told = std::exchange(told_, {});
  for (const auto& [at, what] : told) {
    const bool is_wanted = what.list || news.uris().contains(what.uri);
    if (is_wanted && now - at <= noticed_after) news.tell(what);
  }
}

SessionTable::SessionTable(EventBus& bus, const Limits& limits, const Clock& clock)
    : bus_{bus}, limits_{limits}, clock_{clock} {}

SessionPtr SessionTable::make(const Principal& principal) const {
  return std::make_shared<Session>(bus_, std::string{}, principal);
}

bool SessionTable::insert(SessionPtr session) {
  forget_idle();
  if (!make_room(session->shareholder())) return false;
  auto& holder = holders_[session->shareholder()];
  const auto entry = order_.insert(
      order_.end(), Entry{std::move(session), clock_.steady_now(), &holder, holder.sessions.end()});
  by_size_.erase({holder.sessions.size(), &holder});
  entry->place = holder.sessions.insert(holder.sessions.end(), &*entry);
  by_size_.emplace(holder.sessions.size(), &holder);
  by_id_.emplace(entry->session->id(), entry);
  by_name_.emplace(entry->session->name(), entry);
  return true;
}

void SessionTable::touch(Order::iterator entry) {
  entry->last_used = clock_.steady_now();
  order_.splice(order_.end(), order_, entry);
  auto& sessions = entry->holder->sessions;
  sessions.splice(sessions.end(), sessions, entry->place);
}

SessionPtr SessionTable::find(std::string_view id, std::string_view owner) {
  forget_idle();
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second->session->owner() != owner) return nullptr;
  touch(found->second);
  return found->second->session;
}

SessionPtr SessionTable::named(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second->session;
}

void SessionTable::erase(Session& session) {
  const auto found = by_id_.find(session.id());
  if (found != by_id_.end()) forget(found->second);
}

void SessionTable::for_each(const std::function<void(Session&)>& visit) const {
  for (const auto& entry : order_) visit(*entry.session);
}

void SessionTable::forget_idle() {
  const auto now = clock_.steady_now();
  while (!order_.empty() && now - order_.front().last_used >= limits_.session_idle) {
    const auto oldest = order_.begin();
    if (oldest->session->busy()) {
      touch(oldest);
    } else {
      forget(oldest);
    }
  }
}

bool SessionTable::make_room(const std::string& shareholder) {
  const auto own = holders_.find(shareholder);
  const auto held = own == holders_.end() ? 0 : own->second.sessions.size();
  if (held >= limits_.sessions_of_one) return forget_idle_one_of(own->second);
  if (order_.size() < limits_.sessions) return true;
  for (auto largest = by_size_.rbegin(); largest != by_size_.rend(); ++largest) {
    if (largest->first < held) return false;
    // Forgetting changes the set, so the loop ends with it.
    if (forget_idle_one_of(*largest->second)) return true;
  }
  return false;
}

bool SessionTable::forget_idle_one_of(Holder& holder) {
  const auto idle = std::ranges::find_if(
      holder.sessions, [](const Entry* entry) { return !entry->session->busy(); });
  if (idle == holder.sessions.end()) return false;
  forget(by_id_.at((*idle)->session->id()));
  return true;
}

void SessionTable::forget(Order::iterator entry) {
  const auto session = std::move(entry->session);
  by_id_.erase(session->id());
  by_name_.erase(session->name());
  auto& holder = *entry->holder;
  by_size_.erase({holder.sessions.size(), &holder});
  holder.sessions.erase(entry->place);
  if (holder.sessions.empty()) {
    holders_.erase(session->shareholder());
  } else {
    by_size_.emplace(holder.sessions.size(), &holder);
  }
  order_.erase(entry);
  session->end();
}

}  // namespace gmail_mcp::mcp
