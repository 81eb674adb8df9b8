#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/receipt.h"
#include "base/task.h"
#include "mcp/call_list.h"
#include "mcp/classify.h"
#include "mcp/core.h"
#include "mcp/json_arena.h"
#include "mcp/running_call.h"

namespace gmail_mcp::mcp {

/// One client's messages in both directions, for transports on which answers do not use the
/// request's own channel: stdio, and the event stream of HTTP+SSE. Each message is judged alone;
/// `initialize` opens the one legacy session, and self-contained requests still work beside it.
/// Outgoing messages are queued here and written by the one writing task of the transport, so that
/// cancelling a request never cuts a message. One thread. Must be ended and joined before it is
/// destroyed.
class Conversation final : public Outlet {
 public:
  struct Bounds {
    std::size_t running = 0;          // requests at once
    std::size_t queued_messages = 0;  // for a client that reads slowly
    std::size_t queued_bytes = 0;
  };

  /// A whole message; its writer calls `receipt.delivered()` once it is handed over.
  struct Said {
    std::string text;
    Receipt receipt = {};
  };

  Conversation(Core& core, PrincipalPtr principal, Bounds bounds, Clock& clock, Log& log,
               const Executor& executor);

  /// Serves one message, parsed into `memory`, as far as possible without waiting; the rest
  /// continues by itself. `caller` has the identity of the principal and takes its place, because
  /// its credential is the newest. Returns what is wrong with the message, if anything.
  std::optional<Reject> accept(ArenaPool::Lease memory, json::value message, PrincipalPtr caller);

  /// Queues a message at once, even when the queue is full.
  void queue(std::string message, Receipt receipt = {});
  /// Waits while the queue is full.
  Task<void> send(std::string message) override;
  void say(std::string message) override;
  bool is_gone() override { return abandoned_; }

  /// The one that spoke last.
  const Principal& principal() const { return *principal_; }

  bool is_full() const;
  /// Returns when the queue is no longer full, or something else has changed.
  Task<void> until_room(std::chrono::milliseconds limit = std::chrono::milliseconds::max());

  // For the writing task.
  std::optional<Said> take();
  Wakeup& queued() { return queued_; }

  /// True when nothing runs and everything is written.
  bool is_idle() const { return calls_.empty() && queue_.empty(); }

  /// Accepts no more messages and cancels what is running; queued messages may still be written.
  void end();
  bool ended() const { return ended_; }
  /// To be called when the client no longer reads: ends the conversation and drops the queue.
  void abandon();
  bool abandoned() const { return abandoned_; }
  /// Waits until nothing of it is running.
  UntilOver join() { return tasks_.join(); }

 private:
  void accept_modern(ArenaPool::Lease memory, Modern modern, PrincipalPtr caller);
  void accept_legacy(ArenaPool::Lease memory, Legacy legacy, const PrincipalPtr& caller);
  void open_session(Message message, PrincipalPtr caller);
  void start(ArenaPool::Lease memory, std::vector<Call> calls, std::vector<std::string> answers,
             bool batch);
  Task<void> serve(ArenaPool::Lease memory, std::vector<Call> calls,
                   std::vector<std::string> answers, bool batch);
  Task<void> wait_for_room();
  Task<void> settle(std::vector<RunningCall>& running, Wakeup& wakeup, bool bounded);
  Task<void> read_news(SessionPtr session);
  void report(const std::exception_ptr& thrown);

  Core& core_;
  PrincipalPtr principal_;
  Bounds bounds_;
  Clock& clock_;
  Log& log_;
  Executor executor_;
  std::deque<Said> queue_;
  std::size_t queued_bytes_ = 0;
  Wakeup queued_;
  Wakeup room_;
  TaskGroup tasks_;
  SessionPtr session_;  // without a revision until `initialize`
  CallList calls_;
  bool ended_ = false;
  bool abandoned_ = false;
};

}  // namespace gmail_mcp::mcp
