#pragma once

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/storage_ptr.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace gmail_mcp::mcp {

/// Memory for the tree of one message, given back all at once. Whatever was parsed into it ends
/// with it: what outlives the call is copied out first.
class JsonArena {
 public:
  explicit JsonArena(boost::json::storage_ptr upstream = {}) : upstream_{std::move(upstream)} {
    clear();
  }
  JsonArena(const JsonArena&) = delete;
  JsonArena& operator=(const JsonArena&) = delete;

  boost::json::storage_ptr storage() { return &*memory_; }
  /// Made anew: its release() keeps the size of the block it would take next, which doubles with
  /// each block, so that after some twenty messages no machine has that much.
  void clear() { memory_.emplace(buffer_.data(), buffer_.size(), upstream_); }

 private:
  boost::json::storage_ptr upstream_;
  std::array<unsigned char, 4096> buffer_;
  std::optional<boost::json::monotonic_resource> memory_;
};

/// Arenas to use again. One thread; outlives its leases.
class ArenaPool {
 public:
  struct GiveBack {
    ArenaPool* pool = nullptr;
    void operator()(JsonArena* arena) const { pool->give_back(arena); }
  };
  using Lease = std::unique_ptr<JsonArena, GiveBack>;

  /// What does not fit into an arena itself comes from `upstream`.
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
