#pragma once

#include <boost/json/storage_ptr.hpp>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "schema/json_arena.h"

namespace gmail_mcp::mcp {

using schema::JsonArena;

/// A pool of reusable arenas. One thread; outlives its leases.
class ArenaPool {
 public:
  struct GiveBack {
    ArenaPool* pool = nullptr;
    void operator()(JsonArena* arena) const { pool->give_back(arena); }
  };
  using Lease = std::unique_ptr<JsonArena, GiveBack>;

  /// Memory that does not fit into an arena comes from `upstream`.
  explicit ArenaPool(boost::json::storage_ptr upstream = {}) : upstream_{std::move(upstream)} {}

  Lease lease() {
    if (free_.empty()) return Lease{new JsonArena{upstream_}, GiveBack{this}};
    auto arena = std::move(free_.back());
    free_.pop_back();
    return Lease{arena.release(), GiveBack{this}};
  }

 private:
  void give_back(JsonArena* arena) {
    constexpr std::size_t most_kept = 64;
    std::unique_ptr<JsonArena> owned{arena};
    owned->clear();
    if (free_.size() < most_kept) free_.push_back(std::move(owned));
  }

  boost::json::storage_ptr upstream_;
  std::vector<std::unique_ptr<JsonArena>> free_;
};

}  // namespace gmail_mcp::mcp
