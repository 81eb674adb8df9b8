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

/// The connections on which nothing is asked just now, who has waited longest first. One thread.
class WaitingConnections {
 public:
  using Place = std::list<Connection*>::iterator;

  Place enter(Connection& connection, bool brought_a_caller);
  void leave(Place place, bool brought_a_caller);
  /// Ends the wait of the one that others need least; false when there is none.
  bool end_one();

 private:
  std::list<Connection*> strangers_;  // on which nobody has said who he is
  std::list<Connection*> callers_;
};

/// What the connections of one server share. One thread. Private to this folder.
struct ServerState {
  ServerState(const Router& router, ErrorAnswer error_answer, const ServerLimits& limits,
              std::shared_ptr<CallerShares> shares, Clock& clock, Log& log);

  /// Brings `now` and `date` up to date: once a sweep, not once a request.
  void tick();
  Response answer_for(const Error& error, int status) const;

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
  // Filled and emptied without a suspension between, so one of each serves every connection.
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

  // An unread rest of a body up to this is read and forgotten to save the connection.
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
  /// Ends a wait for a request, without a word.
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
  /// A client that never pauses would be the only one who is heard: after so many bytes everybody
  /// else on the loop has a turn.
  bool must_give_way() const { return read_in_turn_ >= most_in_a_turn; }
  Task<void> give_way();
  /// From now on until `disarm` a wait ends after `limit`; then `expired()`.
  void arm(Duration limit) {
    deadline_ = server_->now + limit;
    expired_ = false;
  }
  bool is_armed() const { return deadline_ != std::chrono::steady_clock::time_point::max(); }
  /// So many bytes were moved: they earn time, up to what `body_time` gives from now on.
  void earn(std::size_t bytes);
  void disarm() { deadline_ = std::chrono::steady_clock::time_point::max(); }
  bool expired() const { return expired_; }

  /// Sends head and body, waiting as long as the client takes something; else it `is_gone`.
  Task<void> send_rest(std::string head, std::string_view body = {});

  const std::string& peer_address() const { return peer_address_; }
  /// Somebody has said who he is: it is worth more than one that any stranger may open.
  void set_brought_a_caller() { brought_a_caller_ = true; }

  bool is_gone() const { return gone_; }
  void set_gone() { gone_ = true; }

 private:
  enum class Outcome {
    nothing,  // no byte of a request was there after all
    served,
    over,  // the connection cannot be used any more
  };

  Task<Outcome> serve_one();
  Task<bool> drain(RequestParser& parser);
  Task<void> refuse(const Error& error, int status);
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
  std::size_t read_in_turn_ = 0;  // bytes since others had one
  std::optional<WaitingConnections::Place> waits_;
  bool brought_a_caller_ = false;
  bool expired_ = false;
  bool idle_ = false;
  bool gone_ = false;
  bool lingers_ = false;  // the client may still be sending: closing now could lose our answer
};

}  // namespace gmail_mcp::http
