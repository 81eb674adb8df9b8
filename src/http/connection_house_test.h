#pragma once

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <string>

#include "http/connection.h"
#include "net/pipe.h"

/// A server without a network, for tests of what goes over one connection: bytes in, bytes out.
namespace gmail_mcp::http::test {

inline Task<void> describe(Exchange& exchange) {
  const RequestHead& head = exchange.head();
  Response response;
  response.body = head.method + " " + head.path + "?" + head.query + " at " +
                  std::string{head.headers.get("Host")};
  co_await exchange.respond(std::move(response));
}

inline Task<void> echo(Exchange& exchange) {
  Response response;
  response.body = co_await exchange.read_body(100'000);
  co_await exchange.respond(std::move(response));
}

inline Task<void> read_little(Exchange& exchange) {
  Response response;
  response.body = co_await exchange.read_body(10);
  co_await exchange.respond(std::move(response));
}

inline Task<void> ignore_body(Exchange& exchange) {
  Response response;
  response.body = "ignored";
  co_await exchange.respond(std::move(response));
}

inline Task<void> show_name(Exchange& exchange) {
  Response response;
  response.body = "name=" + std::string{exchange.parameter("name")};
  co_await exchange.respond(std::move(response));
}

inline Task<void> no_content(Exchange& exchange) {
  Response response;
  response.status = 204;
  co_await exchange.respond(std::move(response));
}

inline Task<void> split_attempt(Exchange& exchange) {
  Response response;
  response.headers.add("X-Echo", "a\r\nSet-Cookie: evil=1");
  response.headers.add("Bad Name\r\n", "x");
  response.headers.add("Transfer-Encoding", "chunked");
  response.headers.add("content-length", "7");
  co_await exchange.respond(std::move(response));
}

inline Task<void> close_please(Exchange& exchange) {
  Response response;
  response.headers.add("Connection", "close");
  response.body = "bye";
  co_await exchange.respond(std::move(response));
}

inline Task<void> throw_error(Exchange&) {
  throw Error{Errc::conflict, "Somebody changed it.", "Read again."};
  co_return;
}

inline Task<void> throw_busy(Exchange&) {
  throw Error{Errc::rate_limited, "Too fast."}.with_retry_after(std::chrono::seconds{7});
  co_return;
}

inline Task<void> throw_other(Exchange&) {
  throw std::runtime_error{"secret of the house"};
  co_return;
}

inline Task<void> say_nothing(Exchange&) { co_return; }

inline Task<void> count_to_three(Exchange& exchange) {
  Response head;
  head.headers.add("Content-Type", "text/event-stream");
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  if (stream->is_open()) co_await stream->write("one ");
  if (stream->is_open()) co_await stream->write("two ");
  if (stream->is_open()) co_await stream->write("three");
}

inline Task<void> break_off(Exchange& exchange) {
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  co_await stream->write("so far so good");
  throw Error{Errc::unavailable, "no further"};
}

inline Task<void> drop(Exchange& exchange) {
  return exchange.abort("HTTP/1.1 200 OK\r\nContent-Le");
}

inline Response plain_error(const Error& error, int status, const RequestHead* /*head*/) {
  Response response;
  response.status = status;
  response.body = std::string{to_string(error.code)};
  return response;
}

struct House {
  House() {
    router.add("GET", "/", describe);
    router.add("*", "/any", describe);
    router.add("POST", "/echo", echo);
    router.add("POST", "/little", read_little);
    router.add("POST", "/ignore", ignore_body);
    router.add("GET", "/things/{name}", show_name);
    router.add("GET", "/things/special", describe);
    router.add("DELETE", "/things/{name}", show_name);
    router.add("GET", "/204", no_content);
    router.add("GET", "/split", split_attempt);
    router.add("GET", "/close", close_please);
    router.add("GET", "/conflict", throw_error);
    router.add("GET", "/busy", throw_busy);
    router.add("GET", "/threw", throw_other);
    router.add("GET", "/silent", say_nothing);
    router.add("GET", "/stream", count_to_three);
    router.add("GET", "/broken", break_off);
    router.add("GET", "/drop", drop);
  }

  // A connection served over a pipe of `capacity`; the other end is ours.
  void open(std::size_t capacity = std::size_t{1} << 20) {
    state = std::make_shared<ServerState>(router, plain_error, limits, shares, clock, *log);
    auto ends = net::make_pipe(loop.get_executor(), capacity);
    client = std::move(ends.second);
    net::Accepted accepted;
    accepted.stream = std::move(ends.first);
    accepted.peer_address = "192.0.2.7";
    connection = std::make_unique<Connection>(state, std::move(accepted), false);
    over = false;
    auto ended = [this](const std::exception_ptr&) { over = true; };
    boost::asio::co_spawn(
        loop.get_executor(), connection->run(),
        boost::asio::bind_cancellation_slot(connection->signal().slot(), std::move(ended)));
    settle();
  }

  // Runs until nothing can go on without the test.
  void settle() {
    loop.restart();
    loop.poll();
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto progress = client->try_write(bytes);
      if (progress.state != net::Stream::State::ok) return;
      bytes.remove_prefix(progress.bytes);
      settle();
    }
  }

  // What has arrived so far, without the Date fields.
  std::string received() {
    settle();
    std::array<char, 4096> piece;
    while (true) {
      const auto progress = client->try_read(piece);
      if (progress.state != net::Stream::State::ok) break;
      answer.append(piece.data(), progress.bytes);
      settle();
    }
    constexpr std::string_view date = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
    while (true) {
      const auto at = answer.find(date);
      if (at == std::string::npos) break;
      answer.erase(at, date.size());
    }
    return std::exchange(answer, {});
  }

  // Lets time pass and the server check its deadlines.
  void pass(std::chrono::seconds time) {
    clock.advance(time);
    state->now = clock.steady_now();
    connection->sweep();
    settle();
  }

  // The whole conversation: `bytes` in pieces of `step`, then the client's end.
  std::string talk(std::string_view bytes, std::size_t step) {
    open();
    while (!bytes.empty()) {
      send(bytes.substr(0, step));
      bytes.remove_prefix(std::min(step, bytes.size()));
    }
    client->end_writing();
    auto all = received();
    EXPECT_TRUE(over);
    return all;
  }

  boost::asio::io_context loop;
  ManualClock clock;
  std::string lines;
  std::unique_ptr<Log> log = Log::capture(lines);
  Router router;
  ServerLimits limits;
  std::shared_ptr<CallerShares> shares;  // none: made of the limits
  std::shared_ptr<ServerState> state;
  std::unique_ptr<net::Stream> client;
  std::unique_ptr<Connection> connection;
  std::string answer;
  bool over = false;
};

inline std::string ok(std::string_view body, std::string_view fields = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string{fields} + "\r\n" + std::string{body};
}

inline std::string refused(int status, std::string_view code) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string{reason_phrase(status)} +
         "\r\nContent-Length: " + std::to_string(code.size()) + "\r\nConnection: close\r\n\r\n" +
         std::string{code};
}

inline std::string failed(int status, std::string_view code, std::string_view fields = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string{reason_phrase(status)} + "\r\n" +
         std::string{fields} + "Content-Length: " + std::to_string(code.size()) + "\r\n\r\n" +
         std::string{code};
}

inline const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
inline const std::string got = ok("GET /? at h");

}  // namespace gmail_mcp::http::test
