#include "http/server.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>

#include "base/testing/run_then.h"
#include "http/client.h"
#include "net/dial.h"
#include "net/testing/self_signed.h"

namespace gmail_mcp::http {
namespace {

using net::testing::SelfSigned;

Task<void> hello(Exchange& exchange) {
  Response response;
  response.body = "hello";
  co_await exchange.respond(std::move(response));
}

Task<void> answer_when(Exchange& exchange, Event& go, Event& begun) {
  begun.set();
  co_await go.wait();
  co_await hello(exchange);
}

Task<void> tick_for_ever(Exchange& exchange, Event& begun) {
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  begun.set();
  const auto executor = co_await current_executor();
  Event never{executor};
  co_await stream->write("tick");
  co_await never.wait();
}

struct ServedSite {
  explicit ServedSite(ListenOptions options = {}) {
    router.add("GET", "/", hello);
    router.add("GET", "/slow", [this](Exchange& e) { return answer_when(e, go, begun); });
    router.add("GET", "/ticks", [this](Exchange& e) { return tick_for_ever(e, begun); });
    server = Server::listen(loop, options, router, {}, clock, *log);
  }

  // Runs `body`, then stops the server so that the loop can end.
  void run(const std::function<Task<void>()>& body) {
    run_then(loop, body, [this]() -> Task<void> {
      if (server) co_await server->stop(std::chrono::milliseconds{0});
    });
  }

  net::DialOptions address() const {
    net::DialOptions options;
    options.host = "127.0.0.1";
    options.port = server->port();
    return options;
  }

  boost::asio::io_context loop;
  SystemClock clock;
  std::unique_ptr<Log> log = Log::silent();
  Router router;
  Event go{loop.get_executor()};
  Event begun{loop.get_executor()};
  std::unique_ptr<Server> server;
};

const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string get_slow = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";

Task<std::string> read_some(net::Stream& stream) {
  std::array<char, 4096> piece;
  const auto count = co_await stream.read_some(piece);
  co_return std::string{piece.data(), count};
}

Task<std::string> read_all(net::Stream& stream) {
  std::string all;
  while (true) {
    const auto piece = co_await read_some(stream);
    if (piece.empty()) co_return all;
    all += piece;
  }
}

TEST(Server, answers_on_its_port_and_keeps_the_connection) {
  ServedSite site;
  site.run([&]() -> Task<void> {
    const auto stream = co_await net::dial(site.address());
    for (int i = 0; i < 3; ++i) {
      co_await stream->write(get);
      const auto answer = co_await read_some(*stream);
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << answer;
      EXPECT_TRUE(answer.ends_with("\r\n\r\nhello")) << answer;
    }
    EXPECT_EQ(site.server->open_connections(), 1U);
  });
}

TEST(Server, a_port_in_use_is_misconfigured) {
  ServedSite site;
  ListenOptions options;
  options.port = site.server->port();
  try {
    Server::listen(site.loop, options, site.router, {}, site.clock, *site.log);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::misconfigured);
  }
  site.run([]() -> Task<void> { co_return; });
}

TEST(Server, stop_closes_what_rests_and_waits_for_what_runs) {
  ServedSite site;
  site.run([&]() -> Task<void> {
    const auto resting = co_await net::dial(site.address());
    co_await resting->write(get);
    co_await read_some(*resting);
    const auto running = co_await net::dial(site.address());
    co_await running->write(get_slow);
    co_await site.begun.wait();

    TaskGroup stopping{site.loop.get_executor()};
    stopping.spawn(site.server->stop(std::chrono::seconds{60}));
    const auto nothing = co_await read_all(*resting);
    EXPECT_EQ(nothing, "");
    EXPECT_EQ(site.server->open_connections(), 1U);
    EXPECT_EQ(stopping.running(), 1U);

    site.go.set();
    const auto answer = co_await read_all(*running);
    EXPECT_TRUE(answer.ends_with("Connection: close\r\n\r\nhello")) << answer;
    co_await stopping.join();
    EXPECT_EQ(site.server->open_connections(), 0U);
  });
}

TEST(Server, stop_takes_no_new_connection) {
  ServedSite site;
  site.run([&]() -> Task<void> {
    const auto address = site.address();
    co_await site.server->stop(std::chrono::seconds{60});
    try {
      co_await net::dial(address);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::unavailable);
    }
  });
}

