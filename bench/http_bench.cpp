// What the HTTP server costs by itself: a server with one fixed JSON answer, to be driven by any
// load generator, or by `bench/http.sh`, which puts nginx beside it.
//
//   bench_http [port]     serves until it is told to end; prints its port
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"

namespace {

using namespace gmail_mcp;

Task<void> answer(http::Exchange& exchange) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = R"({"jsonrpc":"2.0","id":1,"result":{}})";
  return exchange.respond(std::move(response));
}

Task<void> echo(http::Exchange& exchange) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = co_await exchange.read_body(std::size_t{1} << 20);
  co_await exchange.respond(std::move(response));
}

}  // namespace

int main(int argc, char** argv) {
  boost::asio::io_context loop{1};
  SystemClock clock;
  const auto log = Log::silent();
  http::Router router;
  router.add("GET", "/", answer);
  router.add("POST", "/", echo);
  http::ListenOptions options;
  if (argc > 1) options.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const auto server = http::Server::listen(loop, options, router, {}, clock, *log);
  std::cout << server->port() << std::endl;
  boost::asio::signal_set signals{loop, SIGINT, SIGTERM};
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });
  loop.run();
}
