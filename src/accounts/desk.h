#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/secret.h"
#include "base/shared_work.h"
#include "model/access.h"
#include "model/connection.h"

namespace gmail_mcp::accounts {

/// What is known about one connection. A value: shared, and replaced as a whole.
struct Known {
  model::Connection connection;
  Secret access_token;        // only of an active one
  std::string refresh_token;  // as stored

  bool has_token(const Secret& token) const {
    return !token.empty() && access_token.equals(token.reveal());
  }
};
using KnownPtr = std::shared_ptr<const Known>;

/// Everything that the vault keeps about one connection. To forget it, the desk is dropped: work
/// that was begun on it ends on it, and later callers get a new one. One loop.
struct Desk {
  using SteadyTime = std::chrono::steady_clock::time_point;

  KnownPtr known;
  SteadyTime seen;         // when `known` was read from the store
  SteadyTime quiet_until;  // no refresh before this: one just failed while the token still worked
  int lessons = 0;         // how often `known` was replaced

  std::map<std::string, SharedWork<KnownPtr>> loads;  // by the user that the access includes
  SharedWork<KnownPtr> refresh;

  void learn(KnownPtr fresh, SteadyTime when);
};
using DeskPtr = std::shared_ptr<Desk>;

/// The desks of a vault. Those that were not used for long are dropped, so that neither many
/// accounts nor a caller who tries ids can fill the memory.
class Desks {
 public:
  Desks(Clock& clock, std::chrono::seconds cache) : clock_{clock}, cache_{cache} {}

  DeskPtr at(const model::ConnectionId& id);
  void forget(const model::ConnectionId& id) { desks_.erase(id); }
  /// Lets the next look-up ask the store.
  void doubt(const model::ConnectionId& id);

  std::size_t size() const { return desks_.size(); }

  /// What was read lately, if the access includes it: a look-up without I/O. Otherwise null.
  KnownPtr at_hand(const model::Access& access, const model::ConnectionId& id) const;

 private:
  void clear_idle();

  Clock& clock_;
  std::chrono::seconds cache_;
  std::unordered_map<model::ConnectionId, DeskPtr> desks_;
  std::size_t clear_at_ = few;

  static constexpr std::size_t few = 1'024;
};

}  // namespace gmail_mcp::accounts
