#include "net/stream.h"

#include "base/error.h"

namespace gmail_mcp::net {

Task<std::size_t> Stream::read_some(std::span<char> into) {
  while (true) {
    const Progress progress = try_read(into);
    switch (progress.state) {
      case State::ok: co_return progress.bytes;
      case State::needs_read: co_await wait_readable(); break;
      case State::needs_write: co_await wait_writable(); break;
      case State::ended: co_return 0;
      case State::failed: throw Error{Errc::unavailable, "The connection broke."};
    }
  }
}

Task<void> Stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const Progress progress = try_write(bytes);
    switch (progress.state) {
      case State::ok: bytes.remove_prefix(progress.bytes); break;
      case State::needs_read: co_await wait_readable(); break;
      case State::needs_write: co_await wait_writable(); break;
      case State::ended:
      case State::failed: throw Error{Errc::unavailable, "The connection broke."};
    }
  }
}

}  // namespace gmail_mcp::net