TEST(Server, after_the_grace_what_still_runs_is_cancelled) {
  ServedSite site;
  site.run([&]() -> Task<void> {
    const auto slow = co_await net::dial(site.address());
    co_await slow->write(get_slow);
    const auto ticking = co_await net::dial(site.address());
    co_await site.begun.wait();
    co_await ticking->write("GET /ticks HTTP/1.1\r\nHost: h\r\n\r\n");
    auto stream = co_await read_some(*ticking);
    co_await site.server->stop(std::chrono::milliseconds{1});
    const auto answer = co_await read_all(*slow);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    stream += co_await read_all(*ticking);
    EXPECT_TRUE(stream.ends_with("4\r\ntick\r\n")) << stream;
  });
}

TEST(Server, that_is_destroyed_without_stop_leaves_nothing_behind) {
  ServedSite site;
  site.run([&]() -> Task<void> {
    const auto stream = co_await net::dial(site.address());
    co_await stream->write(get_slow);
    co_await site.begun.wait();
    site.server.reset();
    const auto nothing = co_await read_all(*stream);
    EXPECT_EQ(nothing, "");
  });
}

TEST(Server, a_deadline_is_noticed_by_the_sweep) {
  ListenOptions options;
  options.limits.header_time = std::chrono::seconds{0};
  options.limits.sweep_every = std::chrono::milliseconds{5};
  ServedSite site{options};
  site.run([&]() -> Task<void> {
    const auto stream = co_await net::dial(site.address());
    const auto nothing = co_await read_all(*stream);
    EXPECT_EQ(nothing, "");
  });
}

TEST(Server, turns_connections_away_when_all_that_there_may_be_are_asking) {
  ListenOptions options;
  options.limits.connections = 1;
  ServedSite site{options};
  site.run([&]() -> Task<void> {
    const auto first = co_await net::dial(site.address());
    co_await first->write(get_slow);
    co_await site.begun.wait();
    const auto second = co_await net::dial(site.address());
    const auto answer = co_await read_all(*second);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  });
}

TEST(Server, a_newcomer_takes_the_place_of_who_asks_nothing) {
  ListenOptions options;
  options.limits.connections = 3;
  ServedSite site{options};
  site.router.add("GET", "/ann", [](Exchange& exchange) -> Task<void> {
    exchange.belongs_to("ann");
    Response response;
    co_await exchange.respond(std::move(response));
  });
  site.run([&]() -> Task<void> {
    const auto caller = co_await net::dial(site.address());
    co_await caller->write("GET /ann HTTP/1.1\r\nHost: h\r\n\r\n");
    co_await read_some(*caller);
    const auto silent = co_await net::dial(site.address());
    const auto slow = co_await net::dial(site.address());
    co_await slow->write("GET / HT");
    std::vector<std::unique_ptr<net::Stream>> newcomers;
    for (int i = 0; i < 10; ++i) {
      auto newcomer = co_await net::dial(site.address());
      newcomers.push_back(std::move(newcomer));
      co_await newcomers.back()->write(get);
      const auto answer = co_await read_some(*newcomers.back());
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
      EXPECT_LE(site.server->open_connections(), 4U);
    }
    const auto nothing = co_await read_all(*silent);
    EXPECT_EQ(nothing, "");
    const auto nothing_either = co_await read_all(*slow);
    EXPECT_EQ(nothing_either, "");
    // A recognised caller keeps their connection while there are strangers whose can be closed.
    co_await caller->write("GET /ann HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto served = co_await read_some(*caller);
    EXPECT_TRUE(served.starts_with("HTTP/1.1 200 ")) << served;
  });
}

TEST(Server, two_servers_may_share_a_port) {
  ListenOptions options;
  options.reuse_port = true;
  ServedSite site{options};
  options.port = site.server->port();
  const auto second = Server::listen(site.loop, options, site.router, {}, site.clock, *site.log);
  site.run([&]() -> Task<void> {
    for (int i = 0; i < 20; ++i) {
      const auto stream = co_await net::dial(site.address());
      co_await stream->write(get);
      const auto answer = co_await read_some(*stream);
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    }
    co_await second->stop(std::chrono::milliseconds{0});
  });
}

TEST(Server, a_client_that_goes_away_cancels_what_it_asked_for) {
  ServedSite site;
  bool cancelled = false;
  const auto wait = [&]() -> Task<void> {
    site.begun.set();
    try {
      co_await site.go.wait();
    } catch (...) {
      cancelled = true;
      throw;
    }
  };
  Event over{site.loop.get_executor()};
  site.router.add("GET", "/watched", [&](Exchange& exchange) -> Task<void> {
    try {
      co_await exchange.until_disconnect(wait());
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::unavailable);
    }
    over.set();
  });
  site.run([&]() -> Task<void> {
    auto stream = co_await net::dial(site.address());
    co_await stream->write("GET /watched HTTP/1.1\r\nHost: h\r\n\r\n");
    co_await site.begun.wait();
    EXPECT_FALSE(cancelled);
    stream.reset();
    co_await over.wait();
    EXPECT_TRUE(cancelled);
  });
}

