#include "http/exchange.h"

#include <boost/asio/this_coro.hpp>

#include "base/error.h"
#include "base/side_task.h"
#include "base/text.h"

namespace gmail_mcp::http {

namespace {

namespace asio = boost::asio;

// Bodies up to this size are copied behind the head: sending one piece saves more than the copy
// costs.
constexpr std::size_t copied_body = std::size_t{16} << 10;
// A body counts twice: what is parsed from it exists beside it.
constexpr std::size_t weight_of_body = 2;
constexpr std::chrono::seconds disconnect_poll{1};
// Event streams are quiet for long, and nothing else shows that their client has vanished.
constexpr std::chrono::seconds longest_silence{30};

bool has_no_body(std::string_view method, int status) {
  return method == "HEAD" || status == 204 || status == 304;
}

// Returns when the task has ended or the client is gone.
Task<void> watch(SideTask& task, Connection& connection) {
  net::Stream& stream = connection.stream();
  bool unread = false;  // the client sent more, so readability no longer means that it ended
  while (!task.is_over()) {
    if (unread) {
      co_await task.over_within(disconnect_poll);
    } else {
      co_await stream.wait_readable();
      unread = true;
    }
    if (task.is_over()) co_return;
    if (stream.peer_is_gone()) connection.set_gone();
    if (connection.is_gone()) co_return;
  }
}

}  // namespace

ServedExchange::ServedExchange(Connection& connection, RequestParser& parser, Router::Match match)
    : connection_{connection}, parser_{parser}, match_{std::move(match)} {}

std::string_view ServedExchange::parameter(std::string_view name) const {
  for (const auto& parameter : match_.parameters) {
    if (parameter.first == name) return parameter.second;
  }
  return {};
}

void ServedExchange::belongs_to(std::string caller) {
  under_way_ = connection_.server().shares->requests.hold(caller);
  caller_ = std::move(caller);
  connection_.set_brought_a_caller();
  const auto answer = under_way_.resize(1);
  if (answer == FairShare::Answer::granted) return;
  Error full{Errc::unavailable, "Too many requests are under way.", "Try again in a moment."};
  if (answer == FairShare::Answer::own_share_is_full) {
    full = {Errc::rate_limited, "Too many requests of this caller are under way.",
            "Wait for the answers of some of them."};
  }
  throw std::move(full).with_retry_after(std::chrono::seconds{1});
}

// The whole body is counted before it arrives: of many large ones at once, some are accepted as a
// whole instead of a part of each.
void ServedExchange::hold_body() {
  const auto announced = parser_.announced_length().value_or(0);
  const auto there = std::max<std::size_t>(parser_.body().size(), announced);
  const std::size_t size = weight_of_body * there;
  if (size <= body_.size()) return;
  if (body_.size() == 0) {
    const auto& holder = caller_.empty() ? connection_.peer_address() : caller_;
    body_ = connection_.server().shares->body_bytes.hold(holder);
  }
  const auto answer = body_.resize(size);
  if (answer == FairShare::Answer::granted) return;
  Error full{Errc::unavailable, "Too many large requests are being received just now.",
             "Try again in a moment."};
  if (answer == FairShare::Answer::own_share_is_full) {
    full = {Errc::rate_limited, "Too many large requests of this caller are being received.",
            "Send fewer of them at once."};
  }
  throw std::move(full).with_retry_after(std::chrono::seconds{1});
}

Task<std::string> ServedExchange::read_body(std::size_t limit) {
  const auto announced = parser_.announced_length();
  if (announced.value_or(0) > limit || parser_.body().size() > limit) {
    body_refused_ = !announced;
    throw Error{Errc::too_large, "The request's body is too large.", "Send less in one request."};
  }
  hold_body();
  if (!parser_.is_complete()) {
    if (announced) parser_.body().reserve(*announced);
    parser_.limit_body(limit);
    if (parser_.expects_continue() && parser_.body().empty()) {
      continue_sent_ = true;
      co_await connection_.send_rest("HTTP/1.1 100 Continue\r\n\r\n");
    }
    connection_.arm(connection_.server().limits.body_time);
  }
  while (!parser_.is_complete()) {
    if (connection_.must_give_way()) co_await connection_.give_way();
    const auto before = parser_.body().size();
    const auto state = connection_.receive_now(parser_);
    if (parser_.refusal()) throw parser_.refusal()->error;
    hold_body();
    if (state == net::Stream::State::ok) {
      connection_.earn(parser_.body().size() - before);
      continue;
    }
    if (state == net::Stream::State::ended || state == net::Stream::State::failed) {
      connection_.set_gone();
      throw Error{Errc::unavailable, "The client is gone."};
    }
    co_await connection_.wait(state);
    if (connection_.expired()) {
      body_refused_ = body_timed_out_ = true;
      throw Error{Errc::timeout, "The request's body did not arrive in time."};
    }
  }
  connection_.disarm();
  co_return std::move(parser_.body());
}

bool ServedExchange::body_is_no_obstacle() const {
  if (parser_.refusal() || body_refused_) return false;
  if (parser_.is_complete()) return true;
  // A client that waits for "100 Continue" may send the body or not, so what comes next cannot be
  // told.
  if (parser_.expects_continue() && !continue_sent_) return false;
  // A chunked body does not say how much follows: try it.
  return parser_.announced_rest().value_or(0) <= Connection::drained_rest;
}

HeadOptions ServedExchange::begin_answer(const Response& response, Framing framing) {
  if (answered_) throw Error{Errc::internal, "A request was answered twice."};
  answered_ = true;
  auto& server = connection_.server();
  keep_alive_ = parser_.wants_keep_alive() && !server.stopping && body_is_no_obstacle() &&
                framing != Framing::until_close &&
                !equals_ignoring_case(response.headers.get("Connection"), "close");
  HeadOptions options;
  options.framing = framing;
  options.length = response.body.size();
  options.keep_alive = keep_alive_;
  options.http_1_0 = parser_.is_http_1_0();
  options.date = server.date;
  return options;
}

Task<void> ServedExchange::respond(Response response) {
  auto& out = connection_.server().out;
  out.clear();
  append_head(out, response, begin_answer(response, Framing::sized));
  std::string_view body = response.body;
  if (has_no_body(head().method, response.status)) body = {};
  if (body.size() <= copied_body) {
    out += body;
    body = {};
  }
  const auto progress = connection_.stream().try_write(out, body);
  if (progress.bytes == out.size() + body.size()) co_return;
  std::string rest;
  if (progress.bytes < out.size()) {
    rest = out.substr(progress.bytes);
  } else {
    body.remove_prefix(progress.bytes - out.size());
  }
  co_await connection_.send_rest(std::move(rest), body);
}

Task<void> ServedExchange::abort(std::string raw) {
  answered_ = true;
  co_await connection_.send_rest(std::move(raw));
  connection_.set_gone();
}

bool ServedExchange::disconnected() {
  if (!connection_.is_gone() && connection_.stream().peer_is_gone()) connection_.set_gone();
  return connection_.is_gone();
}

bool ServedExchange::delivered() {
  return answered_ && !connection_.is_gone() && !connection_.stream().is_broken();
}

Task<ResponseStream*> ServedExchange::stream(Response head) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto framing = parser_.is_http_1_0() ? Framing::until_close : Framing::chunked;
  std::string bytes;
  append_head(bytes, head, begin_answer(head, framing));
  co_await connection_.send_rest(std::move(bytes));
  connection_.stream().limit_silence(longest_silence);
  stream_.emplace(connection_, executor, framing, !has_no_body(parser_.head().method, head.status));
  co_return &*stream_;
}

