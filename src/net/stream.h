#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/task.h"

namespace gmail_mcp::net {

/// A connected byte stream: TCP, TLS or a pipe in memory. A resource: it has one owner, does not
/// move, stays on its thread, and outlives every wait on it.
///
/// A readiness interface: `try_*` move what can be moved at once, `wait_*` suspend. So a stream
/// that waits for its peer holds no buffer, and a call that can finish at once needs no coroutine.
class Stream {
 public:
  enum class State {
    ok,           // `bytes` were moved; more may follow at once
    needs_read,   // nothing moved: wait_readable() first
    needs_write,  // nothing moved: wait_writable() first (reading over TLS may need it too)
    ended,        // the peer has sent its last byte
    failed,       // broken: reset, not TLS, closed by us
  };
  struct Progress {
    std::size_t bytes = 0;
    State state = State::ok;
  };

  virtual ~Stream() = default;

  virtual Progress try_read(std::span<char> into) = 0;
  /// Sends from `head`, then from `body`, as if they were one.
  virtual Progress try_write(std::string_view head, std::string_view body) = 0;
  Progress try_write(std::string_view bytes) { return try_write(bytes, {}); }

  /// Completes when the other side has done something, and sometimes without reason: always try
  /// again. Cancellable; several tasks may wait.
  virtual Task<void> wait_readable() = 0;
  virtual Task<void> wait_writable() = 0;
  /// Ends all present waits, although nothing has happened.
  virtual void interrupt() = 0;

  /// True when the peer has ended or broken the connection, whatever is still unread.
  virtual bool peer_is_gone() = 0;
  /// True when the connection broke: the peer went away without taking all that was sent. A peer
  /// that only ended it, perhaps after reading everything, has not broken it.
  virtual bool is_broken() = 0;

  /// Breaks the connection when the peer acknowledges nothing of what was sent for so long, because
  /// it vanished without a word, or takes nothing; zero: after as long as the system tries, a
  /// quarter of an hour (TCP_USER_TIMEOUT, tcp(7)). Does nothing where there is no socket.
  virtual void limit_silence(std::chrono::milliseconds limit) { static_cast<void>(limit); }

  /// Says that we send nothing more (TLS close_notify, TCP FIN). Reading goes on.
  virtual void end_writing() = 0;
  virtual void close() = 0;

  /// Gives up the socket below, so that TLS can be started on it; -1 when it is not a plain socket.
  /// Afterwards the stream is closed, the connection is not.
  virtual int release() { return -1; }

  /// Reads at least one byte; 0 at the end. Throws Error{unavailable} when the stream broke.
  Task<std::size_t> read_some(std::span<char> into);
  /// Writes all of it. Throws Error{unavailable} when the peer is gone.
  Task<void> write(std::string_view bytes);
};

}  // namespace gmail_mcp::net
