#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/request_parser.h"
#include "http/server.h"
#include "net/listen.h"
#include "net/stream.h"

namespace gmail_mcp::http {

class Connection;

/// The connections that wait for a request, the longest-waiting first. One thread.
class WaitingConnections {
 public:
  using Place = std::list<Connection*>::iterator;

  Place enter(Connection& connection, bool brought_a_caller);
  void leave(Place place, bool brought_a_caller);
  /// Ends the wait of the least important one; false when no connection waits.
  bool end_one();

 private:
  std::list<Connection*> strangers_;  // on which no caller has been recognised
  std::list<Connection*> callers_;
};

/// What the connections of one server share. One thread. Private to this folder.
struct ServerState {
  ServerState(const Router& router, ErrorAnswer error_answer, const ServerLimits& limits,
              std::shared_ptr<CallerShares> shares, Clock& clock, Log& log);

  /// Updates `now` and `date`: once a sweep, not once a request.
  void tick();
  Response answer_for(const Error& error, int status, const RequestHead* head = nullptr) const;

  const Router& router;
  ErrorAnswer error_answer;
  ServerLimits limits;
  std::shared_ptr<CallerShares> shares;
  Clock& clock;
  Log& log;

  bool stopping = false;   // no further request on any connection
  bool abandoned = false;  // the server is gone: touch nothing it borrowed
  std::chrono::steady_clock::time_point now;
  std::string date;
  // Filled and emptied without a suspension in between, so all connections can share these.
  std::unique_ptr<char[]> scratch;
  std::string out;
  WaitingConnections waiting;
};

/// One connection: reads requests, runs their handlers one after another, keeps the deadlines.
/// A resource; on its server's thread.
class Connection {
 public:
  using State = net::Stream::State;
  using Duration = std::chrono::steady_clock::duration;

  // An unread rest of a body up to this size is read and dropped, so that the connection can be
  // kept.
  static constexpr std::size_t drained_rest = std::size_t{64} << 10;
  static constexpr std::size_t most_in_a_turn = std::size_t{64} << 10;

  Connection(std::shared_ptr<ServerState> server, net::Accepted accepted, bool tls);
  ~Connection() { stop_waiting(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves until the connection is over.
  Task<void> run();

  /// Ends it if it waits for a request.
  void close_if_idle();
  /// Ends a wait for a request without sending anything.
  void end_wait();
  /// Ends the wait that has lasted too long, if there is one.
  void sweep();
  boost::asio::cancellation_signal& signal() { return signal_; }

  // For the exchange.

  ServerState& server() { return *server_; }
  net::Stream& stream() { return *stream_; }

  /// Gives `parser` what has been read already and then what can be read at once.
  State receive_now(RequestParser& parser);
  Task<void> wait(State what);
  /// A client that never pauses would keep all others from being served: after so many bytes the
  /// rest of the loop has a turn.
  bool must_give_way() const { return read_in_turn_ >= most_in_a_turn; }
  Task<void> give_way();
  /// From now until `disarm`, a wait ends after `limit` and `expired()` is true.
  void arm(Duration limit) {
    deadline_ = server_->now + limit;
    expired_ = false;
  }
  bool is_armed() const { return deadline_ != std::chrono::steady_clock::time_point::max(); }
  /// Bytes that were moved earn more time, but never more than `body_time` from now on.
  void earn(std::size_t bytes);
  void disarm() { deadline_ = std::chrono::steady_clock::time_point::max(); }
  bool expired() const { return expired_; }

  /// Sends head and body, waiting as long as the client keeps taking some; after that it `is_gone`.
  Task<void> send_rest(std::string head, std::string_view body = {});

  const std::string& peer_address() const { return peer_address_; }
  /// A caller was recognised here: this connection is kept before one that any stranger can open.
  void set_brought_a_caller() { brought_a_caller_ = true; }

  bool is_gone() const { return gone_; }
  void set_gone() { gone_ = true; }

 private:
  enum class Outcome {
    nothing,  // not one byte of a request has arrived
    served,
    over,  // the connection can no longer be used
  };

  Task<Outcome> serve_one();
  Task<bool> drain(RequestParser& parser);
  Task<void> refuse(const Error& error, int status);
  Task<void> refuse_late();
  Task<void> linger();
  void take(RequestParser& parser, std::string_view bytes);
  void take_input(RequestParser& parser);
  void begin_waiting();
  void stop_waiting();

  std::shared_ptr<ServerState> server_;
  std::unique_ptr<net::Stream> stream_;
  std::string peer_address_;
  bool peer_is_loopback_;
  bool local_is_loopback_;
  bool tls_;
  std::string input_;  // read, but not yet understood: part of a head, or the next request
  boost::asio::cancellation_signal signal_;
  std::chrono::steady_clock::time_point deadline_;
  std::size_t read_in_turn_ = 0;  // bytes since the others had their turn
  std::optional<WaitingConnections::Place> waits_;
  bool brought_a_caller_ = false;
  bool expired_ = false;
  bool idle_ = false;
  bool gone_ = false;
  bool lingers_ = false;  // the client may still be sending: closing now could lose our answer
};

}  // namespace gmail_mcp::http
