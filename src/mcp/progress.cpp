#include "mcp/progress.h"

#include <cmath>
#include <utility>

namespace gmail_mcp::mcp {

namespace {

// Written as 50, not 5E1, because some clients read numbers with a regular expression.
json::value number(double value) {
  constexpr double exact = 9'007'199'254'740'992.0;  // 2^53
  if (std::trunc(value) == value && std::abs(value) <= exact) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

}  // namespace

RequestProgress::RequestProgress(Outlet& outlet, const Revision& revision, json::value token,
                                 std::optional<Severity> log_level)
    : outlet_{outlet}, revision_{revision}, token_(std::move(token)), log_level_{log_level} {}

Task<void> RequestProgress::report(double progress, std::optional<double> total,
                                   std::string message) {
  // Progress must grow: clients may end a request that reports anything else.
  if (token_.is_null() || !std::isfinite(progress) || (reported_ && progress <= *reported_)) {
    co_return;
  }
  reported_ = progress;
  json::object params{{"progressToken", token_}, {"progress", number(progress)}};
  if (total) params.emplace("total", number(*total));
  if (revision_.progress_message && !message.empty()) params.emplace("message", message);
  auto text = notification_text("notifications/progress", params);
  co_await outlet_.send(std::move(text));
}

Task<void> RequestProgress::log(std::string level, json::value data) {
  const auto severity = parse_severity(level);
  if (!severity || !log_level_ || *severity < *log_level_) co_return;
  json::object params{{"level", level}, {"data", std::move(data)}};
  auto text = notification_text("notifications/message", params);
  co_await outlet_.send(std::move(text));
}

}  // namespace gmail_mcp::mcp
