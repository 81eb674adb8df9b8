#pragma once

#include <memory>
#include <string>

#include "app/program.h"
#include "base/task.h"

namespace gmail_mcp::app {

/// Over stdio and for `connect`: serves the pages for connecting on the loopback redirect URI while
/// a flow is pending. If the port is taken by another gmail-mcp on the same database, that one
/// finishes the flow; when it ends, this one takes its place. One loop; close before the program.
class CallbackListener {
 public:
  CallbackListener(boost::asio::io_context& loop, Program& program);
  ~CallbackListener();

  /// Begins to listen, or continues for the lifetime of another flow. Once closed, it does nothing.
  void wake();
  /// The same while a message waits for approval. Returns why its page may not open, and what to do
  /// about that, in one sentence; "" while it is served.
  std::string serve_approvals();
  /// True while it has the port.
  bool is_listening() const;
  Task<void> close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::app
