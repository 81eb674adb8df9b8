#include "http/connection.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <string>

#include "net/pipe.h"

// What goes over the wire, as transcripts: bytes in, bytes out.

namespace gmail_mcp::http {
namespace {

// --- a server without a network
// ---------------------------------------------------------------------

Task<void> describe(Exchange& exchange) {
  const RequestHead& head = exchange.head();
  Response response;
  response.body = head.method + " " + head.path + "?" + head.query + " at " +
                  std::string{head.headers.get("Host")};
  co_await exchange.respond(std::move(response));
}

Task<void> echo(Exchange& exchange) {
  Response response;
  response.body = co_await exchange.read_body(100'000);
  co_await exchange.respond(std::move(response));
}

Task<void> read_little(Exchange& exchange) {
  Response response;
  response.body = co_await exchange.read_body(10);
  co_await exchange.respond(std::move(response));
}

Task<void> ignore_body(Exchange& exchange) {
  Response response;
  response.body = "ignored";
  co_await exchange.respond(std::move(response));
}

Task<void> show_name(Exchange& exchange) {
  Response response;
  response.body = "name=" + std::string{exchange.parameter("name")};
  co_await exchange.respond(std::move(response));
}

Task<void> no_content(Exchange& exchange) {
  Response response;
  response.status = 204;
  co_await exchange.respond(std::move(response));
}

Task<void> split_attempt(Exchange& exchange) {
  Response response;
  response.headers.add("X-Echo", "a\r\nSet-Cookie: evil=1");
  response.headers.add("Bad Name\r\n", "x");
  response.headers.add("Transfer-Encoding", "chunked");
  response.headers.add("content-length", "7");
  co_await exchange.respond(std::move(response));
}

Task<void> close_please(Exchange& exchange) {
  Response response;
  response.headers.add("Connection", "close");
  response.body = "bye";
  co_await exchange.respond(std::move(response));
}

Task<void> throw_error(Exchange&) {
  throw Error{Errc::conflict, "Somebody changed it.", "Read again."};
  co_return;
}

Task<void> throw_busy(Exchange&) {
  throw Error{Errc::rate_limited, "Too fast."}.with_retry_after(std::chrono::seconds{7});
  co_return;
}

Task<void> throw_other(Exchange&) {
  throw std::runtime_error{"secret of the house"};
  co_return;
}

Task<void> say_nothing(Exchange&) { co_return; }

Task<void> count_to_three(Exchange& exchange) {
  Response head;
  head.headers.add("Content-Type", "text/event-stream");
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  if (stream->is_open()) co_await stream->write("one ");
  if (stream->is_open()) co_await stream->write("two ");
  if (stream->is_open()) co_await stream->write("three");
}

Task<void> break_off(Exchange& exchange) {
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  co_await stream->write("so far so good");
  throw Error{Errc::unavailable, "no further"};
}

Task<void> drop(Exchange& exchange) { return exchange.abort("HTTP/1.1 200 OK\r\nContent-Le"); }

Response plain_error(const Error& error, int status) {
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
    state = std::make_shared<ServerState>(router, plain_error, limits, budget, clock, *log);
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

  // Runs until nobody can go on without us.
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

  // Time passes, and the server looks at its deadlines.
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
  std::shared_ptr<BodyBudget> budget = std::make_shared<BodyBudget>(std::size_t{1} << 20);
  std::shared_ptr<ServerState> state;
  std::unique_ptr<net::Stream> client;
  std::unique_ptr<Connection> connection;
  std::string answer;
  bool over = false;
};

std::string ok(std::string_view body, std::string_view fields = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string{fields} + "\r\n" + std::string{body};
}

std::string refused(int status, std::string_view code) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string{reason_phrase(status)} +
         "\r\nContent-Length: " + std::to_string(code.size()) + "\r\nConnection: close\r\n\r\n" +
         std::string{code};
}

std::string failed(int status, std::string_view code, std::string_view fields = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string{reason_phrase(status)} + "\r\n" +
         std::string{fields} + "Content-Length: " + std::to_string(code.size()) + "\r\n\r\n" +
         std::string{code};
}

// --- transcripts
// ------------------------------------------------------------------------------------

struct Transcript {
  std::string claim;
  std::string in;
  std::string out;
};

const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string got = ok("GET /? at h");
const std::string bad = refused(400, "invalid_argument");

std::vector<Transcript> transcripts() {
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto with = [](std::string_view fields) {
    return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string{fields} + "\r\n\r\n";
  };
  const auto post = [](std::string_view fields, std::string_view body) {
    return "POST /echo HTTP/1.1\r\nHost: h\r\n" + std::string{fields} + "\r\n\r\n" +
           std::string{body};
  };
  return {
      {"a request is answered and the connection kept", get + get, got + got},
      {"pipelined requests are answered in order, with their bodies",
       post("Content-Length: 3", "one") + post("Content-Length: 0", "") + get +
           post("Content-Length: 3", "two"),
       ok("one") + ok("") + got + ok("two")},
      {"Connection: close is obeyed, and what follows is not read", with("Connection: close") + get,
       ok("GET /? at h", "Connection: close\r\n")},
      {"HTTP/1.0 closes", "GET / HTTP/1.0\r\nHost: h\r\n\r\n" + get,
       ok("GET /? at h", "Connection: close\r\n")},
      {"HTTP/1.0 may ask to be kept",
       "GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n" + get,
       ok("GET /? at h", "Connection: keep-alive\r\n") + got},
      {"HTTP/1.0 needs no Host", "GET / HTTP/1.0\r\n\r\n",
       ok("GET /? at ", "Connection: close\r\n")},
      {"a handler can close the connection", "GET /close HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       ok("bye", "Connection: close\r\n")},
      {"HEAD says the length and sends no body", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + got},
      {"204 has neither body nor length", "GET /204 HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 204 No Content\r\n\r\n" + got},
      {"empty lines before a request are ignored", "\r\n\r\n" + get, got},
      {"the query is split off and nothing is decoded",
       "GET /any?a=%20&b HTTP/1.1\r\nHost: h\r\n\r\n", ok("GET /any?a=%20&b at h")},
      {"an absolute address counts more than Host",
       "GET http://other:81/any?x HTTP/1.1\r\nHost: h\r\n\r\n", ok("GET /any?x at other:81")},
      {"an absolute address may lack a path", "GET http://other HTTP/1.1\r\nHost: h\r\n\r\n",
       ok("GET /? at other")},
      {"an unknown method is a method", "BREW /any HTTP/1.1\r\nHost: h\r\n\r\n",
       ok("BREW /any? at h")},

      {"an unknown path is 404 and keeps the connection",
       "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n" + get, failed(404, "not_found") + got},
      {"an unsuitable method is 405 with the suitable ones",
       "PUT /things/x HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(405, "invalid_argument", "Allow: GET, HEAD, DELETE\r\n")},
      {"a path parameter is decoded", "GET /things/a%2Fb%20c HTTP/1.1\r\nHost: h\r\n\r\n",
       ok("name=a/b c")},
      {"a literal segment wins over a parameter", "GET /things/special HTTP/1.1\r\nHost: h\r\n\r\n",
       ok("GET /things/special? at h")},
      {"a parameter takes the methods the literal one has not",
       "DELETE /things/special HTTP/1.1\r\nHost: h\r\n\r\n", ok("name=special")},
      {"a broken escape in a parameter is 404", "GET /things/a%zz HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(404, "not_found")},
      {"OPTIONS * is no path of ours", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(404, "not_found")},

      {"an Error becomes its answer and keeps the connection",
       "GET /conflict HTTP/1.1\r\nHost: h\r\n\r\n" + get, failed(409, "conflict") + got},
      {"retry_after becomes Retry-After", "GET /busy HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(429, "rate_limited", "Retry-After: 7\r\n")},
      {"any other exception is our fault and is not shown",
       "GET /threw HTTP/1.1\r\nHost: h\r\n\r\n", failed(500, "internal")},
      {"a handler that does not answer is our fault", "GET /silent HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(500, "internal")},
      {"a value cannot smuggle a field into the answer", "GET /split HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.1 200 OK\r\nX-Echo: a  Set-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n"},

      {"a chunked body is put together, extensions and trailers forgotten",
       chunked + "4;x=y\r\nWiki\r\n0A\r\npedia here\r\n0\r\nHost: evil\r\nX-T: 1\r\n\r\n" + get,
       ok("Wikipedia here") + got},
      {"an empty chunked body is empty", chunked + "0\r\n\r\n" + get, ok("") + got},
      {"a small unread body is skipped",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /" + get,
       ok("ignored") + got},
      {"a small unread chunked body is skipped too",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET "
       "/\r\n0\r\n\r\n" +
           get,
       ok("ignored") + got},
      {"a large unread chunked body costs the connection",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n40000\r\n" +
           std::string(0x40000, 'x') + "\r\n0\r\n\r\n" + get,
       ok("ignored")},
      {"a large unread body costs the connection",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\nGET /" + get,
       ok("ignored", "Connection: close\r\n")},
      {"a body announced too large is 413",
       "POST /little HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"
       "hello world" +
           get,
       failed(413, "too_large") + got},
      {"a chunked body too large is 413",
       "POST /little HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
       "6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n" +
           get,
       refused(413, "too_large")},
      {"100 is sent before a body that is wanted",
       post("Content-Length: 2\r\nExpect: 100-continue", ""), "HTTP/1.1 100 Continue\r\n\r\n"},
      {"no 100 for a body that is not wanted, and the connection ends",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
       ok("ignored", "Connection: close\r\n")},
      {"no 100 for a body that is too large",
       "POST /little HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n",
       refused(413, "too_large")},
      {"another expectation is 417", with("Expect: miracles"), refused(417, "unsupported")},

      {"a stream is chunked", "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
       "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n" +
           got},
      {"a stream to HTTP/1.0 ends with the connection", "GET /stream HTTP/1.0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
       "one two three"},
      {"HEAD of a stream is its head", "HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
           got},
      {"a stream that fails is broken off, without the last chunk",
       "GET /broken HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\nso far so good\r\n"},
      {"an aborted answer is cut where it stands", "GET /drop HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nContent-Le"},

      // Whatever two readers could understand differently is refused, and nothing after it is read.
      {"Content-Length and Transfer-Encoding together",
       post("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + get), bad},
      {"Transfer-Encoding and Content-Length together",
       post("Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n" + get), bad},
      {"two lengths that differ", post("Content-Length: 4\r\nContent-Length: 5", "abcd" + get),
       bad},
      {"two lengths that agree", post("Content-Length: 4\r\nContent-Length: 4", "abcd" + get), bad},
      {"a list of lengths", post("Content-Length: 4, 4", "abcd" + get), bad},
      {"a signed length", post("Content-Length: +4", "abcd" + get), bad},
      {"a negative length", post("Content-Length: -4", "abcd" + get), bad},
      {"a hexadecimal length", post("Content-Length: 0x4", "abcd" + get), bad},
      {"a length beyond all numbers", post("Content-Length: 99999999999999999999", get), bad},
      {"an empty length", post("Content-Length:", get), bad},
      {"another transfer encoding", post("Transfer-Encoding: gzip", get),
       refused(501, "unsupported")},
      {"chunked behind another encoding",
       post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n" + get), refused(501, "unsupported")},
      {"an encoding behind chunked",
       post("Transfer-Encoding: chunked, identity", "0\r\n\r\n" + get),
       refused(501, "unsupported")},
      {"a decorated chunked", post("Transfer-Encoding: xchunked", "0\r\n\r\n" + get),
       refused(501, "unsupported")},
      {"two transfer encodings",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n" + get), bad},
      {"a transfer encoding in HTTP/1.0",
       "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get, bad},
      {"a blank before the colon", post("Content-Length : 4", "abcd" + get), bad},
      {"a field without a name", with(": x") + get, bad},
      {"a field that is none", with("nonsense") + get, bad},
      {"a line feed alone", "GET / HTTP/1.1\nHost: h\n\n" + get, bad},
      {"a carriage return alone", with("X: a\rb") + get, bad},
      {"a NUL in a field", with(std::string{"X: a\0b", 6}) + get, bad},
      {"a chunk size that is none", chunked + "zz\r\nabc\r\n0\r\n\r\n" + get, bad},
      {"a chunk size beyond all numbers", chunked + "fffffffffffffffff\r\nabc\r\n0\r\n\r\n" + get,
       bad},
      {"a negative chunk size", chunked + "-1\r\nabc\r\n0\r\n\r\n" + get, bad},
      {"a chunk size with 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n" + get, bad},
      {"a chunk longer than it says", chunked + "3\r\nabcdef\r\n0\r\n\r\n" + get, bad},
      {"no Host", "GET / HTTP/1.1\r\n\r\n" + get, bad},
      {"two Hosts", with("Host: h") + get, bad},
      {"a fragment", "GET /#x HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"a target that is no path", "GET any HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"a target of another scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"a target with a user name", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"a request line with three blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refused(505, "unsupported")},
      {"no version", "GET /\r\nHost: h\r\n\r\n", bad},
      {"TLS", "\x16\x03\x01\x02", bad},
      {"an address too long", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
       refused(414, "too_large")},
      {"fields too large", with("X: " + std::string(40'000, 'a')), refused(431, "too_large")},
      {"fields too many",
       [] {
         std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
         for (int i = 0; i < 300; ++i) request += "A: b\r\n";
         return request + "\r\n";
       }(),
       refused(431, "too_large")},
      {"a chunk extension without end", chunked + "4;" + std::string(20'000, 'x'), bad},
  };
}

class Transcripts : public ::testing::TestWithParam<Transcript> {};

TEST_P(Transcripts, are_the_same_however_the_bytes_arrive) {
  for (const std::size_t step : {std::size_t{1} << 20, std::size_t{1000}, std::size_t{1}}) {
    House house;
    EXPECT_EQ(house.talk(GetParam().in, step), GetParam().out)
        << GetParam().claim << ", " << step << " bytes at a time";
  }
}

std::string title(const ::testing::TestParamInfo<Transcript>& info) {
  std::string text = info.param.claim;
  for (char& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(Http, Transcripts, ::testing::ValuesIn(transcripts()), title);

// --- time
// -------------------------------------------------------------------------------------------

TEST(Deadlines, a_head_that_trickles_is_408) {
  House house;
  house.open();
  house.send("GET / HT");
  house.pass(std::chrono::seconds{9});
  house.send("TP/1.1\r\nHost:");
  EXPECT_EQ(house.received(), "");
  house.pass(std::chrono::seconds{2});
  EXPECT_EQ(house.received(), refused(408, "timeout"));
}

TEST(Deadlines, a_connection_that_never_asks_is_closed_in_silence) {
  House house;
  house.open();
  house.pass(std::chrono::seconds{11});
  EXPECT_EQ(house.received(), "");
  EXPECT_TRUE(house.over);
}

TEST(Deadlines, a_kept_connection_may_rest_longer_and_is_then_closed_in_silence) {
  House house;
  house.open();
  house.send(get);
  EXPECT_EQ(house.received(), got);
  house.pass(std::chrono::seconds{70});
  house.send(get);
  EXPECT_EQ(house.received(), got);
  house.pass(std::chrono::seconds{76});
  EXPECT_EQ(house.received(), "");
  EXPECT_TRUE(house.over);
}

TEST(Deadlines, a_body_that_trickles_is_408) {
  House house;
  house.open();
  house.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
  for (int i = 0; i < 59; ++i) {
    house.send("x");
    house.pass(std::chrono::seconds{1});
  }
  EXPECT_EQ(house.received(), "");
  house.pass(std::chrono::seconds{2});
  EXPECT_EQ(house.received(), refused(408, "timeout"));
}

TEST(Deadlines, a_body_that_is_merely_long_is_not) {
  House house;
  house.open();
  house.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n");
  house.pass(std::chrono::seconds{59});
  house.send(std::string(60'000, 'x'));
  house.pass(std::chrono::seconds{3});
  house.send(std::string(30'000, 'x'));
  EXPECT_EQ(house.received(), ok(std::string(90'000, 'x')));
}

Task<void> answer_much(Exchange& exchange) {
  Response response;
  response.body.assign(100'000, 'x');
  co_await exchange.respond(std::move(response));
}

TEST(Deadlines, a_client_that_takes_nothing_is_dropped) {
  House house;
  house.router.add("GET", "/much", answer_much);
  house.open(1000);
  house.send("GET /much HTTP/1.1\r\nHost: h\r\n\r\n");
  house.pass(std::chrono::seconds{61});
  EXPECT_TRUE(house.over);
}

TEST(Deadlines, a_client_that_takes_slowly_gets_all_of_it) {
  House house;
  house.router.add("GET", "/much", answer_much);
  house.open(1000);
  house.send("GET /much HTTP/1.1\r\nHost: h\r\n\r\n");
  house.pass(std::chrono::seconds{59});
  EXPECT_EQ(house.received(), ok(std::string(100'000, 'x')));
}

// --- limits
// -----------------------------------------------------------------------------------------

Task<void> read_and_wait(Exchange& exchange, Event& go) {
  const auto body = co_await exchange.read_body(100'000);
  co_await go.wait();
  Response response;
  response.body = body;
  co_await exchange.respond(std::move(response));
}

TEST(Budget, bodies_in_flight_are_counted_together_and_given_back) {
  House house;
  house.budget = std::make_shared<BodyBudget>(1000);
  EXPECT_TRUE(house.budget->take(600));  // as if by another connection
  const std::string post = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n";
  house.open();
  house.send(post + std::string(500, 'x'));
  EXPECT_EQ(house.received(),
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 11\r\n\r\n"
            "unavailable");
  house.budget->give_back(600);
  for (int i = 0; i < 5; ++i) {
    house.send(post + std::string(500, 'x'));
    EXPECT_EQ(house.received(), ok(std::string(500, 'x')));
  }
}

TEST(Budget, is_held_until_the_request_is_over) {
  House house;
  Event go{house.loop.get_executor()};
  house.router.add("POST", "/wait",
                   [&](Exchange& exchange) { return read_and_wait(exchange, go); });
  house.budget = std::make_shared<BodyBudget>(1000);
  house.open();
  house.send("POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 600\r\n\r\n" +
             std::string(600, 'x'));
  EXPECT_FALSE(house.budget->take(600));
  go.set();
  house.settle();
  EXPECT_TRUE(house.budget->take(600));
}

// --- disconnection
// ----------------------------------------------------------------------------------

Task<void> wait_for(Event& event, bool& cancelled) {
  try {
    co_await event.wait();
  } catch (const boost::system::system_error&) {
    cancelled = true;
    throw;
  }
}

struct Watching {
  explicit Watching(House& house) : go{house.loop.get_executor()} {
    house.router.add("GET", "/watch", [this](Exchange& exchange) { return watch(exchange); });
    house.open();
    house.send("GET /watch HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  Task<void> watch(Exchange& exchange) {
    try {
      co_await exchange.until_disconnect(wait_for(go, cancelled));
    } catch (const Error& error) {
      outcome = to_string(error.code);
      disconnected = exchange.disconnected();
    }
    if (!outcome.empty()) {
      // Work that must be finished, such as noting what has happened, can be.
      co_await finished_later();
      co_return;
    }
    Response response;
    response.body = "done";
    co_await exchange.respond(std::move(response));
  }

  Task<void> finished_later() {
    ManualClock clock;
    co_await clock.sleep(std::chrono::milliseconds{1});
    finished = true;
  }

  Event go;
  bool cancelled = false;
  bool disconnected = false;
  bool finished = false;
  std::string outcome;
};

TEST(Disconnect, cancels_the_task_and_nothing_after_it) {
  House house;
  Watching watching{house};
  EXPECT_FALSE(watching.cancelled);
  house.client->close();
  house.settle();
  EXPECT_TRUE(watching.cancelled);
  EXPECT_EQ(watching.outcome, "unavailable");
  EXPECT_TRUE(watching.disconnected);
  EXPECT_TRUE(watching.finished);
  EXPECT_TRUE(house.over);
}

// Answers, and later asks what became of the answer.
struct Answering {
  explicit Answering(House& house) : go{house.loop.get_executor()} {
    house.router.add("GET", "/answer", [this](Exchange& exchange) { return answer(exchange); });
    house.open();
    house.send("GET /answer HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  Task<void> answer(Exchange& exchange) {
    Response response;
    response.body = "done";
    co_await exchange.respond(std::move(response));
    co_await go.wait();
    delivered = exchange.delivered();
  }

  Event go;
  bool delivered = false;
};

TEST(Delivered, holds_for_a_client_that_reads_its_answer_and_leaves_at_once) {
  House house;
  Answering answering{house};
  EXPECT_EQ(house.received(), ok("done"));
  house.client->close();
  answering.go.set();
  house.settle();
  EXPECT_TRUE(answering.delivered);
}

TEST(Delivered, does_not_hold_for_a_client_that_leaves_with_the_answer_unread) {
  House house;
  Answering answering{house};
  house.client->close();
  answering.go.set();
  house.settle();
  EXPECT_FALSE(answering.delivered);
}

TEST(Disconnect, is_not_mistaken_for_the_next_request) {
  House house;
  Watching watching{house};
  house.send(get);
  EXPECT_FALSE(watching.cancelled);
  watching.go.set();
  EXPECT_EQ(house.received(), ok("done") + got);
}

TEST(Disconnect, a_task_that_ends_by_itself_leaves_no_trace) {
  House house;
  Watching watching{house};
  watching.go.set();
  EXPECT_EQ(house.received(), ok("done"));
  house.send(get);
  EXPECT_EQ(house.received(), got);
}

TEST(Disconnect, a_task_that_need_not_wait_is_over_at_once) {
  House house;
  Watching watching{house};
  watching.go.set();
  house.received();
  house.send("GET /watch HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(house.received(), ok("done"));
}

TEST(Disconnect, cancelling_the_connection_cancels_the_task) {
  House house;
  Watching watching{house};
  house.connection->signal().emit(boost::asio::cancellation_type::terminal);
  house.settle();
  EXPECT_TRUE(watching.cancelled);
  EXPECT_EQ(house.received(), refused(503, "unavailable"));
  EXPECT_TRUE(house.over);
}

// --- streams
// ----------------------------------------------------------------------------------------

Task<void> write_lines(ResponseStream& stream, std::string line, int count) {
  for (int i = 0; i < count; ++i) co_await stream.write(line);
}

Task<void> two_voices(Exchange& exchange) {
  const auto executor = co_await current_executor();
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  TaskGroup voices{executor};
  voices.spawn(write_lines(*stream, std::string(300, 'a'), 20));
  voices.spawn(write_lines(*stream, std::string(300, 'b'), 20));
  co_await voices.join();
}

TEST(Streams, two_writers_never_cut_into_each_other) {
  House house;
  house.router.add("GET", "/voices", two_voices);
  house.open(100);
  house.send("GET /voices HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string rest = house.received();
  rest.erase(0, rest.find("\r\n\r\n") + 4);
  int a = 0;
  int b = 0;
  while (rest.size() > 5) {
    const std::string chunk = rest.substr(0, 307);
    rest.erase(0, 307);
    if (chunk == "12c\r\n" + std::string(300, 'a') + "\r\n") ++a;
    if (chunk == "12c\r\n" + std::string(300, 'b') + "\r\n") ++b;
  }
  EXPECT_EQ(rest, "0\r\n\r\n");
  EXPECT_EQ(a, 20);
  EXPECT_EQ(b, 20);
}

Task<void> impatient(Exchange& exchange) {
  const auto executor = co_await current_executor();
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  TaskGroup hasty{executor};
  hasty.spawn(write_lines(*stream, std::string(300, 'a'), 1));
  hasty.cancel();
  co_await hasty.join();
  co_await stream->write("after");
}

TEST(Streams, a_cancelled_writer_leaves_the_framing_whole) {
  House house;
  house.router.add("GET", "/impatient", impatient);
  house.open(200);
  house.send("GET /impatient HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string rest = house.received();
  rest.erase(0, rest.find("\r\n\r\n") + 4);
  EXPECT_EQ(rest, "12c\r\n" + std::string(300, 'a') + "\r\n5\r\nafter\r\n0\r\n\r\n");
}

Task<void> write_until_it_fails(Exchange& exchange, std::string& outcome) {
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  try {
    while (true) co_await stream->write(std::string(300, 'a'));
  } catch (const Error& error) {
    outcome = to_string(error.code);
    EXPECT_FALSE(stream->is_open());
  }
}

TEST(Streams, writing_to_a_client_that_is_gone_throws_unavailable) {
  House house;
  std::string outcome;
  house.router.add("GET", "/endless",
                   [&](Exchange& exchange) { return write_until_it_fails(exchange, outcome); });
  house.open(200);
  house.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(outcome, "");
  house.client->close();
  house.settle();
  EXPECT_EQ(outcome, "unavailable");
  EXPECT_TRUE(house.over);
}

TEST(Handlers, know_who_asks) {
  House house;
  std::string seen;
  house.router.add("GET", "/who", [&](Exchange& exchange) {
    seen = exchange.head().peer_address;
    return no_content(exchange);
  });
  house.open();
  house.send("GET /who HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(seen, "192.0.2.7");
}

TEST(Handlers, what_they_throw_is_logged_only_when_it_is_our_fault) {
  House house;
  house.talk("GET /conflict HTTP/1.1\r\nHost: h\r\n\r\n", 1 << 20);
  EXPECT_EQ(house.lines, "");
  house.talk("GET /threw HTTP/1.1\r\nHost: h\r\n\r\n", 1 << 20);
  EXPECT_NE(house.lines.find("secret of the house"), std::string::npos);
}

}  // namespace
}  // namespace gmail_mcp::http
