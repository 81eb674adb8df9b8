#include "http/response_stream.h"

#include <boost/asio/redirect_error.hpp>

#include "base/error.h"

namespace gmail_mcp::http {

namespace {

// An emptied queue larger than this gives its memory back, because a quiet stream should cost
// little.
constexpr std::size_t kept_queue = 64;

}  // namespace

ChunkedStream::ChunkedStream(Connection& connection, const Executor& executor, Framing framing,
                             bool open)
    : connection_{connection},
      framing_{framing},
      open_{open},
      changed_{executor, Timer::time_point::max()} {}

Task<void> ChunkedStream::write(std::string bytes) {
  if (!is_open()) fail();
  if (bytes.empty()) co_return;
  const auto before = queue_.size();
  if (framing_ == Framing::chunked) {
    append_chunk(queue_, bytes);
  } else {
    queue_ += bytes;
  }
  queued_total_ += queue_.size() - before;
  co_await flush();
}

Task<void> ChunkedStream::finish() {
  if (!is_open()) co_return;
  open_ = false;
  if (framing_ == Framing::chunked) {
    queue_ += "0\r\n\r\n";
    queued_total_ += 5;
  }
  co_await flush();
}

Task<void> ChunkedStream::flush() {
  struct Sending {
    ChunkedStream& stream;
    explicit Sending(ChunkedStream& stream) : stream{stream} { stream.sending_ = true; }
    ~Sending() {
      stream.sending_ = false;
      stream.changed_.cancel();
    }
  };
  const auto mark = queued_total_;
  while (sent_total_ < mark) {
    if (connection_.is_gone()) fail();
    if (sending_) {
      boost::system::error_code ignored;
      co_await changed_.async_wait(boost::asio::redirect_error(use_task, ignored));
      continue;
    }
    const auto progress = connection_.stream().try_write(std::string_view{queue_}.substr(offset_));
    switch (progress.state) {
      case net::Stream::State::ok:
        offset_ += progress.bytes;
        sent_total_ += progress.bytes;
        if (connection_.is_armed()) connection_.earn(progress.bytes);
        if (offset_ == queue_.size()) {
          connection_.disarm();
          queue_.clear();
          offset_ = 0;
          if (queue_.capacity() > kept_queue) queue_.shrink_to_fit();
        }
        changed_.cancel();
        break;
      case net::Stream::State::needs_read:
      case net::Stream::State::needs_write: {
        const Sending sending{*this};
        if (!connection_.is_armed()) connection_.arm(connection_.server().limits.body_time);
        co_await connection_.wait(progress.state);
        if (connection_.expired()) connection_.set_gone();
        break;
      }
      case net::Stream::State::ended:
      case net::Stream::State::failed: connection_.set_gone(); break;
    }
  }
}

void ChunkedStream::fail() { throw Error{Errc::unavailable, "The client is gone."}; }

}  // namespace gmail_mcp::http
