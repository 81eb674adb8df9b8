#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/spent_elsewhere.h"
#include "google/methods.h"

namespace gmail_mcp::google {

/// The units that a call of `method` takes from the quota of its user and project.
constexpr int units(Method method) { return facts(method).units; }

/// The units that Google grants one user of one project. Projects that were in use between November
/// 2025 and April 2026 have 15,000 until 1 April 2027, then 6,000 like all that are not enrolled
/// for more. https://developers.google.com/workspace/gmail/api/reference/quota, read on 29 November
/// 2026.
struct QuotaLimits {
  int units_per_minute = 6'000;
};

/// The units that one mailbox has spent in the last minute: never more than the limit in any 60
/// seconds, wherever Google's minute begins. Units are available again one minute after they were
/// spent. A value; one thread.
class UnitWindow {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  explicit UnitWindow(QuotaLimits limits) : limit_{limits.units_per_minute} {}

  int limit() const { return limit_; }

  /// Limits what one call takes to a whole minute's units.
  int at_most(int units) const;

  /// The number of units that may be spent now.
  int there(Moment now);

  /// Takes `units` if they are available.
  bool take(int units, Moment now);

  /// Other processes have spent these: a row of what each has, and of what is in use there.
  void take_elsewhere(const std::string& process, std::int64_t total, std::int64_t recent,
                      Moment now);
  /// The units taken here, ever. Whether there are more than at the last call.
  std::int64_t taken() const { return taken_; }
  bool has_news() { return std::exchange(told_, taken_) != taken_; }

  /// How long until `units` are available.
  std::chrono::milliseconds until(int units, Moment now);

 private:
  struct Spent {
    Moment first, last;
    int units;
  };

  void forget(Moment now);
  void add(int units, Moment now);

  int limit_;
  int sum_ = 0;
  std::deque<Spent> spent_;  // oldest first
  std::int64_t taken_ = 0;
  std::int64_t told_ = 0;
  SpentElsewhere elsewhere_;
};

/// The windows of all mailboxes: all connections to a mailbox share one window, also after it was
/// closed and opened again. One thread.
class UnitBook {
 public:
  using Moment = UnitWindow::Moment;

  explicit UnitBook(QuotaLimits limits) : limits_{limits} {}

  std::shared_ptr<UnitWindow> of(std::string_view address, Moment now);

  /// What was taken since the last call, of at most so many mailboxes: for other processes.
  struct Taken {
    std::string address;  // in lower case
    std::int64_t total = 0;
    int in_use = 0;
  };
  std::vector<Taken> take_news(std::size_t most, Moment now);
  /// Does nothing for a mailbox that is not in use here.
  void take_elsewhere(const std::string& address, const std::string& process, std::int64_t total,
                      std::int64_t recent, Moment now);

  std::size_t size() const { return windows_.size(); }

 private:
  QuotaLimits limits_;
  std::map<std::string, std::shared_ptr<UnitWindow>> windows_;  // by address
  std::size_t tidy_at_ = 100;
};

}  // namespace gmail_mcp::google
