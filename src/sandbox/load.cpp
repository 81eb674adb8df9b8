#include "sandbox/load.h"

#include <algorithm>

namespace gmail_mcp::sandbox {

Load::Slot::Slot(Load& load, std::string email) : load_{&load}, email_{std::move(email)} {
  const int now = ++load_->in_flight_[email_];
  auto& most = load_->counters_.max_in_flight[email_];
  most = std::max(most, now);
}

Load::Slot::~Slot() {
  if (load_ != nullptr) --load_->in_flight_[email_];
}

std::optional<Load::Slot> Load::enter(const std::string& email, std::optional<int> limit) {
  // The request belongs to nobody: it will get 401.
  if (email.empty()) return Slot{};
  if (limit && in_flight_[email] >= *limit) return std::nullopt;
  return Slot{*this, email};
}

std::optional<Timestamp> Load::charge(const std::string& email, int units, std::optional<int> limit,
                                      Timestamp now) {
  if (!limit) return std::nullopt;
  constexpr std::chrono::minutes span{1};
  auto& minute = minutes_[email];
  if (now >= minute.begin + span || now < minute.begin) minute = Minute{now, 0};
  if (minute.used + units > *limit) return minute.begin + span;
  minute.used += units;
  return std::nullopt;
}

}  // namespace gmail_mcp::sandbox
