#include "base/fair_share.h"

#include <algorithm>

namespace gmail_mcp {

namespace {

// Parts of callers who hold nothing just now. Most come back soon.
constexpr std::size_t most_idle_parts = 256;

}  // namespace

FairShare::Hold FairShare::hold(std::string holder) {
  auto& part = *parts_.try_emplace(std::move(holder)).first;
  ++part.second.holds;
  return Hold{*this, part};
}

FairShare::Answer FairShare::take(Part& part, std::size_t amount) {
  const std::size_t left = limits_.total - used_;
  if (amount > limits_.of_one || part.size > limits_.of_one - amount) {
    ++refused_own_;
    return Answer::own_share_is_full;
  }
  if (amount > left) {
    ++refused_for_all_;
    return Answer::all_is_full;
  }
  if (part.size > left - amount) {
    ++refused_own_;
    return Answer::own_share_is_full;
  }
  used_ += amount;
  part.size += amount;
  return Answer::granted;
}

FairShare::Counts FairShare::counts() const {
  Counts counts{.used = used_,
                .holders = 0,
                .largest = 0,
                .refused_own = refused_own_,
                .refused_for_all = refused_for_all_};
  for (const auto& [holder, part] : parts_) {
    if (part.size > 0) ++counts.holders;
    counts.largest = std::max(counts.largest, part.size);
  }
  return counts;
}

FairShare::Answer FairShare::Hold::resize(std::size_t size) {
  if (share_ == nullptr) return Answer::granted;
  if (size > size_) {
    const auto answer = share_->take(part_->second, size - size_);
    if (answer != Answer::granted) return answer;
  } else {
    share_->used_ -= size_ - size;
    part_->second.size -= size_ - size;
  }
  size_ = size;
  return Answer::granted;
}

void FairShare::Hold::release() {
  if (share_ == nullptr) return;
  static_cast<void>(resize(0));
  auto& parts = share_->parts_;
  if (--part_->second.holds == 0 && parts.size() > most_idle_parts) {
    parts.erase(parts.find(part_->first));
  }
  share_ = nullptr;
}

Error answer_refused(FairShare::Answer answer) {
  Error refused{Errc::rate_limited, "Too many large answers are under way for all users together.",
                "Try again in a moment."};
  if (answer == FairShare::Answer::own_share_is_full) {
    refused.message = "Too many large answers are under way for this user.";
    refused.hint = "Read those that you asked for, then try again.";
  }
  return std::move(refused).with_retry_after(std::chrono::seconds{1});
}

}  // namespace gmail_mcp
