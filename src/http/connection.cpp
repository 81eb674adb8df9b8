#include "http/connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/error.h"
#include "http/date.h"
#include "http/exchange.h"
#include "http/response_writer.h"

namespace gmail_mcp::http {

namespace {

constexpr std::size_t scratch_size = std::size_t{64} << 10;
// A waiting connection keeps no larger input buffer than this.
constexpr std::size_t kept_capacity = 1024;
constexpr std::chrono::seconds linger_time{5};

}  // namespace

WaitingConnections::Place WaitingConnections::enter(Connection& connection, bool brought_a_caller) {
  auto& list = brought_a_caller ? callers_ : strangers_;
  return list.insert(list.end(), &connection);
}

void WaitingConnections::leave(Place place, bool brought_a_caller) {
  (brought_a_caller ? callers_ : strangers_).erase(place);
}

bool WaitingConnections::end_one() {
  auto& list = strangers_.empty() ? callers_ : strangers_;
  if (list.empty()) return false;
  list.front()->end_wait();
  return true;
}

ServerState::ServerState(const Router& router, ErrorAnswer error_answer, const ServerLimits& limits,
                         std::shared_ptr<CallerShares> shares, Clock& clock, Log& log)
    : router{router},
      error_answer{std::move(error_answer)},
      limits{limits},
      shares{std::move(shares)},
      clock{clock},
      log{log},
      // Not make_unique, which would touch all of the memory now.
      scratch{new char[scratch_size]} {
  if (!this->shares) this->shares = std::make_shared<CallerShares>(limits);
  tick();
}

void ServerState::tick() {
  now = clock.steady_now();
  date = format_date(clock.now());
}

Response ServerState::answer_for(const Error& error, int status, const RequestHead* head) const {
  Response answer;
  if (error_answer) {
    answer = error_answer(error, status, head);
  } else {
    answer.status = status;
    answer.headers.add("Content-Type", "text/plain; charset=utf-8");
    answer.body = error.message + "\n";
  }
  if (error.retry_after && answer.headers.find("Retry-After") == nullptr) {
    answer.headers.add("Retry-After", std::to_string(error.retry_after->count()));
  }
  return answer;
}

Connection::Connection(std::shared_ptr<ServerState> server, net::Accepted accepted, bool tls)
    : server_{std::move(server)},
      stream_{std::move(accepted.stream)},
      peer_address_{std::move(accepted.peer_address)},
      peer_is_loopback_{accepted.peer_is_loopback},
      local_is_loopback_{accepted.local_is_loopback},
      tls_{tls} {
  disarm();
}

Task<void> Connection::run() {
  arm(server_->limits.header_time);
  while (!server_->stopping) {
    begin_waiting();
    if (must_give_way()) co_await give_way();
    if (input_.empty()) {
      // Keeps no buffer while there is nothing to read.
      if (input_.capacity() > kept_capacity) std::string{}.swap(input_);
      idle_ = true;
      co_await stream_->wait_readable();
      if (expired_ || server_->stopping) break;
    }
    const Outcome outcome = co_await serve_one();
    if (outcome == Outcome::over) break;
    if (outcome == Outcome::served) arm(server_->limits.idle_time);
  }
  stop_waiting();
  disarm();
  if (!gone_) stream_->end_writing();
  if (lingers_ && !gone_) co_await linger();
  stream_->close();
}

// Its frame lives as long as an event stream, and holds as little as it can.
Task<Connection::Outcome> Connection::serve_one() {
  RequestParser parser{server_->limits.header_bytes};
  if (!input_.empty()) {
    take_input(parser);
  } else {
    const State state = receive_now(parser);
    if (state == State::needs_read) co_return Outcome::nothing;
    if (state == State::needs_write) {
      co_await wait(state);
      co_return expired_ ? Outcome::over : Outcome::nothing;
    }
    if (state != State::ok) {
      gone_ = true;
      co_return Outcome::over;
    }
  }
  idle_ = false;
  if (!parser.head_is_complete() && !parser.refusal()) arm(server_->limits.header_time);
  while (!parser.head_is_complete() && !parser.refusal()) {
    if (must_give_way()) co_await give_way();
    const State state = receive_now(parser);
    if (state == State::ok) continue;
    if (state == State::ended || state == State::failed) {
      gone_ = true;
      co_return Outcome::over;
    }
    co_await wait(state);
    if (expired_) {
      co_await refuse_late();
      co_return Outcome::over;
    }
  }
  stop_waiting();
  disarm();
  if (parser.refusal() && !parser.head_is_complete()) {
    co_await refuse(parser.refusal()->error, parser.refusal()->status);
    co_return Outcome::over;
  }
  RequestHead& head = parser.head();
  head.peer_address = peer_address_;
  head.peer_is_loopback = peer_is_loopback_;
  head.local_is_loopback = local_is_loopback_;
  head.tls = tls_;
  ServedExchange exchange{*this, parser, server_->router.match(head.method, head.path)};
  const bool alive = co_await exchange.serve();
  if (alive && parser.is_complete()) co_return Outcome::served;
  const bool drained = alive && co_await drain(parser);
  lingers_ = !drained && (!parser.is_complete() || !input_.empty());
  co_return drained ? Outcome::served : Outcome::over;
}

Connection::State Connection::receive_now(RequestParser& parser) {
  const auto progress = stream_->try_read({server_->scratch.get(), scratch_size});
  read_in_turn_ += progress.bytes;
  if (progress.state == State::ok) take(parser, {server_->scratch.get(), progress.bytes});
  return progress.state;
}

Task<void> Connection::give_way() {
  const Executor executor = co_await boost::asio::this_coro::executor;
  read_in_turn_ = 0;
  co_await boost::asio::post(executor, use_task);
}

void Connection::take(RequestParser& parser, std::string_view bytes) {
  if (!input_.empty()) {
    input_ += bytes;
    return take_input(parser);
  }
  const std::size_t used = parser.feed(bytes);
  if (used < bytes.size()) input_ = bytes.substr(used);
}

void Connection::take_input(RequestParser& parser) {
  const std::size_t used = parser.feed(input_);
  input_.erase(0, used);
}

Task<void> Connection::wait(State what) {
  return what == State::needs_write ? stream_->wait_writable() : stream_->wait_readable();
}

Task<void> Connection::send_rest(std::string head, std::string_view body) {
  std::string_view first = head;
  while (!gone_ && !(first.empty() && body.empty())) {
    const auto progress =
        stream_->try_write(first.empty() ? body : first, first.empty() ? std::string_view{} : body);
    switch (progress.state) {
      case State::ok: {
        if (is_armed()) earn(progress.bytes);
        const auto from_first = std::min(progress.bytes, first.size());
        first.remove_prefix(from_first);
        body.remove_prefix(progress.bytes - from_first);
        break;
      }
      case State::needs_read:
      case State::needs_write:
        if (!is_armed()) arm(server_->limits.body_time);
        co_await wait(progress.state);
        if (expired_) gone_ = true;
        break;
      case State::ended:
      case State::failed: gone_ = true; break;
    }
  }
  disarm();
}

Task<void> Connection::refuse_late() {
  const Error late{Errc::timeout, "The request's head did not arrive in time."};
  co_await refuse(late, 408);
}

Task<void> Connection::refuse(const Error& error, int status) {
  lingers_ = true;
  const Response answer = server_->answer_for(error, status);
  HeadOptions options;
  options.length = answer.body.size();
  options.keep_alive = false;
  options.date = server_->date;
  std::string bytes;
  append_head(bytes, answer, options);
  co_await send_rest(std::move(bytes), answer.body);
}

Task<bool> Connection::drain(RequestParser& parser) {
  parser.drop_body(drained_rest);
  arm(server_->limits.header_time);
  while (!parser.is_complete()) {
    if (must_give_way()) co_await give_way();
    const State state = receive_now(parser);
    if (parser.refusal()) co_return false;
    if (state == State::ok) continue;
    if (state == State::ended || state == State::failed) {
      gone_ = true;
      co_return false;
    }
    co_await wait(state);
    if (expired_) co_return false;
  }
  disarm();
  co_return true;
}

Task<void> Connection::linger() {
  // RFC 9112 §9.6: closing with unread bytes resets the connection, and the client may lose an
  // answer it has not read yet.
  input_.clear();
  idle_ = true;
  arm(linger_time);
  while (!expired_ && !server_->stopping) {
    if (must_give_way()) co_await give_way();
    const auto progress = stream_->try_read({server_->scratch.get(), scratch_size});
    read_in_turn_ += progress.bytes;
    if (progress.state == State::ok) continue;
    if (progress.state == State::ended || progress.state == State::failed) break;
    co_await wait(progress.state);
  }
}

void Connection::begin_waiting() {
  if (!waits_) waits_ = server_->waiting.enter(*this, brought_a_caller_);
}

void Connection::stop_waiting() {
  if (!waits_) return;
  server_->waiting.leave(*waits_, brought_a_caller_);
  waits_.reset();
}

void Connection::end_wait() {
  stop_waiting();
  disarm();
  // Its place is needed now: send no answer and do not wait until one is read.
  expired_ = gone_ = true;
  stream_->interrupt();
}

void Connection::earn(std::size_t bytes) {
  using namespace std::chrono;
  const auto& limits = server_->limits;
  const auto earned = milliseconds{bytes * 1000 / limits.slowest_transfer};
  deadline_ =
      std::min<steady_clock::time_point>(deadline_ + earned, server_->now + limits.body_time);
}

void Connection::close_if_idle() {
  if (idle_) stream_->interrupt();
}

void Connection::sweep() {
  if (server_->now < deadline_) return;
  disarm();
  expired_ = true;
  stream_->interrupt();
}

}  // namespace gmail_mcp::http
