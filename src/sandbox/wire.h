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

/// A connection that speaks in lines: what IMAP and SMTP share. Buffers hold only what has not been
/// used yet, so that thousands may wait. Its tasks throw Error{unavailable} when the peer is gone.
/// One thread.
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
  /// What comes before the line that is a dot (RFC 5321 §4.5.2), with its CRLF; dots stay doubled.
  /// Only CRLF ends a line here, or one mail could smuggle in another. Throws Error{too_large}.
  Task<std::string> through_dot(std::size_t limit);
  /// Ends the wait of `line_unless_interrupted`, at once or the next time.
  void interrupt();

  /// What is put leaves with the next flush.
  void put(std::string_view text) { out_ += text; }
  std::size_t unsent() const { return out_.size(); }
  Task<void> flush();
  /// Whether the peer has sent more than was read.
  bool has_input() const { return !in_.empty(); }

  /// From here on TLS, our side being the server (STARTTLS): what came before it is forgotten
  /// (RFC 3501 §6.2.1, RFC 3207 §4.2).
  void start_tls(std::shared_ptr<const net::TlsContext> identity);
  /// From here on DEFLATE in both directions (RFC 4978).
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
  bool wants_write_ = false;  // what TLS waits for
  std::unique_ptr<Deflate> deflate_;
};

}  // namespace gmail_mcp::sandbox
