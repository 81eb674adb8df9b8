#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "sandbox/counters.h"

namespace gmail_mcp::sandbox {

/// The load of each mailbox: requests in flight, and quota units used in this minute. Must outlive
/// its slots. One thread.
class Load {
 public:
  explicit Load(Counters& counters) : counters_{counters} {}

  /// One request in flight, for as long as this lives.
  class Slot {
   public:
    Slot() = default;
    Slot(Load& load, std::string email);
    Slot(Slot&& other) noexcept
        : load_{std::exchange(other.load_, nullptr)}, email_{std::move(other.email_)} {}
    Slot& operator=(Slot&&) = delete;
    Slot(const Slot&) = delete;
    ~Slot();

   private:
    Load* load_ = nullptr;
    std::string email_;
  };

  /// nullopt when `limit` requests are already in flight.
  std::optional<Slot> enter(const std::string& email, std::optional<int> limit);

  /// Charges quota units. When they no longer fit into this minute, nothing is charged, and the
  /// beginning of the next minute is returned.
  std::optional<Timestamp> charge(const std::string& email, int units, std::optional<int> limit,
                                  Timestamp now);

 private:
  struct Minute {
    Timestamp begin;
    int used = 0;
  };

  Counters& counters_;
  std::map<std::string, int> in_flight_;
  std::map<std::string, Minute> minutes_;
};

}  // namespace gmail_mcp::sandbox
