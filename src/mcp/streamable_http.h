#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "http/server.h"
#include "mcp/core.h"
#include "mcp/http_entry.h"
#include "mcp/http_reply.h"
#include "mcp/json_arena.h"
#include "mcp/running_call.h"
#include "mcp/session.h"

namespace gmail_mcp::mcp {

/// The Streamable HTTP transport: one path, all revisions side by side. It does not support
/// resuming, so its events have no ids. One thread. Must outlive every exchange it handles.
class StreamableHttp {
 public:
  StreamableHttp(Core& core, Authenticate authenticate, HttpOptions options, Clock& clock,
                 Log& log);

  /// Any method on the endpoint's path.
  Task<void> handle(http::Exchange& exchange);

  /// Ends every open subscription and GET stream properly and waits for that. Other requests go on:
  /// the HTTP server's own `stop` gives them time. Closes the core's bus.
  Task<void> stop();

  std::size_t sessions() const { return sessions_.size(); }
  /// GET streams of sessions, and subscriptions/listen.
  std::size_t open_streams() const { return open_streams_; }

 private:
  // Counts the streams that `stop` waits for.
  class OpenStream {
   public:
    explicit OpenStream(StreamableHttp& owner) : owner_{owner} { ++owner_.open_streams_; }
    ~OpenStream() {
      if (--owner_.open_streams_ == 0 && owner_.stopping_) owner_.stopping_->notify();
    }
    OpenStream(const OpenStream&) = delete;
    OpenStream& operator=(const OpenStream&) = delete;

   private:
    StreamableHttp& owner_;
  };

  Task<void> post(http::Exchange& exchange, PrincipalPtr principal);
  Task<void> get(http::Exchange& exchange, PrincipalPtr principal);
  Task<void> remove(http::Exchange& exchange, PrincipalPtr principal);

  Task<void> serve_modern(http::Exchange& exchange, Modern modern, PrincipalPtr principal);
  Task<void> serve_legacy(http::Exchange& exchange, Legacy legacy, SessionPtr session,
                          PrincipalPtr principal);
  Task<void> open_session(http::Exchange& exchange, Message message, PrincipalPtr principal);
  void start(std::vector<RunningCall>& running, Session* session);
  Task<void> attend(HttpReply& reply, std::vector<RunningCall>& running, bool bounded);
  Task<void> read_news_to(http::Exchange& exchange, Session& session, PrincipalPtr principal);

  Task<void> refuse_accept(http::Exchange& exchange, std::string id);
  Task<void> refuse_method(http::Exchange& exchange, int status);
  SessionPtr find_session(const http::RequestHead& head, const Principal& principal);
  Task<void> refuse_without_session(http::Exchange& exchange, std::string id);

  Core& core_;
  HttpEntry entry_;
  Clock& clock_;
  Log& log_;
  SessionTable sessions_;
  ArenaPool arenas_;
  std::size_t open_streams_ = 0;
  Wakeup* stopping_ = nullptr;
};

}  // namespace gmail_mcp::mcp
