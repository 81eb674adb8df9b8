#include "mcp/http_reply.h"

#include <utility>

#include "http/sse.h"

namespace gmail_mcp::mcp {

namespace {

// The most messages that wait for a slow client; senders of more wait.
constexpr std::size_t most_queued = 64;

}  // namespace

http::Response event_stream_head(http::Headers extra) {
  http::Response head{200, std::move(extra), {}};
  head.headers.add("Content-Type", "text/event-stream");
  head.headers.add("Cache-Control", "no-cache");
  head.headers.add("X-Accel-Buffering", "no");
  return head;
}

HttpReply::HttpReply(http::Exchange& exchange, http::Headers extra, Accepted accepted,
                     const Executor& executor)
    : exchange_{exchange},
      extra_{std::move(extra)},
      accepted_{accepted},
      wakeup_{executor},
      room_{executor} {}

Task<void> HttpReply::send(std::string message) {
  if (!accepted_.events) co_return;
  while (queue_.size() >= most_queued && !gone_) co_await room_.wait();
  say(std::move(message));
}

void HttpReply::say(std::string message) {
  if (gone_ || !accepted_.events) return;
  queue_.push_back(std::move(message));
  wakeup_.notify();
}

Task<void> HttpReply::write_queued() {
  while (!queue_.empty()) {
    auto event = http::sse_event("message", queue_.front());
    queue_.pop_front();
    room_.notify();
    co_await write(std::move(event));
  }
}

Task<void> HttpReply::keep_alive() {
  if (!accepted_.events) co_return;
  auto comment = http::sse_comment();
  co_await write(std::move(comment));
}

Task<void> HttpReply::write(std::string bytes) {
  if (gone_) co_return;
  try {
    if (!stream_) {
      auto head = event_stream_head(extra_);
      stream_ = co_await exchange_.stream(std::move(head));
    }
    co_await stream_->write(std::move(bytes));
  } catch (const std::exception&) {
    // The client is gone. Whether that ends the request is not decided here.
    abandon();
  }
}

void HttpReply::abandon() {
  gone_ = true;
  queue_.clear();
  room_.notify();
}

Task<void> HttpReply::finish(Answer answer) {
  co_await write_queued();
  const bool reachable = answer.receipt.is_wanted() && !is_gone();
  const bool as_event = stream_ || (!accepted_.json && answer.http_status == 200);
  if (!as_event) {
    auto response =
        http::json_response(answer.http_status, std::move(answer.text), std::move(extra_));
    co_await exchange_.respond(std::move(response));
  } else {
    auto event = http::sse_event("message", answer.text);
    co_await write(std::move(event));
    if (stream_ && !gone_) co_await stream_->finish();
  }
  if (reachable && !gone_ && exchange_.delivered()) answer.receipt.delivered();
}

Task<void> HttpReply::finish_without_answer() {
  co_await write_queued();
  if (!stream_) {
    http::Response response{202, std::move(extra_), {}};
    co_await exchange_.respond(std::move(response));
  } else if (!gone_) {
    co_await stream_->finish();
  }
}

}  // namespace gmail_mcp::mcp