TEST(Server, a_large_answer_and_a_large_body_arrive_whole) {
  ServedSite site;
  site.router.add("POST", "/echo", [](Exchange& exchange) -> Task<void> {
    Response response;
    response.body = co_await exchange.read_body(std::size_t{32} << 20);
    co_await exchange.respond(std::move(response));
  });
  const auto client = make_client(site.loop, {});
  site.run([&]() -> Task<void> {
    ClientRequest request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(site.server->port()) + "/echo";
    request.body.resize(std::size_t{20} << 20);
    for (std::size_t i = 0; i < request.body.size(); ++i) {
      request.body[i] = static_cast<char>(i * 7919 >> 8U);
    }
    const auto sent = request.body;
    const auto response = co_await client->send(std::move(request));
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.body == sent);
  });
}

TEST(Server, a_handler_that_finds_no_memory_is_answered_503) {
  ServedSite site;
  site.router.add("GET", "/greedy", [](Exchange&) -> Task<void> {
    throw std::bad_alloc{};
    co_return;
  });
  const auto client = make_client(site.loop, {});
  site.run([&]() -> Task<void> {
    ClientRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(site.server->port()) + "/greedy";
    const auto response = co_await client->send(std::move(request));
    EXPECT_EQ(response.status, 503);
  });
}

ListenOptions with_tls(const SelfSigned& certificate) {
  ListenOptions options;
  options.tls = TlsIdentity{certificate.certificate_file(), certificate.key_file()};
  return options;
}

Task<std::string> ask_over_tls(const ServedSite& site, std::string ca_file) {
  net::DialOptions address = site.address();
  address.tls = net::TlsContext::for_client(ca_file);
  address.tls_name = "localhost";
  const auto stream = co_await net::dial(address);
  co_await stream->write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  co_return co_await read_all(*stream);
}

TEST(Tls, is_served) {
  const SelfSigned certificate;
  ServedSite site{with_tls(certificate)};
  bool seen = false;
  site.router.add("GET", "/tls", [&](Exchange& exchange) {
    seen = exchange.head().tls;
    return hello(exchange);
  });
  site.run([&]() -> Task<void> {
    const auto answer = co_await ask_over_tls(site, certificate.certificate_file());
    EXPECT_TRUE(answer.ends_with("\r\n\r\nhello")) << answer;
    ClientOptions options;
    options.ca_file = certificate.certificate_file();
    const auto client = make_client(site.loop, options);
    ClientRequest request;
    request.url = "https://localhost:" + std::to_string(site.server->port()) + "/tls";
    const auto response = co_await client->send(std::move(request));
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.http_version, 11);
    EXPECT_TRUE(seen);
  });
}

TEST(Tls, a_new_certificate_is_used_after_a_reload_and_a_bad_one_is_not) {
  SelfSigned certificate;
  ServedSite site{with_tls(certificate)};
  const std::string old_file = certificate.certificate_file() + ".old";
  std::filesystem::copy_file(certificate.certificate_file(), old_file);
  certificate.renew();
  site.run([&]() -> Task<void> {
    auto answer = co_await ask_over_tls(site, old_file);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    site.server->reload_tls();
    answer = co_await ask_over_tls(site, certificate.certificate_file());
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    std::filesystem::remove(certificate.key_file());
    EXPECT_THROW(site.server->reload_tls(), Error);
    answer = co_await ask_over_tls(site, certificate.certificate_file());
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  });
}

TEST(Tls, a_client_that_does_not_speak_it_is_closed) {
  const SelfSigned certificate;
  ServedSite site{with_tls(certificate)};
  site.run([&]() -> Task<void> {
    const auto stream = co_await net::dial(site.address());
    co_await stream->write(get);
    try {
      co_await read_all(*stream);
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::unavailable);
    }
  });
}

}  // namespace
}  // namespace gmail_mcp::http
