#include "operation/shared_limits.h"

#include <utility>

#include "base/error.h"

namespace gmail_mcp::operation {

namespace {

constexpr std::chrono::seconds between_exchanges{1};
constexpr std::chrono::seconds between_spending_purges{60};
constexpr std::size_t limits_at_a_time = 256;

}  // namespace

Task<void> SharedLimits::exchange(store::Spending& spending) {
  for (const auto& kind : kinds_) {
    auto ours = kind.spent(limits_at_a_time);
    if (ours.empty()) continue;
    for (auto& one : ours) one.name.insert(0, kind.name + '\n');
    auto theirs = co_await spending.exchange(std::move(ours));
    for (auto& one : theirs) {
      one.spent.name.erase(0, kind.name.size() + 1);
      kind.charge(one);
    }
  }
}

Task<void> SharedLimits::keep(store::Spending& spending) {
  auto purge_at = clock_.steady_now();
  while (true) {
    co_await clock_.sleep(between_exchanges);
    try {
      co_await exchange(spending);
      if (clock_.steady_now() >= purge_at) {
        purge_at = clock_.steady_now() + between_spending_purges;
        co_await spending.purge();
      }
      is_failing_ = false;
    } catch (const Error& error) {
      // Until it succeeds, each process counts for itself.
      if (!is_failing_) log_.warning("limits_not_shared", {{"problem", error.message}});
      is_failing_ = true;
    }
  }
}

}  // namespace gmail_mcp::operation
