#include "google/quota.h"

#include <algorithm>

#include "base/text.h"

namespace gmail_mcp::google {

namespace chrono = std::chrono;

namespace {

// Google counts a call when it arrives. Of two calls sent a minute apart the first may travel
// longer, so this is one second more.
constexpr chrono::seconds minute{61};

// Units spent within this time are kept as one entry, so that a minute takes little memory.
constexpr chrono::milliseconds grain{200};

}  // namespace

int UnitWindow::at_most(int units) const { return std::min(units, limit_); }

int UnitWindow::there(Moment now) {
  forget(now);
  return limit_ - sum_;
}

bool UnitWindow::take(int units, Moment now) {
  if (units > there(now)) return false;
  add(units, now);
  taken_ += units;
  return true;
}

void UnitWindow::take_elsewhere(const std::string& process, std::int64_t total, std::int64_t recent,
                                Moment now) {
  forget(now);
  // At most a minute's units, so that nobody waits longer than two.
  const auto more = std::min<std::int64_t>(elsewhere_.more(process, total, recent, sum_), limit_);
  if (more > 0) add(static_cast<int>(more), now);
}

void UnitWindow::add(int units, Moment now) {
  if (spent_.empty() || now - spent_.back().first >= grain) {
    spent_.push_back({.first = now, .last = now, .units = 0});
  }
  spent_.back().last = now;
  spent_.back().units += units;
  sum_ += units;
}

chrono::milliseconds UnitWindow::until(int units, Moment now) {
  int missing = units - there(now);
  chrono::milliseconds wait{0};
  for (const auto& spent : spent_) {
    if (missing <= 0) break;
    missing -= spent.units;
    wait = chrono::ceil<chrono::milliseconds>(spent.last + minute - now);
  }
  return wait;
}

void UnitWindow::forget(Moment now) {
  while (!spent_.empty() && now - spent_.front().last >= minute) {
    sum_ -= spent_.front().units;
    spent_.pop_front();
  }
}

std::shared_ptr<UnitWindow> UnitBook::of(std::string_view address, Moment now) {
  auto& window = windows_[to_lower_ascii(address)];
  if (!window) window = std::make_shared<UnitWindow>(limits_);
  auto found = window;
  if (windows_.size() >= tidy_at_) {
    std::erase_if(windows_, [&](const auto& one) {
      return one.second.use_count() == 1 && one.second->there(now) == limits_.units_per_minute;
    });
    tidy_at_ = std::max<std::size_t>(100, 2 * windows_.size());
  }
  return found;
}

std::vector<UnitBook::Taken> UnitBook::take_news(std::size_t most, Moment now) {
  std::vector<Taken> news;
  for (auto& [address, window] : windows_) {
    if (news.size() == most) break;
    if (!window->has_news()) continue;
    const auto in_use = window->limit() - window->there(now);
    news.push_back({.address = address, .total = window->taken(), .in_use = in_use});
  }
  return news;
}

void UnitBook::take_elsewhere(const std::string& address, const std::string& process,
                              std::int64_t total, std::int64_t recent, Moment now) {
  const auto known = windows_.find(address);
  if (known != windows_.end()) known->second->take_elsewhere(process, total, recent, now);
}

}  // namespace gmail_mcp::google
