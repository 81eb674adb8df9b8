#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "mcp/bus.h"
#include "mcp/call_list.h"
#include "mcp/event_log.h"
#include "mcp/protocol.h"
#include "mcp/questions.h"
#include "mcp/server.h"
#include "mcp/session_id.h"
#include "mcp/session_memory.h"

namespace gmail_mcp::mcp {

/// What a legacy client agreed on with `initialize`, and its running requests. One thread.
class Session {
 public:
  Session(EventBus& bus, std::string id, const Principal& principal);

  const std::string& id() const { return id_; }
  /// Whose it is: the principal's identity; and in whose share it counts.
  const std::string& owner() const { return owner_; }
  const std::string& shareholder() const { return shareholder_; }

  /// Cancels everything under way and ends the stream.
  void end();
  bool ended() const { return ended_; }
  /// True while it must not be dropped.
  bool busy() const { return streams > 0 || !calls.empty(); }

  const Revision* revision = nullptr;  // nullptr until `initialize` has succeeded
  json::object client_capabilities;
  std::optional<Severity> log_level;  // unset: the client wants no log messages
  CallList calls;
  Questions questions;
  Subscription news;

  // Of Streamable HTTP only.

  /// Its id, which says what is agreed. To be called once, after `initialize`.
  void seal(const SessionIds& ids, std::string name, Timestamp now);
  /// The same for a session whose id was read.
  void restore(std::string id, SessionTicket ticket);

  const std::string& name() const { return name_; }
  /// Without its lifetime no id is valid.
  bool is_over_at(Timestamp now) const { return now > used_ + session_lifetime; }

  /// Whether SessionMemory does not know everything yet, or no use of the last day.
  bool has_change(Timestamp now) const;
  /// What it does not know; from now on that counts as known.
  SessionChange take_change(const PrincipalPtr& principal, Timestamp now);
  /// It could not be remembered.
  void put_back(const SessionChange& change);
  /// Takes over what is remembered, and forgets what is not.
  void adopt(const RememberedSession& remembered);

  /// Other processes have changed what is remembered of it.
  bool is_stale = false;

  /// News that the client may not have received, because its connection was lost: told again when
  /// it comes back without saying what it has. Telling twice does no harm.
  void note_told(News told, std::chrono::steady_clock::time_point now);
  void tell_lately_told_again(std::chrono::steady_clock::time_point now);

  std::size_t streams = 0;         // GET streams of it
  std::uint64_t news_streams = 0;  // so many of them were for `news`: the newest has it
  /// Of revisions whose clients can ask for what they missed. Made when it is needed for the first
  /// time, as part of what the shareholder may keep in `room`.
  EventLog& events(FairShare& room);
  /// nullptr: none was needed yet.
  EventLog* known_events() { return events_.get(); }

 private:
  std::string id_;
  std::string owner_;
  std::string shareholder_;
  bool ended_ = false;

  std::string name_;
  std::size_t key_ = 0;
  Timestamp used_;                   // as far as it was noted
  std::uint64_t known_changes_ = 1;  // as in a new Subscription
  std::unordered_set<std::string> known_uris_;
  std::optional<Severity> known_level_;
  std::vector<std::pair<std::chrono::steady_clock::time_point, News>> told_;
  std::unique_ptr<EventLog> events_;
};

using SessionPtr = std::shared_ptr<Session>;

/// The sessions that one HTTP endpoint has in memory. A session belongs to the principal who opened
/// it; for all others it does not exist. Idle ones are dropped; as their ids say what they are,
/// they are opened again when they are used. Each shareholder, whatever number of principals they
/// are, has a limited number, and loses the one idle longest when they open more. When the table is
/// full, the one with the most sessions does. So nobody can push out sessions of others who have
/// fewer. One thread.
class SessionTable {
 public:
  SessionTable(EventBus& bus, const Limits& limits, const Clock& clock);

  /// A session that is not in the table and has no id yet.
  SessionPtr make(const Principal& principal) const;
  /// False when the table is full and no session may be dropped for this one.
  bool insert(SessionPtr session);
  /// nullptr: not here, or someone else's. Counts as use.
  SessionPtr find(std::string_view id, std::string_view owner);
  /// By the name that its id contains; no use.
  SessionPtr named(const std::string& name) const;
  void erase(Session& session);
  std::size_t size() const { return by_id_.size(); }
  void for_each(const std::function<void(Session&)>& visit) const;

 private:
  struct Entry;
  struct Holder {
    std::list<Entry*> sessions;  // least recently used first
  };
  struct Entry {
    SessionPtr session;
    std::chrono::steady_clock::time_point last_used;
    Holder* holder;
    std::list<Entry*>::iterator place;  // in the holder's list
  };
  using Order = std::list<Entry>;  // least recently used first

  void touch(Order::iterator entry);
  void forget_idle();
  bool make_room(const std::string& shareholder);
  bool forget_idle_one_of(Holder& holder);
  void forget(Order::iterator entry);

  EventBus& bus_;
  const Limits& limits_;
  const Clock& clock_;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> by_id_;    // keys live in the sessions
  std::unordered_map<std::string_view, Order::iterator> by_name_;  // as above
  std::unordered_map<std::string, Holder> holders_;                // none is without sessions
  std::set<std::pair<std::size_t, Holder*>> by_size_;
};

}  // namespace gmail_mcp::mcp
