#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/testing/run_then.h"
#include "http/client.h"
#include "http/server.h"
#include "net/listen.h"

// Servers for tests of the client: one that does what it is told, and our own.
namespace gmail_mcp::http::test {

/// Reads requests byte by byte, and answers or does not. Counts what it has seen on all
/// connections.
class RawServer {
 public:
  enum class Reaction {
    answer,
    answer_and_close,
    cut_head,
    cut_field,
    swallow,
    swallow_head,
    refuse_proxy
  };

  explicit RawServer(boost::asio::io_context& loop)
      : listener_{net::listen(loop.get_executor(), {})}, tasks_{loop.get_executor()} {
    tasks_.spawn(accept_all());
  }

  /// What to do with the first, second, … request; the last entry also applies to all later ones.
  std::vector<Reaction> script{Reaction::answer};
  int requests = 0;  // heads seen
  int bodies = 0;    // whole bodies seen, empty ones included
  int connections = 0;
  std::string last_head;

  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(listener_->port()) + std::string{path};
  }

  Task<void> stop() {
    listener_->close();
    tasks_.cancel();
    co_await tasks_.join();
  }

 private:
  Task<void> accept_all() {
    while (true) {
      net::Accepted accepted = co_await listener_->accept(nullptr);
      ++connections;
      tasks_.spawn(serve(std::move(accepted.stream)));
    }
  }

  Task<void> serve(std::unique_ptr<net::Stream> stream) {
    std::string bytes;
    while (true) {
      while (bytes.find("\r\n\r\n") == std::string::npos) {
        if (!co_await read_more(*stream, bytes)) co_return;
      }
      const auto end = bytes.find("\r\n\r\n") + 4;
      last_head = bytes.substr(0, end);
      bytes.erase(0, end);
      const auto index = std::min(static_cast<std::size_t>(requests++), script.size() - 1);
      const Reaction reaction = script[index];
      if (reaction == Reaction::swallow_head) co_return;
      const auto at = last_head.find("Content-Length: ");
      const std::size_t length =
          at == std::string::npos ? 0 : std::stoul(last_head.substr(at + 16));
      while (bytes.size() < length) {
        if (!co_await read_more(*stream, bytes)) co_return;
      }
      bytes.erase(0, length);
      ++bodies;
      if (reaction == Reaction::swallow) co_return;
      if (reaction == Reaction::cut_head || reaction == Reaction::cut_field) {
        std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConte";
        if (reaction == Reaction::cut_head) head.resize(head.size() - 5);
        co_await stream->write(head);
        co_return;
      }
      if (reaction == Reaction::refuse_proxy) {
        co_await stream->write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        co_return;
      }
      co_await stream->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      if (reaction == Reaction::answer_and_close) co_return;
    }
  }

  static Task<bool> read_more(net::Stream& stream, std::string& bytes) {
    std::array<char, 4096> piece;
    const auto count = co_await stream.read_some(piece);
    bytes.append(piece.data(), count);
    co_return count > 0;
  }

  std::unique_ptr<net::Listener> listener_;
  TaskGroup tasks_;
};

using Reaction = RawServer::Reaction;

/// A client and such a server.
struct Raw {
  void run(const std::function<Task<void>()>& body) {
    run_then(loop, body, [this] {
      client.reset();
      return server.stop();
    });
  }

  ClientRequest request(std::string method, std::string body) const {
    ClientRequest request;
    request.method = std::move(method);
    request.url = server.url();
    request.body = std::move(body);
    return request;
  }

  boost::asio::io_context loop;
  RawServer server{loop};
  std::unique_ptr<Client> client = make_client(loop, {});
};

/// The code of what `task` throws; "ok" when it does not.
inline Task<std::string> outcome_of(Task<ClientResponse> task) {
  try {
    co_await std::move(task);
  } catch (const Error& error) {
    co_return std::string{to_string(error.code)};
  }
  co_return "ok";
}

/// A client and our own server.
struct Site {
  Site() : server{Server::listen(loop, {}, router, {}, clock, *log)} {}

  void run(const std::function<Task<void>()>& body) {
    run_then(loop, body, [this] {
      client.reset();
      return server->stop(std::chrono::milliseconds{0});
    });
  }

  void give(const std::string& path, Response response) {
    router.add("*", path, [response = std::move(response)](Exchange& exchange) {
      return exchange.respond(response);
    });
  }

  ClientRequest request(std::string_view path) const {
    ClientRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(server->port()) + std::string{path};
    return request;
  }

  boost::asio::io_context loop;
  SystemClock clock;
  std::unique_ptr<Log> log = Log::silent();
  Router router;
  std::unique_ptr<Server> server;
  std::unique_ptr<Client> client = make_client(loop, {});
};

}  // namespace gmail_mcp::http::test