Task<void> ServedExchange::until_disconnect(Task<void> task) {
  const Executor executor = co_await asio::this_coro::executor;
  net::Stream& stream = connection_.stream();
  SideTask side{executor, [&stream] { stream.interrupt(); }};
  side.start(std::move(task));
  // A task that never had to wait has ended by now and costs no system call.
  std::exception_ptr cancelled;
  if (!side.is_over()) {
    try {
      co_await watch(side, connection_);
    } catch (const std::exception&) {
      cancelled = std::current_exception();
    }
    side.cancel();
    co_await side.join();
  }
  if (cancelled) std::rethrow_exception(cancelled);
  if (connection_.is_gone()) throw Error{Errc::unavailable, "The client is gone."};
  side.rethrow();
}

Response ServedExchange::no_handler() const {
  const bool known = match_.status == 405;
  const Error error{known ? Errc::invalid_argument : Errc::not_found,
                    known ? "This address does not take that method." : "There is no such page."};
  Response answer = connection_.server().answer_for(error, match_.status, &head());
  if (known) answer.headers.set("Allow", match_.allow);
  return answer;
}

// Its frame lives as long as an event stream, and holds as little as it can.
Task<bool> ServedExchange::serve() {
  if (match_.handler == nullptr) {
    co_await respond(no_handler());
  } else {
    std::exception_ptr failure;
    try {
      co_await (*match_.handler)(*this);
    } catch (...) {
      failure = std::current_exception();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      answer_shutdown();
      co_return false;
    }
    if (failure || !answered_ || stream_) co_await conclude(std::move(failure));
    if (stream_ && keep_alive_) connection_.stream().limit_silence(std::chrono::milliseconds{0});
  }
  co_return keep_alive_ && !connection_.is_gone();
}

