#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "mcp/bus.h"
#include "mcp/call_list.h"
#include "mcp/protocol.h"
#include "mcp/questions.h"
#include "mcp/server.h"

namespace gmail_mcp::mcp {

/// What a legacy client agreed on with `initialize`, and its running requests. One thread.
class Session {
 public:
  Session(EventBus& bus, std::string id, std::string owner);

  const std::string& id() const { return id_; }
  const std::string& owner() const { return owner_; }

  /// Cancels everything under way and ends the stream.
  void end();
  bool ended() const { return ended_; }
  /// True while it must not be dropped.
  bool busy() const { return streaming || !calls.empty(); }

  const Revision* revision = nullptr;  // nullptr until `initialize` has succeeded
  json::object client_capabilities;
  std::optional<Severity> log_level;  // unset: the client wants no log messages
  CallList calls;
  Questions questions;
  Subscription news;
  bool streaming = false;  // a GET stream carries `news` to the client

 private:
  std::string id_;
  std::string owner_;
  bool ended_ = false;
};

using SessionPtr = std::shared_ptr<Session>;

/// The sessions of one HTTP endpoint. A session belongs to the principal who opened it; for all
/// others it does not exist. Idle ones are dropped. When the table is full, the principal with the
/// most sessions loses the one that is idle longest, because its client can initialize again. So
/// nobody can push out sessions of others who have fewer. One thread.
class SessionTable {
 public:
  SessionTable(EventBus& bus, const Limits& limits, const Clock& clock);

  /// A session with an unguessable id, not in the table yet.
  SessionPtr make(std::string owner) const;
  /// False when the table is full and no session may be dropped for this one.
  bool insert(SessionPtr session);
  /// nullptr: unknown, dropped or someone else's. Counts as use.
  SessionPtr find(std::string_view id, std::string_view owner);
  void erase(Session& session);
  void end_all();
  std::size_t size() const { return by_id_.size(); }

 private:
  struct Entry {
    SessionPtr session;
    std::chrono::steady_clock::time_point last_used;
    std::size_t* held_by_owner;  // in held_
  };
  using Order = std::list<Entry>;  // least recently used first

  void forget_idle();
  bool make_room(std::size_t held_by_newcomer);
  void forget(Order::iterator entry);

  EventBus& bus_;
  const Limits& limits_;
  const Clock& clock_;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> by_id_;  // keys live in the sessions
  std::unordered_map<std::string, std::size_t> held_;            // by owner; never 0
};

}  // namespace gmail_mcp::mcp
