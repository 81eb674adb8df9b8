#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"

namespace gmail_mcp {

/// Something of which there is only so much for all callers together: bytes, streams. Shared so
/// that nobody can take it from the others: one holder has at most `of_one`, and gets more only
/// while what would be left for everybody else is no less than what it has already. So however many
/// large holders there are, a newcomer finds room until the very last of it is taken.
///
/// Nobody waits: who is refused is told so, and tries again. One loop. Outlives its holds.
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

  /// A hold of `holder` (whoever is to have one share), of nothing yet.
  Hold hold(std::string holder);

  struct Counts {
    std::size_t used = 0;
    std::size_t holders = 0;
    std::size_t largest = 0;        // what the largest holder has
    std::uint64_t refused_own = 0;  // since the start
    std::uint64_t refused_for_all = 0;
  };
  /// Looks at every holder.
  Counts counts() const;
  const Limits& limits() const { return limits_; }

 private:
  struct Part {
    std::size_t size = 0;
    std::size_t holds = 0;  // the part is forgotten with the last
  };
  using Parts = std::unordered_map<std::string, Part>;

  Answer take(Part& part, std::size_t amount);

  Limits limits_;
  std::size_t used_ = 0;
  Parts parts_;  // by holder
  std::uint64_t refused_own_ = 0;
  std::uint64_t refused_for_all_ = 0;
};

/// So much of a share, until it is destroyed. Moves, does not copy. An empty one is of no share and
/// is granted everything.
class FairShare::Hold {
 public:
  Hold() = default;
  Hold(Hold&& other) noexcept { swap(other); }
  Hold& operator=(Hold&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Hold() { release(); }

  /// Holds `size` from now on. When that is refused it holds what it held before. Less is always
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
  Parts::value_type* part_ = nullptr;  // stays where it is when the table grows
  std::size_t size_ = 0;
};

/// A share and who takes from it; of no share, everything is granted.
struct Shareholder {
  FairShare* share = nullptr;
  std::string name;

  FairShare::Hold hold() const { return share == nullptr ? FairShare::Hold{} : share->hold(name); }
};

/// What a caller is told whose answer is not `granted` its bytes: rate_limited, with retry_after.
Error answer_refused(FairShare::Answer answer);

}  // namespace gmail_mcp
