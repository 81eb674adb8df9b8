#include "sandbox/wire.h"

#include <zlib.h>

#include <array>

#include "base/error.h"
#include "net/socket_stream.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr std::size_t chunk = std::size_t{16} << 10;
// The most that a single read may inflate to, against compression bombs.
constexpr std::size_t max_inflated = std::size_t{64} << 20;

[[noreturn]] void gone() { throw Error{Errc::unavailable, "The peer is gone."}; }

}  // namespace

class Wire::Deflate {
 public:
  Deflate() {
    // Negative window bits: raw DEFLATE, without zlib's header (RFC 4978 §4).
    const bool good = deflateInit2(&out_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8,
                                   Z_DEFAULT_STRATEGY) == Z_OK &&
                      inflateInit2(&in_, -15) == Z_OK;
    if (!good) throw Error{Errc::internal, "Compression could not begin."};
  }
  ~Deflate() {
    deflateEnd(&out_);
    inflateEnd(&in_);
  }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  std::string pack(std::string_view plain) {
    std::string packed;
    out_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    out_.avail_in = static_cast<uInt>(plain.size());
    do {
      out_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      out_.avail_out = static_cast<uInt>(buffer_.size());
      deflate(&out_, Z_SYNC_FLUSH);
      packed.append(buffer_.data(), buffer_.size() - out_.avail_out);
    } while (out_.avail_out == 0);
    return packed;
  }

  void unpack(std::string_view packed, std::string& into) {
    in_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    in_.avail_in = static_cast<uInt>(packed.size());
    std::size_t total = 0;
    do {
      in_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      in_.avail_out = static_cast<uInt>(buffer_.size());
      const int result = inflate(&in_, Z_SYNC_FLUSH);
      const auto count = buffer_.size() - in_.avail_out;
      into.append(buffer_.data(), count);
      total += count;
      const bool dry = result == Z_BUF_ERROR && count == 0;
      if ((result != Z_OK && !dry) || total > max_inflated) gone();
      if (dry) break;
    } while (in_.avail_in > 0 || in_.avail_out == 0);
  }

 private:
  z_stream out_{};
  z_stream in_{};
  std::array<char, chunk> buffer_;
};

Wire::Wire(std::unique_ptr<net::Stream> stream, const Executor& executor)
    : stream_{std::move(stream)}, executor_{executor} {}

Wire::~Wire() = default;

// Reads once. The buffer is on the stack: a connection that waits holds none.
Wire::Got Wire::fill() {
  std::array<char, chunk> buffer;
  const auto progress = stream_->try_read(buffer);
  wants_write_ = progress.state == net::Stream::State::needs_write;
  switch (progress.state) {
    case net::Stream::State::ok: break;
    case net::Stream::State::needs_read:
    case net::Stream::State::needs_write: return Got::nothing;
    case net::Stream::State::ended:
    case net::Stream::State::failed: return Got::end;
  }
  const std::string_view bytes{buffer.data(), progress.bytes};
  if (deflate_) {
    deflate_->unpack(bytes, in_);
  } else {
    in_ += bytes;
  }
  return Got::bytes;
}

Task<void> Wire::wait() {
  return wants_write_ ? stream_->wait_writable() : stream_->wait_readable();
}

std::optional<std::string> Wire::take_line(std::size_t limit) {
  const auto end = in_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = in_.size();
    if (in_.size() > limit) throw Error{Errc::too_large, "The line is too long."};
    return std::nullopt;
  }
  if (end > limit) throw Error{Errc::too_large, "The line is too long."};
  auto text = in_.substr(0, end);
  if (text.ends_with('\r')) text.pop_back();
  scanned_ = 0;
  if (end + 1 == in_.size()) {
    in_ = {};  // frees the memory, too
  } else {
    in_.erase(0, end + 1);
  }
  return text;
}

Task<std::string> Wire::line(std::size_t limit) {
  while (true) {
    if (auto text = take_line(limit)) co_return std::move(*text);
    const auto got = fill();
    if (got == Got::end) gone();
    if (got == Got::nothing) co_await wait();
  }
}

Task<std::optional<std::string>> Wire::line_unless_interrupted(std::size_t limit) {
  while (true) {
    if (auto text = take_line(limit)) co_return std::move(text);
    if (std::exchange(interrupted_, false)) co_return std::nullopt;
    const auto got = fill();
    if (got == Got::end) gone();
    if (got == Got::nothing) co_await wait();
  }
}

Task<std::string> Wire::bytes(std::size_t count) {
  while (in_.size() < count) {
    const auto got = fill();
    if (got == Got::end) gone();
    if (got == Got::nothing) co_await wait();
  }
  scanned_ = 0;
  if (in_.size() == count) co_return std::exchange(in_, {});
  auto text = in_.substr(0, count);
  in_.erase(0, count);
  co_return text;
}

Task<std::string> Wire::through_dot(std::size_t limit) {
  constexpr std::string_view mark = "\r\n.\r\n";
  while (true) {
    const bool empty = in_.starts_with(mark.substr(2));
    const auto begin = in_.find(mark, scanned_ < mark.size() ? 0 : scanned_ - mark.size());
    if (empty || begin != std::string::npos) {
      scanned_ = 0;
      auto text = empty ? std::string{} : in_.substr(0, begin + 2);
      in_.erase(0, text.size() + 3);
      co_return text;
    }
    scanned_ = in_.size();
    if (in_.size() > limit) throw Error{Errc::too_large, "The mail is too large."};
    const auto got = fill();
    if (got == Got::end) gone();
    if (got == Got::nothing) co_await wait();
  }
}

void Wire::interrupt() {
  interrupted_ = true;
  stream_->interrupt();
}

Task<void> Wire::flush() {
  if (out_.empty()) co_return;
  auto text = std::exchange(out_, {});
  if (deflate_) text = deflate_->pack(text);
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto progress = stream_->try_write(rest);
    switch (progress.state) {
      case net::Stream::State::ok: rest.remove_prefix(progress.bytes); break;
      case net::Stream::State::needs_read: co_await stream_->wait_readable(); break;
      case net::Stream::State::needs_write: co_await stream_->wait_writable(); break;
      case net::Stream::State::ended:
      case net::Stream::State::failed: gone();
    }
  }
}

void Wire::start_tls(std::shared_ptr<const net::TlsContext> identity) {
  const int descriptor = stream_->release();
  if (descriptor < 0) gone();
  in_ = {};
  scanned_ = 0;
  stream_ = net::make_tls_server_stream(executor_, descriptor, std::move(identity));
}

void Wire::start_compression() {
  deflate_ = std::make_unique<Deflate>();
  // Bytes that came in the same packet as the command are already compressed.
  if (!in_.empty()) {
    const auto packed = std::exchange(in_, {});
    deflate_->unpack(packed, in_);
  }
  scanned_ = 0;
}

Task<void> Wire::wait_for_the_end() {
  while (true) {
    const auto got = fill();
    in_ = {};
    if (got == Got::end) co_return;
    if (got == Got::nothing) co_await wait();
  }
}

}  // namespace gmail_mcp::sandbox
