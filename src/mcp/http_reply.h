#pragma once

#include <deque>
#include <string>

#include "http/message.h"
#include "http/server.h"
#include "mcp/core.h"
#include "mcp/http_gate.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

/// The answer to one POST: a plain JSON object, or an event stream once there is something to send
/// before the answer. What requests send is queued and written by the one task that attends to the
/// exchange, so that a request that is cancelled midway does not damage the stream. One thread.
class HttpReply final : public Outlet {
 public:
  HttpReply(http::Exchange& exchange, http::Headers extra, Accepted accepted,
            const Executor& executor);

  /// Notified when something is queued; the attending task waits on it.
  Wakeup& wakeup() { return wakeup_; }

  Task<void> send(std::string message) override;
  void say(std::string message) override;
  bool is_gone() override { return gone_ || exchange_.disconnected(); }

  // For the attending task only.
  Task<void> write_queued();
  Task<void> keep_alive();
  /// From now on nothing is written, and senders do not wait.
  void abandon();
  Task<void> finish(Answer answer);
  /// Ends the exchange without an answer, for a cancelled request.
  Task<void> finish_without_answer();

 private:
  Task<void> write(std::string bytes);

  http::Exchange& exchange_;
  http::Headers extra_;
  Accepted accepted_;
  Wakeup wakeup_;
  Wakeup room_;
  std::deque<std::string> queue_;
  http::ResponseStream* stream_ = nullptr;
  bool gone_ = false;
};

/// The head of an event stream.
http::Response event_stream_head(http::Headers extra);

}  // namespace gmail_mcp::mcp
