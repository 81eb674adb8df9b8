#include "mcp/http_reply.h"

#include <utility>

#include "http/sse.h"

namespace gmail_mcp::mcp {

namespace {

// The most messages that wait for a slow client; senders of more wait.
constexpr std::size_t most_queued = 64;
constexpr std::chrono::milliseconds usual_retry{1'000};

std::string retry_field(std::chrono::milliseconds retry) {
  return "retry: " + std::to_string(retry.count()) + '\n';
}

}  // namespace

http::Response event_stream_head(http::Headers extra) {
  http::Response head{200, std::move(extra), {}};
  head.headers.add("Content-Type", "text/event-stream");
  head.headers.add("Cache-Control", "no-cache");
  head.headers.add("X-Accel-Buffering", "no");
  return head;
}

std::string opening_event(const EventLog& events, EventLog::Number stream) {
  return retry_field(usual_retry) + http::sse_event({}, {}, events.opening_id(stream));
}

HttpReply::HttpReply(http::Exchange& exchange, http::Headers extra, Accepted accepted,
                     const Executor& executor)
    : exchange_{exchange},
      extra_{std::move(extra)},
      accepted_{accepted},
      wakeup_{executor},
      room_{executor} {}

HttpReply::~HttpReply() {
  if (number_) events_->end(*number_);
}

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

void HttpReply::add_header(std::string name, std::string value) {
  extra_.add(std::move(name), std::move(value));
}

void HttpReply::number_events(SessionPtr session, FairShare& room) {
  if (!accepted_.events) return;
  session_ = std::move(session);
  room_for_events_ = &room;
}

void HttpReply::close_stream(std::chrono::milliseconds retry) {
  if (!session_) return;
  close_asked_ = retry;
  wakeup_.notify();
}

Task<void> HttpReply::write_queued() {
  while (!queue_.empty()) {
    auto text = std::move(queue_.front());
    queue_.pop_front();
    room_.notify();
    co_await write_message(std::move(text));
  }
  if (close_asked_) co_await close_now();
}

Task<void> HttpReply::close_now() {
  const auto retry = *close_asked_;
  close_asked_.reset();
  co_await open();
  auto field = retry_field(retry) + '\n';
  co_await write(std::move(field));
  if (gone_ || is_cut_off()) co_return;
  cut_off_ = true;
  co_await stream_->finish();
}

Task<void> HttpReply::keep_alive() {
  if (!accepted_.events) co_return;
  co_await open();
  auto comment = http::sse_comment();
  co_await write(std::move(comment));
}

Task<void> HttpReply::write(std::string bytes) {
  if (gone_ || is_cut_off()) co_return;
  try {
    co_await stream_->write(std::move(bytes));
  } catch (const std::exception&) {
    lose_connection();
  }
}

Task<void> HttpReply::open() {
  if (stream_ || gone_) co_return;
  try {
    auto head = event_stream_head(extra_);
    // The client may come back for the rest while this request is still being served, and must not
    // wait behind it on the same connection.
    if (session_) head.headers.add("Connection", "close");
    stream_ = co_await exchange_.stream(std::move(head));
  } catch (const std::exception&) {
    lose_connection();
    co_return;
  }
  if (!session_) co_return;
  events_ = &session_->events(*room_for_events_);
  number_ = events_->begin_call();
  sender_.emplace(*events_, *number_, wakeup_);
  auto opening = opening_event(*events_, *number_);
  co_await write(std::move(opening));
}

Task<void> HttpReply::write_message(std::string text) {
  co_await open();
  std::string id;
  if (number_) id = events_->add(*number_, text);
  auto event = EventLog::written(text, id);
  co_await write(std::move(event));
}

// The client is gone. Whether that ends the request is not decided here.
void HttpReply::lose_connection() {
  if (number_) {
    cut_off_ = true;
  } else {
    abandon();
  }
}

void HttpReply::abandon() {
  gone_ = true;
  queue_.clear();
  room_.notify();
}

Task<void> HttpReply::finish(Answer answer) {
  if (!queue_.empty() || close_asked_) co_await write_queued();
  const bool reachable =
      answer.receipt.is_wanted() && !gone_ && !is_cut_off() && !exchange_.disconnected();
  const bool as_event = stream_ || (!accepted_.json && answer.http_status == 200);
  if (!as_event) {
    auto response =
        http::json_response(answer.http_status, std::move(answer.text), std::move(extra_));
    co_await exchange_.respond(std::move(response));
  } else {
    co_await write_message(std::move(answer.text));
    co_await finish_stream();
  }
  if (reachable && !gone_ && !is_cut_off() && exchange_.delivered()) answer.receipt.delivered();
  if (number_ && answer.receipt.is_wanted()) {
    events_->expect_delivery(*number_, std::move(answer.receipt));
  }
}

Task<void> HttpReply::finish_stream() {
  if (stream_ && !gone_ && !is_cut_off()) co_await stream_->finish();
}

Task<void> HttpReply::finish_without_answer() {
  co_await write_queued();
  if (!stream_) {
    http::Response response{202, std::move(extra_), {}};
    co_await exchange_.respond(std::move(response));
  } else {
    co_await finish_stream();
  }
}

}  // namespace gmail_mcp::mcp
