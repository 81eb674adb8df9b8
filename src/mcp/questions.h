#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mcp/jsonrpc.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

/// What a legacy client has answered to a request of the server.
struct Reply {
  bool is_error = false;  // the client refused, or its answer is of no use
  json::object result;    // {} for an error
};

/// The server's requests to one legacy client that are not answered yet. One thread.
class Questions {
 public:
  /// One request, open as long as this object lives. When it is destroyed without a reply, the
  /// client is told that it is cancelled.
  class Open;

  /// Hands a response of the client to whoever waits for it. One that answers no open request, or
  /// one that was answered before, is ignored. The result is copied.
  void answer(const Message& response, std::size_t most_bytes);
  /// The client is gone: everything open counts as refused. Nothing may be opened afterwards.
  void end();
  std::size_t open() const { return open_.size(); }

 private:
  std::unordered_map<std::string_view, Open*> open_;  // keys live in the questions
  bool ended_ = false;
};

class Questions::Open {
 public:
  /// `id` is that of the request, as JSON text. All but the id are borrowed; `waiting` is notified
  /// when the reply is there.
  Open(Questions& among, std::string id, Outlet& outlet, Wakeup& waiting);
  ~Open();
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

  const std::string& id() const { return id_; }
  /// nullptr: none yet.
  Reply* reply() { return reply_ ? &*reply_ : nullptr; }

 private:
  friend class Questions;

  Questions& among_;
  std::string id_;
  Outlet& outlet_;
  Wakeup& waiting_;
  std::optional<Reply> reply_;
};

/// How long a call has waited for answers of its client, which does not count as its own time.
class ClientTime {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  void begin(Moment now) { since_ = now; }
  void end(Moment now) {
    if (since_) past_ += now - *since_;
    since_.reset();
  }
  std::chrono::steady_clock::duration until(Moment now) const {
    return past_ + (since_ ? now - *since_ : std::chrono::steady_clock::duration{});
  }

 private:
  std::optional<Moment> since_;
  std::chrono::steady_clock::duration past_{};
};

}  // namespace gmail_mcp::mcp
