#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "base/fair_share.h"

namespace gmail_mcp {

/// Travels with an answer when its maker must know whether it was delivered. The last holder of the
/// answer calls `delivered` once it is handed over; a receipt that is destroyed before that calls
/// `lost`, once. An empty receipt does nothing. The receipt also carries what the answer takes of a
/// share, and gives it back at its end. Moves, does not copy. One thread.
class Receipt {
 public:
  Receipt() = default;
  /// `lost` must not throw and must be callable for as long as the receipt may live.
  explicit Receipt(std::function<void()> lost) : lost_{std::move(lost)} {}
  Receipt(Receipt&& other) noexcept
      : lost_{std::exchange(other.lost_, nullptr)}, holds_{std::move(other.holds_)} {}
  Receipt& operator=(Receipt&& other) noexcept {
    std::swap(lost_, other.lost_);
    std::swap(holds_, other.holds_);
    return *this;
  }
  ~Receipt() {
    if (lost_) lost_();
  }

  /// True when the delivery matters, so that it is worth asking the socket.
  bool is_wanted() const { return lost_ != nullptr; }
  void delivered() { lost_ = nullptr; }
  void keep(FairShare::Hold hold) { holds_.push_back(std::move(hold)); }
  /// For an answer that contains several: they are delivered or lost together.
  void join(Receipt other) {
    for (auto& hold : other.holds_) keep(std::move(hold));
    if (!lost_) {
      std::swap(lost_, other.lost_);
    } else if (other.lost_) {
      lost_ = [mine = std::move(lost_), theirs = std::exchange(other.lost_, nullptr)] {
        mine();
        theirs();
      };
    }
  }

 private:
  std::function<void()> lost_;
  std::vector<FairShare::Hold> holds_;
};

}  // namespace gmail_mcp
