#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"

namespace gmail_mcp {

/// Something that all callers share and that is limited: bytes, streams. Nobody can take it from
/// the others: a holder has at most `of_one`, and gets more only while what would be left for all
/// others is at least what it already has. So however many large holders there are, a newcomer
/// finds room until the very last is taken.
///
/// Nobody waits: a refused caller is told so and may try again. One loop. Outlives its holds.
class FairShare {
 public:
  struct Limits {
    std::size_t total = 0;
    std::size_t of_one = 0;
  };
  enum class Answer {
    granted,
    own_share_is_full,
    all_is_full,
  };
  class Hold;

  explicit FairShare(Limits limits) : limits_{limits} {}
  FairShare(const FairShare&) = delete;
  FairShare& operator=(const FairShare&) = delete;

  /// A hold for `holder` (everyone who is to have one share), of nothing yet.
  Hold hold(std::string holder);

  struct Counts {
    std::size_t used = 0;
    std::size_t holders = 0;
    std::size_t largest = 0;        // how much the largest holder has
    std::uint64_t refused_own = 0;  // since the start
    std::uint64_t refused_for_all = 0;
  };
  /// Goes through all holders.
  Counts counts() const;
  const Limits& limits() const { return limits_; }

 private:
  struct Part {
    std::size_t size = 0;
    std::size_t holds = 0;  // with the last one the part is removed, if there are many
  };
  using Parts = std::unordered_map<std::string, Part>;

  Answer take(Part& part, std::size_t amount);

  Limits limits_;
  std::size_t used_ = 0;
  Parts parts_;  // by holder
  std::uint64_t refused_own_ = 0;
  std::uint64_t refused_for_all_ = 0;
};

/// An amount of a share, given back when this is destroyed. Moves, does not copy. An empty one
/// belongs to no share and is granted everything.
class FairShare::Hold {
 public:
  Hold() = default;
  Hold(Hold&& other) noexcept { swap(other); }
  Hold& operator=(Hold&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Hold() { release(); }

  /// Holds `size` from now on; when refused, it keeps what it held before. A smaller size is always
  /// granted.
  Answer resize(std::size_t size);
  std::size_t size() const { return size_; }
  void release();

 private:
  friend class FairShare;
  Hold(FairShare& share, Parts::value_type& part) : share_{&share}, part_{&part} {}
  void swap(Hold& other) noexcept {
    std::swap(share_, other.share_);
    std::swap(part_, other.part_);
    std::swap(size_, other.size_);
  }

  FairShare* share_ = nullptr;
  Parts::value_type* part_ = nullptr;  // keeps its address when the table grows
  std::size_t size_ = 0;
};

/// A share and who takes from it; without a share everything is granted.
struct Shareholder {
  FairShare* share = nullptr;
  std::string name;

  FairShare::Hold hold() const { return share == nullptr ? FairShare::Hold{} : share->hold(name); }
};

/// The error for a caller whose answer is not `granted` its bytes: rate_limited, with retry_after.
Error answer_refused(FairShare::Answer answer);

}  // namespace gmail_mcp
