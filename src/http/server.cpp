#include "http/server.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <list>

#include "base/error.h"
#include "http/connection.h"
#include "http/response_writer.h"
#include "net/listen.h"
#include "net/tls.h"

namespace gmail_mcp::http {

namespace {

namespace asio = boost::asio;

std::shared_ptr<const net::TlsContext> load(const std::optional<TlsIdentity>& identity) {
  if (!identity) return nullptr;
  return net::TlsContext::for_server(identity->certificate_file, identity->key_file, "http/1.1");
}

net::ListenAddress address_of(const ListenOptions& options, Log& log) {
  net::ListenAddress address;
  address.host = options.host;
  address.port = options.port;
  address.reuse_port = options.reuse_port;
  address.on_shortage = [&log] { log.warning("connections wait: out of descriptors or memory"); };
  return address;
}

// Everything the server's tasks touch. They share it, so when a server is destroyed without `stop`,
// nothing of theirs dangles: they are cancelled and end when the loop next runs.
struct Hall {
  Hall(const Executor& executor, const ListenOptions& options, std::shared_ptr<ServerState> state)
      : executor{executor},
        identity{options.tls},
        tls{load(options.tls)},
        state{std::move(state)},
        listener{net::listen(executor, address_of(options, this->state->log))},
        sweeper{executor, Timer::time_point::max()},
        emptied{executor, Timer::time_point::max()} {}

  Executor executor;
  std::optional<TlsIdentity> identity;
  std::shared_ptr<const net::TlsContext> tls;
  std::shared_ptr<ServerState> state;
  std::unique_ptr<net::Listener> listener;
  std::list<Connection> connections;
  std::size_t background = 0;  // the accepting and the sweeping task
  Timer sweeper;
  Timer emptied;  // never expires; cancelled when the last connection or task has ended
};

void note_end(Hall& hall) {
  if (hall.connections.empty() && hall.background == 0) hall.emptied.cancel();
}

void cancel_all(Hall& hall) {
  // Ending is posted, never done inline, so the list does not change during this loop.
  for (auto& connection : hall.connections) {
    connection.signal().emit(asio::cancellation_type::terminal);
  }
}

void turn_away(net::Stream& stream, const ServerState& state) {
  const Error full{Errc::unavailable, "The server has too many connections just now."};
  const Response answer = state.answer_for(full, 503);
  HeadOptions options;
  options.length = answer.body.size();
  options.keep_alive = false;
  options.date = state.date;
  std::string bytes;
  append_head(bytes, answer, options);
  stream.try_write(bytes, answer.body);
}

void admit(const std::shared_ptr<Hall>& hall, net::Accepted accepted) {
  auto& connections = hall->connections;
  if (connections.empty()) {
    hall->state->tick();
    hall->sweeper.expires_after(hall->state->limits.sweep_every);
  }
  const auto place = connections.emplace(connections.end(), hall->state, std::move(accepted),
                                         hall->tls != nullptr);
  auto ended = [hall, place](const std::exception_ptr&) {
    hall->connections.erase(place);
    note_end(*hall);
  };
  asio::co_spawn(hall->executor, place->run(),
                 asio::bind_cancellation_slot(place->signal().slot(), std::move(ended)));
}

Task<void> accept_all(std::shared_ptr<Hall> hall) {
  while (!hall->state->stopping) {
    net::Accepted accepted = co_await hall->listener->accept(hall->tls);
    const bool is_full = hall->connections.size() >= hall->state->limits.connections;
    if (is_full && !hall->state->waiting.end_one()) {
      turn_away(*accepted.stream, *hall->state);
    } else {
      admit(hall, std::move(accepted));
    }
  }
}

// Sleeps while nobody is connected, so an idle server uses no processor time at all.
Task<void> sweep_all(std::shared_ptr<Hall> hall) {
  while (true) {
    boost::system::error_code interrupted;
    co_await hall->sweeper.async_wait(asio::redirect_error(use_task, interrupted));
    if (hall->state->stopping && hall->connections.empty()) co_return;
    if (!interrupted) {
      hall->state->tick();
      for (auto& connection : hall->connections) connection.sweep();
      hall->sweeper.expires_after(hall->state->limits.sweep_every);
      if (hall->connections.empty()) hall->sweeper.expires_at(Timer::time_point::max());
    }
  }
}

class LoopServer final : public Server {
 public:
  LoopServer(asio::io_context& loop, const ListenOptions& options,
             std::shared_ptr<ServerState> state)
      : hall_{std::make_shared<Hall>(loop.get_executor(), options, std::move(state))} {
    start(accept_all(hall_));
    start(sweep_all(hall_));
  }

  ~LoopServer() override {
    hall_->state->stopping = true;
    hall_->state->abandoned = true;
    hall_->listener->close();
    cancel_all(*hall_);
    hall_->sweeper.cancel();
  }

  std::uint16_t port() const override { return hall_->listener->port(); }
  std::size_t open_connections() const override { return hall_->connections.size(); }

  Task<void> stop(std::chrono::milliseconds grace) override {
    const auto hall = hall_;
    hall->state->stopping = true;
    hall->listener->close();
    for (auto& connection : hall->connections) connection.close_if_idle();
    hall->sweeper.expires_after(hall->state->limits.sweep_every);
    hall->emptied.expires_after(grace);
    co_await empty(hall);
    hall->emptied.expires_at(Timer::time_point::max());
    cancel_all(*hall);
    hall->sweeper.cancel();
    while (!hall->connections.empty() || hall->background > 0) co_await empty(hall);
  }

  bool reload_tls() override {
    if (!hall_->identity) return false;
    hall_->tls = load(hall_->identity);
    return true;
  }

 private:
  static Task<void> empty(std::shared_ptr<Hall> hall) {
    boost::system::error_code ignored;
    if (hall->connections.empty() && hall->background == 0) co_return;
    co_await hall->emptied.async_wait(asio::redirect_error(use_task, ignored));
  }

  void start(Task<void> task) {
    ++hall_->background;
    auto ended = [hall = hall_](const std::exception_ptr&) {
      --hall->background;
      note_end(*hall);
    };
    asio::co_spawn(hall_->executor, std::move(task), std::move(ended));
  }

  std::shared_ptr<Hall> hall_;
};

}  // namespace

std::unique_ptr<Server> Server::listen(boost::asio::io_context& loop, const ListenOptions& options,
                                       const Router& router, ErrorAnswer error_answer, Clock& clock,
                                       Log& log) {
  auto state = std::make_shared<ServerState>(router, std::move(error_answer), options.limits,
                                             options.shares, clock, log);
  return std::make_unique<LoopServer>(loop, options, std::move(state));
}

}  // namespace gmail_mcp::http
