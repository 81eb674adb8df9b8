#pragma once

#include <string>

#include "http/connection.h"
#include "http/response_writer.h"

namespace gmail_mcp::http {

/// A streamed answer whose head has been sent. Several tasks may write: each appends its chunk to
/// one queue and waits until it is out; a writer that finds no other sending does the sending. A
/// cancelled writer leaves its chunk in the queue, so the framing stays whole.
class ChunkedStream final : public ResponseStream {
 public:
  /// `open` is false for the answer to HEAD.
  ChunkedStream(Connection& connection, const Executor& executor, Framing framing, bool open);

  Task<void> write(std::string bytes) override;
  Task<void> finish() override;
  bool is_open() const override { return open_ && !connection_.is_gone(); }

 private:
  Task<void> flush();
  [[noreturn]] void fail();

  Connection& connection_;
  Framing framing_;
  bool open_;
  bool sending_ = false;  // a task waits for the client to take more
  std::string queue_;
  std::size_t offset_ = 0;        // of queue_: sent already
  std::size_t queued_total_ = 0;  // since the head
  std::size_t sent_total_ = 0;
  Timer changed_;  // never expires; cancelled when something went out
};

}  // namespace gmail_mcp::http
