#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "mcp/core.h"

namespace gmail_mcp::mcp {

/// The stdio transport: one JSON message a line, all revisions interleaved on one pair of file
/// descriptors. Each message is judged alone; `initialize` opens the process's one legacy session,
/// and self-contained requests still work beside it. One thread. The program must ignore SIGPIPE.
class Stdio {
 public:
  /// The descriptors are borrowed: they may be pipes, sockets, terminals or files. During `run`
  /// they are non-blocking; afterwards they are as they were before.
  Stdio(Core& core, PrincipalPtr principal, int input, int output, Clock& clock, Log& log);

  /// Serves until the input ends or nobody reads the output; then cancels the running requests,
  /// writes the queued messages and returns. When cancelled, it ends in the same way.
  Task<void> run();

 private:
  Core& core_;
  PrincipalPtr principal_;
  int input_;
  int output_;
  Clock& clock_;
  Log& log_;
};

}  // namespace gmail_mcp::mcp
