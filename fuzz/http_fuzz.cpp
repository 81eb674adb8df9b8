// Bytes on a connection to the HTTP server, over a pipe in memory. Beyond not crashing: however the
// bytes are cut into pieces, the answers are the same, as far as both go. One may end sooner: in
// pieces, a head is judged when it is whole, and a client that ends in the middle of one is simply
// gone; and an unread body that has not arrived yet may cost the connection.
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "http/connection.h"
#include "net/pipe.h"

namespace {

using namespace gmail_mcp;

Task<void> show(http::Exchange& exchange) {
  http::Response response;
  response.body = exchange.head().path + "?" + exchange.head().query + " " +
                  std::string{exchange.parameter("name")};
  response.headers.add("X-Host", std::string{exchange.head().headers.get("Host")});
  co_await exchange.respond(std::move(response));
}

Task<void> echo(http::Exchange& exchange) {
  http::Response response;
  response.body = co_await exchange.read_body(1000);
  co_await exchange.respond(std::move(response));
}

Task<void> stream(http::Exchange& exchange) {
  http::Response head;
  http::ResponseStream* stream = co_await exchange.stream(std::move(head));
  if (stream->is_open()) co_await stream->write("piece");
}

const http::Router& router() {
  static const http::Router router = [] {
    http::Router made;
    made.add("GET", "/", show);
    made.add("*", "/any", show);
    made.add("POST", "/echo", echo);
    made.add("POST", "/ignore", show);
    made.add("GET", "/stream", stream);
    made.add("*", "/things/{name}", show);
    return made;
  }();
  return router;
}

std::string answers_to(std::string_view bytes, std::size_t step) {
  boost::asio::io_context loop{1};
  ManualClock clock;
  const auto log = Log::silent();
  auto state = std::make_shared<http::ServerState>(router(), http::ErrorAnswer{},
                                                   http::ServerLimits{}, nullptr, clock, *log);
  auto ends = net::make_pipe(loop.get_executor(), std::size_t{1} << 22);
  net::Accepted accepted;
  accepted.stream = std::move(ends.first);
  http::Connection connection{state, std::move(accepted), false};
  bool over = false;
  boost::asio::co_spawn(loop, connection.run(), [&](const std::exception_ptr&) { over = true; });
  const auto client = std::move(ends.second);
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, step);
    client->try_write(piece);
    bytes.remove_prefix(piece.size());
    loop.poll();
    loop.restart();
  }
  client->end_writing();
  loop.poll();
  if (!over) std::abort();
  std::string all;
  std::array<char, 4096> room;
  while (true) {
    const auto progress = client->try_read(room);
    if (progress.state != net::Stream::State::ok) break;
    all.append(room.data(), progress.bytes);
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto before_close = [](const std::string& answers) {
    return std::string_view{answers}.substr(0, answers.find("Connection: close"));
  };
  const auto at_once = answers_to(bytes, size);
  const auto in_pieces = answers_to(bytes, 1 + data[0] % 64U);
  const auto whole = before_close(at_once);
  const auto pieces = before_close(in_pieces);
  const bool agree = whole.starts_with(pieces) || pieces.starts_with(whole);
  if (!agree || (!whole.empty() && !whole.starts_with("HTTP/1.1 "))) {
    std::fprintf(stderr, "at once:\n%s\nin pieces:\n%s\n", at_once.c_str(), in_pieces.c_str());
    std::abort();
  }
  return 0;
}
