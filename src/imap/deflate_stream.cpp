#include "imap/deflate_stream.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/error.h"

namespace gmail_mcp::imap {

namespace {

// Commands are short: a small window compresses them as well and costs 20 KiB, not 256.
constexpr int deflate_window = -12;
constexpr int deflate_memory = 5;
constexpr int inflate_window = -15;
constexpr std::size_t input_size = std::size_t{8} << 10;
constexpr std::size_t most_at_once = std::size_t{64} << 10;

class DeflateStream final : public net::Stream {
 public:
  explicit DeflateStream(std::unique_ptr<net::Stream> inner) : inner_{std::move(inner)} {
    const bool ready = inflateInit2(&in_, inflate_window) == Z_OK &&
                       deflateInit2(&out_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, deflate_window,
                                    deflate_memory, Z_DEFAULT_STRATEGY) == Z_OK;
    if (!ready) throw Error{Errc::internal, "Compression could not be set up."};
  }

  ~DeflateStream() override {
    inflateEnd(&in_);
    deflateEnd(&out_);
  }

  Progress try_read(std::span<char> into) override {
    if (into.empty()) return {};
    while (true) {
      in_.next_out = reinterpret_cast<Bytef*>(into.data());
      in_.avail_out = static_cast<uInt>(into.size());
      const int outcome = inflate(&in_, Z_SYNC_FLUSH);
      const auto count = into.size() - in_.avail_out;
      // A full buffer means that more may be inside zlib.
      may_hold_more_ = in_.avail_out == 0;
      if (count > 0) return {count, State::ok};
      if (outcome == Z_STREAM_END) return {0, State::ended};
      if (outcome != Z_OK && outcome != Z_BUF_ERROR) return {0, State::failed};
      const auto progress = inner_->try_read(input_);
      if (progress.state != State::ok) return progress;
      in_.next_in = reinterpret_cast<Bytef*>(input_.data());
      in_.avail_in = static_cast<uInt>(progress.bytes);
    }
  }

  // Takes the bytes once earlier ones are sent; they may leave only with the next write or wait.
  Progress try_write(std::string_view head, std::string_view body) override {
    const auto flushed = flush();
    if (flushed != State::ok) return {0, flushed};
    const auto bytes = (head.empty() ? body : head).substr(0, most_at_once);
    out_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    out_.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, 4096> room;
    do {
      out_.next_out = reinterpret_cast<Bytef*>(room.data());
      out_.avail_out = room.size();
      if (deflate(&out_, Z_SYNC_FLUSH) == Z_STREAM_ERROR) return {0, State::failed};
      unsent_.append(room.data(), room.size() - out_.avail_out);
    } while (out_.avail_out == 0);
    if (flush() == State::failed) return {0, State::failed};
    return {bytes.size(), State::ok};
  }

  Task<void> wait_readable() override {
    while (!unsent_.empty()) {
      const auto state = flush();
      if (state == State::needs_write) co_await inner_->wait_writable();
      if (state == State::needs_read || state == State::failed || state == State::ended) break;
    }
    if (in_.avail_in > 0 || may_hold_more_) co_return;
    co_await inner_->wait_readable();
  }

  Task<void> wait_writable() override { return inner_->wait_writable(); }
  void interrupt() override { inner_->interrupt(); }
  bool peer_is_gone() override { return inner_->peer_is_gone(); }
  bool is_broken() override { return inner_->is_broken(); }
  void end_writing() override {
    flush();
    inner_->end_writing();
  }
  void close() override { inner_->close(); }

 private:
  State flush() {
    while (!unsent_.empty()) {
      const auto progress = inner_->try_write(unsent_, {});
      if (progress.state != State::ok) return progress.state;
      unsent_.erase(0, progress.bytes);
    }
    return State::ok;
  }

  std::unique_ptr<net::Stream> inner_;
  z_stream in_{};
  z_stream out_{};
  std::array<char, input_size> input_;
  std::string unsent_;
  bool may_hold_more_ = false;
};

}  // namespace

std::unique_ptr<net::Stream> make_deflate_stream(std::unique_ptr<net::Stream> inner) {
  return std::make_unique<DeflateStream>(std::move(inner));
}

}  // namespace gmail_mcp::imap
