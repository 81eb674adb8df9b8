#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fair_share.h"
#include "base/log.h"
#include "base/task.h"
#include "http/message.h"

namespace gmail_mcp::http {

/// The head of a request; the body is not read yet.
struct RequestHead {
  std::string method;  // upper case as sent
  std::string path;    // still percent-encoded, without the query
  std::string query;   // without '?'
  Headers headers;
  std::string peer_address;  // IP of the other end of the socket, as text
  bool peer_is_loopback = false;
  bool local_is_loopback =
      false;  // our own address of the socket is reachable from this machine only
  bool tls = false;
};

/// An answer that is written piece by piece: server-sent events. A resource; belongs to one
/// exchange and its thread. Several tasks of that thread may call write, one after another.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  /// Sends `bytes` as one chunk. Throws Error{unavailable} when the client is gone.
  virtual Task<void> write(std::string bytes) = 0;
  /// Ends the answer properly. Idempotent.
  virtual Task<void> finish() = 0;
  virtual bool is_open() const = 0;
};

/// One request and the chance to answer it once. A resource; the handler borrows it until its task
/// ends. If a handler ends without an answer, 500 is sent; if it throws, the server's error answer
/// is sent (or a begun stream is cut).
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const RequestHead& head() const = 0;

  /// A `{name}` of the matched route, percent-decoded; "" if there is none.
  virtual std::string_view parameter(std::string_view name) const = 0;

  /// Says whose request this is, once the head has shown it: until it is answered, the request and
  /// its body count against this caller's share. Before that, the body counts against the share of
  /// the peer's address. Throws Errc::rate_limited when this caller has too many under way.
  virtual void belongs_to(std::string caller) = 0;

  /// The whole body. Throws Errc::too_large beyond `limit` (declared or actual), Errc::timeout when
  /// it comes too slowly. Call at most once. When a handler answers without reading it, the client
  /// loses nothing but the connection.
  virtual Task<std::string> read_body(std::size_t limit) = 0;

  /// Answers. Content-Length is added. Call once.
  virtual Task<void> respond(Response response) = 0;

  /// Sends `raw` as it stands (a piece of an answer, or nothing) and drops the connection, without
  /// a TLS goodbye. Only for the sandbox, which simulates a Google that fails in the middle. Called
  /// instead of respond; nothing else may follow.
  virtual Task<void> abort(std::string raw) = 0;

  /// Begins a streamed answer (`head.body` is ignored). The stream lives as long as the exchange. A
  /// client that acknowledges nothing of it for 30 s is taken to be gone.
  virtual Task<ResponseStream*> stream(Response head) = 0;

  /// Runs `task`, cancelling it when the client goes away before it ends; then the exchange needs
  /// no answer and Errc::unavailable is thrown. Other clients' requests are not affected.
  virtual Task<void> until_disconnect(Task<void> task) = 0;

  /// True when the client is gone: a write failed, until_disconnect saw it, or its socket says so
  /// now. Costs a system call. A client that only ends its own side counts as gone, too.
  virtual bool disconnected() = 0;

  /// To be asked after the answer: false when the connection is known to have broken before the
  /// client had all of it. A client that has merely ended the connection may have read it first.
  /// Ask `disconnected()` before the answer, too. Costs a system call.
  virtual bool delivered() = 0;
};

using Handler = std::function<Task<void>(Exchange&)>;

/// Which handler answers which request. Filled at start, then only read.
class Router {
 public:
  /// `pattern` is a path whose segments may be `{name}`; a literal segment wins over `{name}`.
  /// `method` "*" means any.
  void add(std::string method, std::string pattern, Handler handler);

  struct Match {
    const Handler* handler = nullptr;  // nullptr: `status` (404 or 405) applies
    int status = 404;
    std::string allow;  // for 405
    std::vector<std::pair<std::string, std::string>> parameters;
  };
  Match match(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    bool has_parameters;
    Handler handler;
  };
  std::vector<Route> routes_;
  // Routes without `{name}` by their path: nearly every request ends here.
  std::map<std::string, std::vector<std::size_t>, std::less<>> literal_;
};

struct ServerLimits {
  std::size_t header_bytes = 32 << 10;
  // A body counts twice: what is parsed from it exists beside it.
  std::size_t body_bytes_in_flight = std::size_t{288} << 20;  // of all requests together
  std::size_t body_bytes_of_one = std::size_t{144} << 20;     // caller
  std::size_t requests_of_one = 10'000;                       // caller, under way at once
  std::chrono::seconds header_time{10};
  // The time for a body, sent or read; each `slowest_transfer` bytes buy another second, but never
  // more than this in advance.
  std::chrono::seconds body_time{60};
  std::size_t slowest_transfer = std::size_t{16} << 10;  // bytes a second
  std::chrono::seconds idle_time{75};
  // Above this number the connection that has waited longest for a request is closed, first those
  // on which no caller was ever recognised.
  std::size_t connections = 20'000;
  std::chrono::milliseconds sweep_every{1'000};  // how late a deadline may be noticed
};

/// What the callers of all servers of one process share. One loop.
struct CallerShares {
  explicit CallerShares(const ServerLimits& limits)
      : body_bytes{{limits.body_bytes_in_flight, limits.body_bytes_of_one}},
        requests{{limits.connections, limits.requests_of_one}} {}

  FairShare body_bytes;
  FairShare requests;  // under way, of callers who said who they are
};

struct TlsIdentity {
  std::string certificate_file;  // PEM chain
  std::string key_file;
};

struct ListenOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  std::optional<TlsIdentity> tls;
  ServerLimits limits;
  bool reuse_port = false;
  std::shared_ptr<CallerShares> shares;  // with other servers; none: made of `limits`
};

/// What the server sends when no handler answers: for an unknown path, a bad request line, a
/// handler that threw. The product's one error shape is plugged in here. `head` is borrowed for the
/// call; nullptr: none was read.
using ErrorAnswer =
    std::function<Response(const Error& error, int suggested_status, const RequestHead* head)>;

/// An HTTP/1.1 server on one loop: accepts from construction until `stop`.
class Server {
 public:
  /// Binds at once; throws Error{misconfigured} ("Port 8000 is in use…") when it cannot.
  static std::unique_ptr<Server> listen(boost::asio::io_context& loop, const ListenOptions& options,
                                        const Router& router, ErrorAnswer error_answer,
                                        Clock& clock, Log& log);
  virtual ~Server() = default;

  virtual std::uint16_t port() const = 0;
  virtual std::size_t open_connections() const = 0;

  /// Accepts no more, lets running exchanges finish for `grace`, cancels the rest, closes idle
  /// connections at once. Returns when nothing of the server runs any more.
  virtual Task<void> stop(std::chrono::milliseconds grace) = 0;

  /// Reads certificate and key again (SIGHUP). Throws and keeps the old ones when they are bad.
  /// False: there are none.
  virtual bool reload_tls() = 0;
};

}  // namespace gmail_mcp::http