Task<void> ServedExchange::conclude(std::exception_ptr failure) {
  if (connection_.is_gone()) co_return;
  if (!answered_) {
    co_await answer_failure(failure);
  } else if (failure) {
    // The answer has begun: the only way to report a failure now is to break it off.
    if (stream_) keep_alive_ = false;
    static_cast<void>(explain(failure));
  } else if (stream_) {
    co_await stream_->finish();
  }
}

std::pair<Error, int> ServedExchange::explain(const std::exception_ptr& failure) {
  Log& log = connection_.server().log;
  Error error{Errc::internal, "Something went wrong in the server."};
  try {
    if (failure) std::rethrow_exception(failure);
    log.error("a handler did not answer", {{"method", head().method}});
  } catch (const Error& thrown) {
    error = thrown;
    if (error.code == Errc::internal) {
      log.error("a handler failed", {{"error", error.message}, {"detail", error.detail}});
    }
  } catch (const std::bad_alloc&) {
    error = Error{Errc::unavailable, "The server is out of memory.", "Try again later."};
    log.error("a handler found no memory");
  } catch (const std::exception& thrown) {
    log.error("a handler threw", {{"what", thrown.what()}});
  } catch (...) {
    log.error("a handler threw something that is not an exception");
  }
  if (parser_.refusal()) return {std::move(error), parser_.refusal()->status};
  const int status = body_timed_out_ ? 408 : http_status(error.code);
  return {std::move(error), status};
}

Task<void> ServedExchange::answer_failure(const std::exception_ptr& failure) {
  const auto explained = explain(failure);
  Response answer = connection_.server().answer_for(explained.first, explained.second, &head());
  co_await respond(std::move(answer));
}

void ServedExchange::answer_shutdown() {
  auto& server = connection_.server();
  if (answered_ || server.abandoned || connection_.is_gone()) return;
  const Error error{Errc::unavailable, "The server is shutting down.", "Try again."};
  const Response answer = server.answer_for(error, 503, &head());
  HeadOptions options = begin_answer(answer, Framing::sized);
  options.keep_alive = false;
  auto& out = server.out;
  out.clear();
  append_head(out, answer, options);
  if (!has_no_body(head().method, answer.status)) out += answer.body;
  connection_.stream().try_write(out);
}

}  // namespace gmail_mcp::http
