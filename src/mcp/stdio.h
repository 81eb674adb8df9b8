#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "mcp/core.h"

namespace gmail_mcp::mcp {

/// The stdio transport: one JSON message a line, all revisions interleaved on one pair of file
/// descriptors. Each message is judged alone; `initialize` opens the process's one legacy session
/// beside which self-contained requests go on working. One thread. The program ignores SIGPIPE.
class Stdio {
 public:
  /// The descriptors are borrowed: they may be pipes, sockets, terminals or files. While `run`
  /// runs they do not block, afterwards they are as they were.
  Stdio(Core& core, PrincipalPtr principal, int input, int output, Clock& clock, Log& log);

  /// Serves until the input ends or nobody reads the output; then cancels what is running, writes
  /// what is written already and returns. Cancellable, with the same farewell.
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
