#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "google/methods.h"

namespace gmail_mcp::google {

/// What a call of `method` takes from the budget of its user and project.
constexpr int units(Method method) { return facts(method).units; }

/// What Google grants one user of one project. Projects that were in use between November 2025 and
/// April 2026 have 15,000 until 1 April 2027, then 6,000 like all that are not enrolled for more.
/// https://developers.google.com/workspace/gmail/api/reference/quota, read on 29 November 2026.
struct QuotaLimits {
  int units_per_minute = 6'000;
};

/// The units that one mailbox has spent lately: in no 60 seconds more than the limit, wherever
/// Google's minute begins. What is spent at once is there again a minute later, at once. A value;
/// one thread.
class UnitWindow {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  explicit UnitWindow(QuotaLimits limits) : limit_{limits.units_per_minute} {}

  int limit() const { return limit_; }

  /// What one call asks for can be no more than a minute's worth.
  int at_most(int units) const;

  /// How many units may be spent now.
  int there(Moment now);

  /// Takes `units` if they are there.
  bool take(int units, Moment now);

  /// How long until `units` will be there.
  std::chrono::milliseconds until(int units, Moment now);

 private:
  struct Spent {
    Moment first, last;
    int units;
  };

  void forget(Moment now);

  int limit_;
  int sum_ = 0;
  std::deque<Spent> spent_;  // oldest first
};

/// The windows of all mailboxes: whoever asks for a mailbox, by whichever connection, spends of the
/// same minute, also after it was closed and opened again. One thread.
class UnitBook {
 public:
  using Moment = UnitWindow::Moment;

  explicit UnitBook(QuotaLimits limits) : limits_{limits} {}

  std::shared_ptr<UnitWindow> of(std::string_view address, Moment now);

  std::size_t size() const { return windows_.size(); }

 private:
  QuotaLimits limits_;
  std::map<std::string, std::shared_ptr<UnitWindow>> windows_;  // by address
  std::size_t tidy_at_ = 100;
};

}  // namespace gmail_mcp::google
