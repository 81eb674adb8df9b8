#include "app/callback_listener.h"

#include <optional>

#include "app/doors.h"
#include "http/url.h"
#include "surface/answer.h"

namespace gmail_mcp::app {

struct CallbackListener::State {
  State(boost::asio::io_context& loop, Program& program)
      : loop{loop},
        program{program},
        rules{door_rules(program.settings())},
        web{web_options(program.settings())},
        watch{loop.get_executor()} {
    surface::add_web_routes(router, program.services(), rules, web);
  }

  boost::asio::io_context& loop;
  Program& program;
  surface::DoorRules rules;
  surface::WebOptions web;
  http::Router router;
  std::unique_ptr<http::Server> server;
  std::chrono::steady_clock::time_point until;
  TaskGroup watch;
  bool is_watched = false;
  bool is_taken = false;  // the port, when it was tried last
  bool is_closed = false;

  void wake(std::chrono::seconds life);
  bool is_needed() const { return program.clock().steady_now() < until; }
  std::optional<http::ListenOptions> place() const;
  void listen(http::ListenOptions options);
  Task<void> serve_while_needed(http::ListenOptions options);
};

std::optional<http::ListenOptions> CallbackListener::State::place() const {
  const auto uris = program.settings().effective_redirect_uris();
  const auto url = http::Url::parse(uris.front());
  if (!url || !url->is_loopback() || url->scheme != "http") return std::nullopt;
  http::ListenOptions options;
  options.host = url->host == "::1" ? "::1" : "127.0.0.1";
  options.port = url->port;
  return options;
}

void CallbackListener::State::listen(http::ListenOptions options) {
  try {
    server = http::Server::listen(
        loop, options, router,
        [](const Error& error, int, const http::RequestHead*) {
          return surface::error_response(error);
        },
        program.clock(), program.log());
    is_taken = false;
    program.log().info("callback_listening", {{"port", options.port}});
  } catch (const Error&) {
    // The port is in use, most likely by another gmail-mcp, which serves the pages until it ends.
    if (!is_taken) program.log().info("callback_port_taken", {{"port", options.port}});
    is_taken = true;
  }
}

Task<void> CallbackListener::State::serve_while_needed(http::ListenOptions options) {
  // For a flow that begins while it stops, it listens again.
  while (is_needed()) {
    if (!server) listen(options);
    co_await program.clock().sleep(std::chrono::seconds{5});
    if (is_needed() || !server) continue;
    co_await server->stop(std::chrono::seconds{2});
    server.reset();
    program.log().info("callback_closed");
  }
  is_watched = false;
}

CallbackListener::CallbackListener(boost::asio::io_context& loop, Program& program)
    : state_{std::make_unique<State>(loop, program)} {}

CallbackListener::~CallbackListener() = default;

void CallbackListener::wake() {
  state_->wake(std::chrono::seconds{state_->program.settings().oauth_state_ttl_seconds});
}

std::string CallbackListener::serve_approvals() {
  auto& state = *state_;
  state.wake(std::chrono::hours{24});
  const auto place = state.place();
  const auto page = http::Url::parse(state.program.settings().effective_public_url());
  const bool is_ours =
      place && page && page->is_loopback() && page->scheme == "http" && page->port == place->port;
  if (!is_ours) {
    return "Over stdio this program does not serve the page of approval_url: it opens only while "
           "gmail-mcp serve --transport http runs at that address on the same database; "
           "without such a server, unset server.public_url.";
  }
  if (state.server) return {};
  return "The page may not open, because another program uses port " + std::to_string(place->port) +
         ": unless that is gmail-mcp on the same database, end it or set google.redirect_uri to "
         "another port.";
}

void CallbackListener::State::wake(std::chrono::seconds life) {
  auto& state = *this;
  if (state.is_closed) return;
  state.until = std::max(state.until, state.program.clock().steady_now() + life);
  if (state.is_watched) return;
  const auto options = state.place();
  if (!options) return;
  state.listen(*options);
  state.is_watched = true;
  state.watch.spawn(state.serve_while_needed(*options));
}

bool CallbackListener::is_listening() const { return state_->server != nullptr; }

Task<void> CallbackListener::close() {
  // A watcher that is refused from now on must not make it listen again.
  state_->is_closed = true;
  state_->watch.cancel();
  co_await state_->watch.join();
  if (state_->server) co_await state_->server->stop(std::chrono::seconds{1});
}

}  // namespace gmail_mcp::app
