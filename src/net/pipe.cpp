#include "net/pipe.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <string>

namespace gmail_mcp::net {

namespace {

namespace asio = boost::asio;

// One direction. Waiting tasks wait on a timer that never expires and is cancelled on each change.
struct Lane {
  Lane(const Executor& executor, std::size_t capacity)
      : changed{executor, Timer::time_point::max()}, capacity{capacity} {}

  Timer changed;
  std::size_t capacity;
  std::string bytes;
  bool ended = false;   // the writer will write no more
  bool broken = false;  // the reader will read no more
  bool lost = false;    // something was written that nobody will read
};

class PipeEnd final : public Stream {
 public:
  PipeEnd(std::shared_ptr<Lane> in, std::shared_ptr<Lane> out)
      : in_{std::move(in)}, out_{std::move(out)} {}

  ~PipeEnd() override { close(); }

  Progress try_read(std::span<char> into) override {
    if (closed_) return {0, State::failed};
    if (in_->bytes.empty()) {
      return {0, in_->ended ? State::ended : State::needs_read};
    }
    const auto count = std::min(into.size(), in_->bytes.size());
    std::copy_n(in_->bytes.begin(), count, into.begin());
    in_->bytes.erase(0, count);
    in_->changed.cancel();
    return {count, State::ok};
  }

  Progress try_write(std::string_view head, std::string_view body) override {
    if (out_->broken) out_->lost = true;
    if (closed_ || out_->ended || out_->broken) return {0, State::failed};
    const auto room = out_->capacity - std::min(out_->capacity, out_->bytes.size());
    if (room == 0) return {0, State::needs_write};
    const auto from_head = std::min(room, head.size());
    const auto from_body = std::min(room - from_head, body.size());
    out_->bytes += head.substr(0, from_head);
    out_->bytes += body.substr(0, from_body);
    out_->changed.cancel();
    return {from_head + from_body, State::ok};
  }

  Task<void> wait_readable() override {
    if (closed_ || !in_->bytes.empty() || in_->ended) co_return;
    co_await wait(in_);
  }

  Task<void> wait_writable() override {
    if (closed_ || out_->ended || out_->broken || out_->bytes.size() < out_->capacity) co_return;
    co_await wait(out_);
  }

  void interrupt() override {
    in_->changed.cancel();
    out_->changed.cancel();
  }

  bool peer_is_gone() override { return in_->ended || out_->broken; }
  bool is_broken() override { return closed_ || out_->lost; }

  void end_writing() override {
    out_->ended = true;
    out_->changed.cancel();
  }

  void close() override {
    closed_ = true;
    end_writing();
    in_->broken = true;
    in_->lost = in_->lost || !in_->bytes.empty();
    in_->changed.cancel();
  }

 private:
  // The waiting frame keeps the lane alive, because what it wakes may destroy this end.
  static Task<void> wait(std::shared_ptr<Lane> lane) {
    boost::system::error_code ignored;
    co_await lane->changed.async_wait(asio::redirect_error(use_task, ignored));
  }

  std::shared_ptr<Lane> in_;
  std::shared_ptr<Lane> out_;
  bool closed_ = false;
};

}  // namespace

std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_pipe(const Executor& executor,
                                                                      std::size_t capacity) {
  auto there = std::make_shared<Lane>(executor, capacity);
  auto back = std::make_shared<Lane>(executor, capacity);
  return {std::make_unique<PipeEnd>(back, there), std::make_unique<PipeEnd>(there, back)};
}

}  // namespace gmail_mcp::net
