#pragma once

#include <optional>
#include <string>

#include "mcp/protocol.h"
#include "mcp/server.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

/// Sends what a handler reports while it works, as far as the caller's revision and wishes allow
/// it. Lives as long as the call.
class RequestProgress final : public Progress {
 public:
  /// `token` is null when the caller gave none.
  RequestProgress(Outlet& outlet, const Revision& revision, json::value token,
                  std::optional<Severity> log_level);

  Task<void> report(double progress, std::optional<double> total, std::string message) override;
  Task<void> log(std::string level, json::value data) override;
  void close_stream(std::chrono::milliseconds retry) override { outlet_.close_stream(retry); }
  bool caller_is_gone() override { return outlet_.is_gone(); }

 private:
  Outlet& outlet_;
  const Revision& revision_;
  json::value token_;
  std::optional<Severity> log_level_;
  std::optional<double> reported_;
};

}  // namespace gmail_mcp::mcp
