#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <string>

#include "http/message.h"
#include "http/server.h"
#include "mcp/core.h"
#include "mcp/http_gate.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

/// The answer to one POST: a plain JSON object, or an event stream once there is something to send
/// before the answer. What requests send is queued and written by the one task that attends to the
/// exchange, so that a request that is cancelled midway does not damage the stream. One thread.
///
/// With `number_events` a lost connection loses nothing: what comes later is kept by the session,
/// and its client asks for it.
class HttpReply final : public Outlet {
 public:
  HttpReply(http::Exchange& exchange, http::Headers extra, Accepted accepted,
            const Executor& executor);
  ~HttpReply() override;
  HttpReply(const HttpReply&) = delete;
  HttpReply& operator=(const HttpReply&) = delete;

  /// To be called before the first message.
  void add_header(std::string name, std::string value);
  /// The session keeps the events in `room`, once this becomes a stream.
  void number_events(SessionPtr session, FairShare& room);

  /// Notified when something is queued; the attending task waits on it.
  Wakeup& wakeup() { return wakeup_; }

  Task<void> send(std::string message) override;
  void say(std::string message) override;
  void close_stream(std::chrono::milliseconds retry) override;
  bool has_begun() const { return stream_ != nullptr; }
  bool is_gone() override { return gone_ || (!number_ && exchange_.disconnected()); }

  // For the attending task only.
  Task<void> write_queued();
  Task<void> keep_alive();
  /// From now on nothing is written, and senders do not wait.
  void abandon();
  Task<void> finish(Answer answer);
  /// Ends the exchange without an answer, for a cancelled request.
  Task<void> finish_without_answer();

 private:
  Task<void> open();
  Task<void> write(std::string bytes);
  Task<void> write_message(std::string text);
  Task<void> close_now();
  Task<void> finish_stream();
  void lose_connection();
  bool is_cut_off() const { return cut_off_ || (sender_ && sender_->is_replaced()); }

  http::Exchange& exchange_;
  http::Headers extra_;
  Accepted accepted_;
  Wakeup wakeup_;
  Wakeup room_;
  std::list<std::string> queue_;
  http::ResponseStream* stream_ = nullptr;
  bool gone_ = false;
  SessionPtr session_;  // of numbered events
  FairShare* room_for_events_ = nullptr;
  EventLog* events_ = nullptr;
  std::optional<EventLog::Number> number_;
  std::optional<EventLog::Sender> sender_;
  bool cut_off_ = false;  // what is said goes into the log only
  std::optional<std::chrono::milliseconds> close_asked_;
};

/// The head of an event stream.
http::Response event_stream_head(http::Headers extra);
/// The first event of a stream whose events have ids: it says only where the stream begins, and
/// when to come back after a loss.
std::string opening_event(const EventLog& events, EventLog::Number stream);

}  // namespace gmail_mcp::mcp
