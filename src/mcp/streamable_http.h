#pragma once

#include <memory>
#include <optional>
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
#include "mcp/process_memory.h"
#include "mcp/running_call.h"
#include "mcp/session.h"

namespace gmail_mcp::mcp {

/// The Streamable HTTP transport: one path, all revisions side by side. One thread. Must outlive
/// every exchange it handles.
///
/// The id of a session says what the session is, so a session that is not in memory (after a
/// restart, in another process, after an idle hour) is opened again for its owner, with what
/// SessionMemory knows of it, until it is ended or was left alone for `session_lifetime`.
class StreamableHttp {
 public:
  StreamableHttp(Core& core, Authenticate authenticate, HttpOptions options, Clock& clock,
                 Log& log);

  /// Any method on the endpoint's path.
  Task<void> handle(http::Exchange& exchange);

  /// Ends every open subscription and GET stream properly and waits for that. Other requests go on:
  /// the HTTP server's own `stop` gives them time. Closes the core's bus.
  Task<void> stop();

  /// Another process has ended this session, or has changed what is remembered of it. All names are
  /// those of SessionMemory.
  void ended_elsewhere(const std::string& name);
  void changed_elsewhere(const std::string& name);
  /// Anything may have changed.
  void all_may_have_changed();

  std::size_t sessions() const { return sessions_.size(); }
  /// The bytes of events that are kept for clients that lost a stream, by shareholder.
  const FairShare& kept_events() const { return kept_events_; }
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

  Task<std::unique_ptr<Modern>> post(http::Exchange& exchange, PrincipalPtr principal);
  Task<void> get(http::Exchange& exchange, PrincipalPtr principal);
  Task<void> remove(http::Exchange& exchange, PrincipalPtr principal);

  Task<void> serve_unknown(http::Exchange& exchange, Error unknown_now);
  Task<void> serve_modern(http::Exchange& exchange, Modern modern, PrincipalPtr principal);
  Task<void> serve_listen(http::Exchange& exchange, std::unique_ptr<Modern> modern,
                          PrincipalPtr principal);
  Task<void> tell(http::Exchange& exchange, std::unique_ptr<Modern> modern, PrincipalPtr principal);
  Task<std::unique_ptr<Listening>> begin_listening(http::Exchange& exchange,
                                                   std::unique_ptr<Modern> modern,
                                                   PrincipalPtr principal);
  Task<void> serve_legacy(http::Exchange& exchange, Legacy legacy, SessionPtr session,
                          PrincipalPtr principal);
  Task<void> open_session(http::Exchange& exchange, Message message, PrincipalPtr principal);
  void start(std::vector<RunningCall>& running, Session* session);
  Task<void> attend(HttpReply& reply, std::vector<RunningCall>& running);
  Task<void> read_news(http::Exchange& exchange, SessionPtr session, PrincipalPtr principal,
                       std::optional<EventLog::Place> seen);
  Task<void> read_news_to(http::Exchange& exchange, SessionPtr session, PrincipalPtr principal,
                          std::optional<EventLog::Place> seen);
  Task<void> send_rest(http::Exchange& exchange, SessionPtr session, EventLog::Place seen);
  Task<void> send_rest_to(http::Exchange& exchange, SessionPtr session, EventLog::Place seen);
  Task<EventLog::Place> send_kept(http::Exchange& exchange, http::ResponseStream* stream,
                                  SessionPtr session, EventLog::Place seen);

  Task<void> finish(http::Exchange& exchange, HttpReply& reply, Answer answer);
  Task<void> challenge(http::Exchange& exchange, Error error);
  Task<void> refuse_accept(http::Exchange& exchange, std::string id);
  Task<void> refuse_method(http::Exchange& exchange, int status);
  Task<void> refuse_without_session(http::Exchange& exchange, std::string id);

  SessionPtr session_here(const http::RequestHead& head, const Principal& principal);
  SessionFact fact_of(const http::RequestHead& head, const Principal& principal,
                      const SessionPtr& here) const;
  Task<SessionPtr> find_session(http::Exchange& exchange, PrincipalPtr principal, std::string id);
  Task<SessionPtr> open_again(std::string id, PrincipalPtr principal);
  Task<std::optional<RememberedSession>> remembered(std::string name);
  Task<void> refresh(SessionPtr session);
  Task<void> save(SessionPtr session, PrincipalPtr principal);

  Core& core_;
  HttpEntry entry_;
  Clock& clock_;
  Log& log_;
  SessionIds ids_;
  ProcessMemory own_memory_;
  SessionMemory& memory_;
  std::uint64_t heard_elsewhere_ = 0;
  bool is_memory_failing_ = false;
  FairShare kept_events_;
  SessionTable sessions_;
  ArenaPool arenas_;
  std::size_t open_streams_ = 0;
  Wakeup* stopping_ = nullptr;
};

}  // namespace gmail_mcp::mcp
