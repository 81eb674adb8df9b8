#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "net/stream.h"
#include "net/tls.h"

namespace gmail_mcp::sandbox {

/// A connection of lines, for IMAP and SMTP. Buffers hold only bytes that have not been used yet,
/// so that thousands of connections may wait. Its tasks throw Error{unavailable} when the peer is
/// gone. One thread.
class Wire {
 public:
  Wire(std::unique_ptr<net::Stream> stream, const Executor& executor);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// The next line without its CRLF (a bare LF ends one, too). Throws Error{too_large} when it has
  /// no end within `limit` bytes.
  Task<std::string> line(std::size_t limit);
  /// The next line if it is here, or comes before `interrupt()`.
  Task<std::optional<std::string>> line_unless_interrupted(std::size_t limit);
  /// Exactly so many bytes.
  Task<std::string> bytes(std::size_t count);
  /// The text before the line that is just a dot (RFC 5321 §4.5.2), with its CRLF; dots stay
  /// doubled. Only CRLF ends a line here, or one mail could smuggle in another. Throws
  /// Error{too_large}.
  Task<std::string> through_dot(std::size_t limit);
  /// Ends the current wait of `line_unless_interrupted`, or the next one.
  void interrupt();

  /// Queues text for the next flush.
  void put(std::string_view text) { out_ += text; }
  std::size_t unsent() const { return out_.size(); }
  Task<void> flush();
  /// Whether the peer has sent more than has been used.
  bool has_input() const { return !in_.empty(); }

  /// Uses TLS from here on, with us as the server (STARTTLS); bytes received before are dropped
  /// (RFC 3501 §6.2.1, RFC 3207 §4.2).
  void start_tls(std::shared_ptr<const net::TlsContext> identity);
  /// Uses DEFLATE in both directions from here on (RFC 4978).
  void start_compression();
  bool is_compressed() const { return deflate_ != nullptr; }

  /// Waits until the peer is gone, whatever it sends.
  Task<void> wait_for_the_end();
  void end_writing() { stream_->end_writing(); }
  void close() { stream_->close(); }

 private:
  class Deflate;
  enum class Got { bytes, nothing, end };

  Got fill();
  Task<void> wait();
  std::optional<std::string> take_line(std::size_t limit);

  std::unique_ptr<net::Stream> stream_;
  Executor executor_;
  std::string in_;
  std::size_t scanned_ = 0;  // of in_: no line ends before here
  std::string out_;
  bool interrupted_ = false;
  bool wants_write_ = false;  // TLS must write before it can read
  std::unique_ptr<Deflate> deflate_;
};

}  // namespace gmail_mcp::sandbox
