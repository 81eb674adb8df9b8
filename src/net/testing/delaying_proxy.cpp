#include "net/testing/delaying_proxy.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/task.h"

namespace gmail_mcp::net::testing {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using ProxySocket = asio::basic_stream_socket<tcp, Executor>;
using Moment = std::chrono::steady_clock::time_point;

struct Pair {
  explicit Pair(const Executor& executor) : near{executor}, far{executor} {}
  void close() {
    error_code ignored;
    near.close(ignored);
    far.close(ignored);
  }
  ProxySocket near, far;
};

}  // namespace

struct DelayingProxy::State {
  State(int to_port, std::chrono::milliseconds each_way)
      : to{asio::ip::make_address("127.0.0.1"), static_cast<asio::ip::port_type>(to_port)},
        delay{each_way},
        acceptor{loop.get_executor(), tcp::endpoint{asio::ip::make_address("127.0.0.1"), 0}},
        port{acceptor.local_endpoint().port()} {
    asio::co_spawn(loop, accept(), asio::detached);
    thread = std::thread{[this] { loop.run(); }};
  }

  // What one direction has read and not yet written. A moment for each part.
  struct Lane {
    explicit Lane(const Executor& executor) : changed{executor} {
      changed.expires_at(Moment::max());
    }
    std::deque<std::pair<Moment, std::string>> parts;
    Timer changed;
    bool is_over = false;
  };

  Task<void> accept() {
    for (;;) {
      auto pair = std::make_shared<Pair>(loop.get_executor());
      error_code failed;
      co_await acceptor.async_accept(pair->near, asio::redirect_error(use_task, failed));
      if (failed) co_return;
      ++count;
      std::erase_if(pairs, [](const auto& one) { return one.expired(); });
      pairs.push_back(pair);
      asio::co_spawn(loop, serve(pair), asio::detached);
    }
  }

  Task<void> serve(std::shared_ptr<Pair> pair) {
    error_code failed;
    co_await pair->far.async_connect(to, asio::redirect_error(use_task, failed));
    if (failed) {
      pair->close();
      co_return;
    }
    pair->near.set_option(tcp::no_delay{true}, failed);
    pair->far.set_option(tcp::no_delay{true}, failed);
    for (const bool is_there : {true, false}) {
      auto lane = std::make_shared<Lane>(loop.get_executor());
      asio::co_spawn(loop, take(pair, is_there, lane), asio::detached);
      asio::co_spawn(loop, give(pair, is_there, lane), asio::detached);
    }
  }

  Task<void> take(std::shared_ptr<Pair> pair, bool is_there, std::shared_ptr<Lane> lane) {
    auto& from = is_there ? pair->near : pair->far;
    std::vector<char> room(std::size_t{64} << 10);
    for (;;) {
      error_code failed;
      const auto size =
          co_await from.async_read_some(asio::buffer(room), asio::redirect_error(use_task, failed));
      if (failed) break;
      lane->parts.emplace_back(std::chrono::steady_clock::now() + delay,
                               std::string{room.data(), size});
      lane->changed.cancel();
    }
    lane->is_over = true;
    lane->changed.cancel();
  }

  Task<void> give(std::shared_ptr<Pair> pair, bool is_there, std::shared_ptr<Lane> lane) {
    auto& to_socket = is_there ? pair->far : pair->near;
    Timer timer{loop.get_executor()};
    error_code failed;
    while (!failed) {
      if (lane->parts.empty()) {
        if (lane->is_over) break;
        error_code ignored;
        co_await lane->changed.async_wait(asio::redirect_error(use_task, ignored));
        continue;
      }
      timer.expires_at(lane->parts.front().first);
      co_await timer.async_wait(asio::redirect_error(use_task, failed));
      while (is_held) {
        error_code ignored;
        co_await until_released.async_wait(asio::redirect_error(use_task, ignored));
      }
      const std::string part = std::move(lane->parts.front().second);
      lane->parts.pop_front();
      co_await asio::async_write(to_socket, asio::buffer(part),
                                 asio::redirect_error(use_task, failed));
    }
    pair->close();
  }

  asio::io_context loop{1};
  tcp::endpoint to;
  std::chrono::milliseconds delay;
  asio::basic_socket_acceptor<tcp, Executor> acceptor;
  int port;
  bool is_held = false;
  Timer until_released{loop.get_executor(), Moment::max()};
  std::vector<std::weak_ptr<Pair>> pairs;
  std::atomic<std::size_t> count{0};
  std::thread thread;
};

DelayingProxy::DelayingProxy(int to_port, std::chrono::milliseconds each_way)
    : state_{std::make_unique<State>(to_port, each_way)} {}

DelayingProxy::~DelayingProxy() {
  asio::post(state_->loop, [this] { state_->loop.stop(); });
  state_->thread.join();
}

int DelayingProxy::port() const { return state_->port; }

void DelayingProxy::hold() {
  asio::post(state_->loop, [this] { state_->is_held = true; });
}

void DelayingProxy::release() {
  asio::post(state_->loop, [this] {
    state_->is_held = false;
    state_->until_released.cancel();
  });
}

void DelayingProxy::cut() {
  asio::post(state_->loop, [this] {
    for (const auto& one : state_->pairs) {
      if (const auto pair = one.lock()) pair->close();
    }
  });
}

std::size_t DelayingProxy::connections() const { return state_->count; }

}  // namespace gmail_mcp::net::testing
