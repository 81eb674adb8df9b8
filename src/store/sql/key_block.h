#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "store/archive.h"

namespace gmail_mcp::store {

/// A message that needs a key, and the key it wishes or has received.
struct Placed {
  std::int64_t key = 0;
  const NewArchived* message = nullptr;  // owned by the caller
};

/// The keys of one second of an account: which are taken, and where new messages go, so that the
/// order of keys is the order of time and, within the same millisecond of one folder, that of
/// arrival. This is needed for servers that date by whole seconds, because a walk brings the newest
/// first.
class KeyBlock {
 public:
  /// `first`: archive_key::block_of one of its keys.
  explicit KeyBlock(std::int64_t first) : first_{first} {}

  void take(std::int64_t key, const Spot& spot, Timestamp date);

  /// Moves messages that got a key to `placed`; for those left in `waiting` there is no room here.
  /// When there is room, but none between a message's neighbours, it is placed without regard to
  /// them.
  void place(std::vector<Placed>& waiting, std::vector<Placed>& placed);

 private:
  using Order = std::tuple<std::string, Timestamp, std::int64_t>;

  struct Between {
    std::int64_t after, before;  // both excluded
    bool is_before_known = false;
  };
  static Order order_of(const Placed& one);
  Between between(const Placed& one) const;
  std::int64_t find_free(std::int64_t wish, const Between& where) const;  // -1: none

  std::int64_t first_;
  std::set<std::int64_t> taken_;
  std::map<Order, std::int64_t> known_;  // messages whose arrival is known
};

}  // namespace gmail_mcp::store
