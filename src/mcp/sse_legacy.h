#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "http/server.h"
#include "mcp/conversation.h"
#include "mcp/core.h"
#include "mcp/http_entry.h"

namespace gmail_mcp::mcp {

/// The HTTP+SSE transport of revision 2024-11-05, for clients that still use it. GET opens an event
/// stream whose first event gives the address to POST messages to: the same path with an
/// unguessable sessionId. Every answer is sent on the stream, and the end of the stream is the end
/// of its session and of everything running in it. The session belongs to the principal who opened
/// the stream; for all others it does not exist. A client may negotiate any legacy revision. One
/// thread. Must outlive every exchange it handles.
///
/// When the core's bus closes, a stream ends as soon as nothing runs in its session; the HTTP
/// server's own `stop` gives them time.
class SseLegacy {
 public:
  SseLegacy(Core& core, Authenticate authenticate, HttpOptions options, Clock& clock, Log& log);

  /// Any method on the endpoint's path.
  Task<void> handle(http::Exchange& exchange);

  std::size_t sessions() const { return open_.size(); }
  /// How many event streams each caller has.
  const FairShare& streams() const { return streams_; }

 private:
  struct Open {
    std::string owner;
    Conversation* conversation;
    bool spoken_to = false;  // a POST has come at least once
  };
  using OpenStreams = std::unordered_map<std::string, Open>;
  class Listed;

  Task<void> open(http::Exchange& exchange, PrincipalPtr principal);
  Task<void> post(http::Exchange& exchange, PrincipalPtr principal);
  Task<void> write_to(http::Exchange& exchange, Open& self, std::string endpoint);
  Open* find(std::string_view session_id, const Principal& principal);

  Core& core_;
  HttpEntry entry_;
  Clock& clock_;
  Log& log_;
  ArenaPool arenas_;
  OpenStreams open_;  // by session id
  FairShare streams_;
};

}  // namespace gmail_mcp::mcp
