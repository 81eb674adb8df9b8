#include "mcp/running_call.h"

#include <algorithm>
#include <utility>

namespace gmail_mcp::mcp {

namespace {

Answer internal_error(const std::string& id, std::string sentence) {
  return {error_text(id, {RpcCode::internal_error, std::move(sentence)}), 200, true};
}

Task<void> run(Core& core, Call call, Answer& answer) {
  answer = co_await core.handle(std::move(call));
}

}  // namespace

RunningCall::RunningCall(const Executor& executor, Wakeup& attending, Call call)
    : task_{executor, [&attending] { attending.notify(); }},
      call_{std::move(call)},
      id_{call_.message.id} {}

void RunningCall::start(Core& core) {
  call_.client_time = &client_time_;
  task_.start(run(core, std::move(call_), answer_));
}

void RunningCall::expire() {
  if (task_.is_over()) return;
  expired_ = true;
  task_.cancel();
}

std::optional<Answer> RunningCall::outcome(Log& log) {
  if (expired_) return internal_error(id_, "The request took too long and was stopped.");
  if (task_.is_cancelled()) return std::nullopt;
  try {
    task_.rethrow();
  } catch (const std::exception& error) {
    log.error("mcp request failed", {{"detail", error.what()}});
    return internal_error(id_, "Something went wrong inside the server.");
  }
  return std::move(answer_);
}

std::chrono::milliseconds time_left(const std::vector<RunningCall>& running,
                                    ClientTime::Moment started, const Limits& limits,
                                    ClientTime::Moment now) {
  std::chrono::steady_clock::duration waited{};
  for (const auto& entry : running) waited = std::max(waited, entry.waited(now));
  return std::chrono::ceil<std::chrono::milliseconds>(started + limits.max_runtime + waited - now);
}

}  // namespace gmail_mcp::mcp
