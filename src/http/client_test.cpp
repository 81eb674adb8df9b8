#include "http/client.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <string>

#include "http/server.h"
#include "net/listen.h"
#include "net/testing/self_signed.h"

namespace gmail_mcp::http {
namespace {

using namespace std::string_literals;

// --- a server that does what it is told
// ---------------------------------------------------------------

// Reads requests byte by byte, and answers or does not. Counts what it has seen on all connections.
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

struct Raw {
  void run(const std::function<Task<void>()>& body) { run_to_end(loop, run_and_stop(body)); }

  Task<void> run_and_stop(const std::function<Task<void>()>& body) {
    std::exception_ptr failure;
    try {
      co_await body();
    } catch (...) {
      failure = std::current_exception();
    }
    client.reset();
    co_await server.stop();
    if (failure) std::rethrow_exception(failure);
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

// The code of what `task` throws; "ok" when it does not.
Task<std::string> outcome_of(Task<ClientResponse> task) {
  try {
    co_await std::move(task);
  } catch (const Error& error) {
    co_return std::string{to_string(error.code)};
  }
  co_return "ok";
}

// --- exactly once
// -------------------------------------------------------------------------------------

TEST(SendOnce, a_body_that_was_swallowed_is_never_sent_again) {
  Raw raw;
  raw.server.script = {Reaction::answer, Reaction::swallow, Reaction::answer};
  raw.run([&]() -> Task<void> {
    const auto first = co_await outcome_of(raw.client->send_once(raw.request("POST", "mail 1")));
    EXPECT_EQ(first, "ok");
    const auto second = co_await outcome_of(raw.client->send_once(raw.request("POST", "mail 2")));
    EXPECT_EQ(second, "outcome_unknown");
    EXPECT_EQ(raw.server.requests, 2);
    EXPECT_EQ(raw.server.bodies, 2);
  });
}

TEST(SendOnce, neither_is_one_whose_head_was_swallowed) {
  for (const auto size : {std::size_t{6}, std::size_t{5'000'000}}) {
    Raw raw;
    raw.server.script = {Reaction::answer, Reaction::swallow_head, Reaction::answer};
    raw.run([&]() -> Task<void> {
      co_await raw.client->send_once(raw.request("POST", "mail 1"));
      const auto outcome =
          co_await outcome_of(raw.client->send_once(raw.request("POST", std::string(size, 'x'))));
      EXPECT_EQ(outcome, "outcome_unknown");
      EXPECT_EQ(raw.server.bodies, 1);
    });
  }
}

TEST(SendOnce, a_request_without_a_body_is_its_head_and_goes_out_once_too) {
  for (const auto* method : {"POST", "DELETE", "PUT"}) {
    Raw raw;
    raw.server.script = {Reaction::answer, Reaction::swallow, Reaction::answer};
    raw.run([&]() -> Task<void> {
      co_await raw.client->send_once(raw.request(method, ""));
      const auto outcome = co_await outcome_of(raw.client->send_once(raw.request(method, "")));
      EXPECT_EQ(outcome, "outcome_unknown") << method;
      EXPECT_EQ(raw.server.requests, 2) << method;
    });
  }
}

TEST(Send, to_public_addresses_only_connects_to_no_other) {
  Raw raw;
  ClientOptions options;
  options.public_addresses_only = true;
  raw.client = make_client(raw.loop, options);
  raw.run([&]() -> Task<void> {
    const auto port = raw.server.url().substr(std::string{"http://127.0.0.1"}.size());
    for (const auto* host : {"http://127.0.0.1", "http://localhost", "http://127.8.8.8"}) {
      auto request = raw.request("GET", "");
      request.url = host + port;
      EXPECT_EQ(co_await outcome_of(raw.client->send(request)), "unavailable") << host;
    }
    EXPECT_EQ(raw.server.connections, 0);
  });
}

// What send_once prevents: libcurl by itself repeats a POST when a kept connection closes without
// an answer.
TEST(Send, may_be_repeated_by_the_transport) {
  Raw raw;
  raw.server.script = {Reaction::answer, Reaction::swallow, Reaction::answer};
  raw.run([&]() -> Task<void> {
    co_await raw.client->send(raw.request("POST", "query 1"));
    const auto outcome = co_await outcome_of(raw.client->send(raw.request("POST", "query 2")));
    EXPECT_EQ(outcome, "ok");
    EXPECT_EQ(raw.server.requests, 3);
    EXPECT_EQ(raw.server.connections, 2);
  });
}

TEST(SendOnce, a_kept_connection_that_has_closed_meanwhile_is_not_used) {
  Raw raw;
  raw.server.script = {Reaction::answer_and_close};
  raw.run([&]() -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      const auto response = co_await raw.client->send_once(raw.request("POST", "mail"));
      EXPECT_EQ(response.body, "ok");
    }
    EXPECT_EQ(raw.server.requests, 3);
    EXPECT_EQ(raw.server.connections, 3);
  });
}

TEST(SendOnce, nobody_there_means_surely_not) {
  Raw raw;
  raw.run([&]() -> Task<void> {
    auto request = raw.request("POST", "mail");
    co_await raw.server.stop();
    const auto outcome = co_await outcome_of(raw.client->send_once(std::move(request)));
    EXPECT_EQ(outcome, "unavailable");
  });
}

TEST(SendOnce, what_is_sent_is_what_was_given) {
  Raw raw;
  raw.run([&]() -> Task<void> {
    auto request = raw.request("POST", "mail");
    request.headers.add("Content-Type", "message/rfc822");
    request.headers.add("X-Empty", "");
    const auto response = co_await raw.client->send_once(std::move(request));
    EXPECT_EQ(response.status, 200);
    const std::string& head = raw.server.last_head;
    EXPECT_TRUE(head.starts_with("POST / HTTP/1.1\r\n")) << head;
    EXPECT_NE(head.find("\r\nContent-Length: 4\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("\r\nContent-Type: message/rfc822\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("\r\nX-Empty:\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("Expect"), std::string::npos) << head;
    EXPECT_EQ(head.find("Transfer-Encoding"), std::string::npos) << head;
  });
}

TEST(Send, a_head_that_is_cut_off_is_no_answer) {
  for (const auto reaction : {Reaction::cut_head, Reaction::cut_field}) {
    Raw raw;
    raw.server.script = {reaction};
    raw.run([&]() -> Task<void> {
      for (const bool once : {false, true}) {
        std::string outcome;
        try {
          auto request = raw.request("POST", "body");
          auto answer = once ? raw.client->send_once(std::move(request))
                             : raw.client->send(std::move(request));
          const auto response = co_await std::move(answer);
          outcome = "status " + std::to_string(response.status);
        } catch (const Error& error) {
          outcome = to_string(error.code);
        }
        EXPECT_EQ(outcome, once ? "outcome_unknown" : "unavailable");
      }
    });
  }
}

TEST(Send, adds_no_content_type_of_its_own) {
  Raw raw;
  raw.run([&]() -> Task<void> {
    co_await raw.client->send(raw.request("PATCH", "{}"));
    const std::string& head = raw.server.last_head;
    EXPECT_TRUE(head.starts_with("PATCH / HTTP/1.1\r\n")) << head;
    EXPECT_EQ(head.find("Content-Type"), std::string::npos) << head;
  });
}

// --- against our own server
// ---------------------------------------------------------------------------

struct Site {
  Site() : server{Server::listen(loop, {}, router, {}, clock, *log)} {}

  void run(const std::function<Task<void>()>& body) { run_to_end(loop, run_and_stop(body)); }

  Task<void> run_and_stop(const std::function<Task<void>()>& body) {
    std::exception_ptr failure;
    try {
      co_await body();
    } catch (...) {
      failure = std::current_exception();
    }
    client.reset();
    co_await server->stop(std::chrono::milliseconds{0});
    if (failure) std::rethrow_exception(failure);
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

TEST(Client, yields_any_answer_that_has_a_status) {
  Site site;
  Response teapot;
  teapot.status = 404;
  teapot.headers.add("X-A", "1");
  teapot.headers.add("X-A", "2");
  teapot.body = "no such thing";
  site.give("/missing", teapot);
  site.run([&]() -> Task<void> {
    const auto response = co_await site.client->send(site.request("/missing"));
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.body, "no such thing");
    EXPECT_EQ(response.headers.count("x-a"), 2U);
    EXPECT_EQ(response.http_version, 11);
  });
}

TEST(Client, follows_no_redirect) {
  Site site;
  Response elsewhere;
  elsewhere.status = 302;
  elsewhere.headers.add("Location", "/other");
  site.give("/", elsewhere);
  site.run([&]() -> Task<void> {
    const auto response = co_await site.client->send(site.request("/"));
    EXPECT_EQ(response.status, 302);
    EXPECT_EQ(response.headers.get("location"), "/other");
  });
}

TEST(Client, HEAD_has_no_body_and_is_over_at_once) {
  Site site;
  Response response;
  response.body = "body";
  site.give("/", response);
  site.run([&]() -> Task<void> {
    auto request = site.request("/");
    request.method = "HEAD";
    const auto answer = co_await site.client->send(std::move(request));
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.headers.get("Content-Length"), "4");
  });
}

TEST(Client, undoes_gzip_and_brotli) {
  Site site;
  Response gzip;
  gzip.headers.add("Content-Encoding", "gzip");
  gzip.body =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\xd7\x51\x48\xce\xcf\x2d\x28"
      "\x4a\x2d\x2e\x4e\x4d\x51\x28\xcf\x2f\xca\x49\x01\x00\x08\x9e\x34\x35\x17\x00\x00\x00"s;
  site.give("/gzip", gzip);
  Response brotli;
  brotli.headers.add("Content-Encoding", "br");
  brotli.body =
      "\x1b\x16\x00\xf8\x25\x41\xc8\xca\x72\x90\x4d\x80\xc9\x12\x2e\xea\x48\x4e\x3f\xe8\x1d"s;
  site.give("/br", brotli);
  site.run([&]() -> Task<void> {
    for (const auto* path : {"/gzip", "/br"}) {
      const auto response = co_await site.client->send(site.request(path));
      EXPECT_EQ(response.body, "hello, compressed world") << path;
      EXPECT_EQ(response.headers.find("Content-Encoding"), nullptr) << path;
      EXPECT_EQ(response.headers.find("Content-Length"), nullptr) << path;
    }
  });
}

Task<void> pour(Exchange& exchange) {
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  while (true) co_await stream->write(std::string(10'000, 'x'));
}

TEST(Client, an_answer_that_is_too_large_is_broken_off) {
  Site site;
  site.router.add("*", "/pour", pour);
  site.run([&]() -> Task<void> {
    auto request = site.request("/pour");
    request.max_body = 100'000;
    std::optional<Error> failure;
    try {
      co_await site.client->send(std::move(request));
    } catch (const Error& error) {
      failure = error;
    }
    EXPECT_TRUE(failure && failure->code == Errc::too_large && !failure->hint.empty());
    auto effect = site.request("/pour");
    effect.method = "POST";
    effect.body = "x";
    effect.max_body = 100'000;
    const auto unknown = co_await outcome_of(site.client->send_once(std::move(effect)));
    EXPECT_EQ(unknown, "outcome_unknown");
  });
}

TEST(Client, a_large_answer_is_of_its_readers_share_as_long_as_it_is_there) {
  constexpr std::size_t much = 300'000;
  Site site;
  Response large;
  large.body.assign(much, 'x');
  site.give("/", large);
  site.run([&]() -> Task<void> {
    FairShare share{{.total = 10 * much, .of_one = much + 100'000}};
    auto request = site.request("/");
    request.reader = {&share, "ann"};
    {
      const auto answer = co_await site.client->send(request);
      EXPECT_EQ(answer.body.size(), much);
      EXPECT_EQ(share.counts().used, much);
      const auto refused = co_await outcome_of(site.client->send(request));
      EXPECT_EQ(refused, "rate_limited");
      request.reader.name = "bob";
      const auto others = co_await site.client->send(request);
      EXPECT_EQ(others.body.size(), much);
      EXPECT_EQ(share.counts().used, 2 * much);
    }
    EXPECT_EQ(share.counts().used, 0U);
  });
}

TEST(Client, a_large_answer_whose_size_is_not_announced_takes_no_more_than_there_is) {
  constexpr std::size_t much = 3'000'000;
  Site site;
  site.router.add("GET", "/endless", [](Exchange& exchange) -> Task<void> {
    Response head;
    auto* stream = co_await exchange.stream(std::move(head));
    for (std::size_t sent = 0; sent < much; sent += 100'000) {
      std::string piece(100'000, 'x');
      co_await stream->write(std::move(piece));
    }
  });
  site.run([&]() -> Task<void> {
    FairShare share{{.total = 2 * much, .of_one = much / 2}};
    auto request = site.request("/endless");
    request.reader = {&share, "ann"};
    const auto refused = co_await outcome_of(site.client->send(request));
    EXPECT_EQ(refused, "rate_limited");
    EXPECT_EQ(share.counts().used, 0U);
    request.reader = {};
    const auto unlimited = co_await site.client->send(request);
    EXPECT_EQ(unlimited.body.size(), much);
  });
}

TEST(Client, an_answer_that_does_not_come_is_a_timeout) {
  Site site;
  Event never{site.loop.get_executor()};
  site.router.add("*", "/never", [&](Exchange& e) { return e.until_disconnect(never.wait()); });
  site.give("/at-once", Response{});
  site.run([&]() -> Task<void> {
    auto request = site.request("/never");
    request.timeout = std::chrono::milliseconds{500};
    // On a connection that is already open: not to get one in time is a different failure.
    co_await site.client->send(site.request("/at-once"));
    const auto outcome = co_await outcome_of(site.client->send(request));
    EXPECT_EQ(outcome, "timeout");
    request.method = "POST";
    request.body = "x";
    co_await site.client->send(site.request("/at-once"));
    const auto unknown = co_await outcome_of(site.client->send_once(request));
    EXPECT_EQ(unknown, "outcome_unknown");
  });
}

TEST(Client, cancelling_breaks_the_transfer_off) {
  Site site;
  Event begun{site.loop.get_executor()};
  Event gone{site.loop.get_executor()};
  Event never{site.loop.get_executor()};
  site.router.add("*", "/never", [&](Exchange& exchange) -> Task<void> {
    begun.set();
    try {
      co_await exchange.until_disconnect(never.wait());
    } catch (const Error&) {
      gone.set();
    }
  });
  bool thrown = false;
  site.run([&]() -> Task<void> {
    const auto send = [&]() -> Task<void> {
      try {
        co_await site.client->send(site.request("/never"));
      } catch (const boost::system::system_error&) {
        thrown = true;
      }
    };
    TaskGroup senders{site.loop.get_executor()};
    senders.spawn(send());
    co_await begun.wait();
    senders.cancel();
    co_await senders.join();
    EXPECT_TRUE(thrown);
    co_await gone.wait();
  });
}

TEST(Client, that_is_destroyed_breaks_off_what_runs) {
  Site site;
  Event begun{site.loop.get_executor()};
  Event never{site.loop.get_executor()};
  site.router.add("*", "/never", [&](Exchange& exchange) -> Task<void> {
    begun.set();
    co_await exchange.until_disconnect(never.wait());
  });
  std::string outcome;
  site.run([&]() -> Task<void> {
    const auto send = [&]() -> Task<void> {
      outcome = co_await outcome_of(site.client->send(site.request("/never")));
    };
    TaskGroup senders{site.loop.get_executor()};
    senders.spawn(send());
    co_await begun.wait();
    site.client.reset();
    co_await senders.join();
    EXPECT_EQ(outcome, "unavailable");
  });
}

TEST(Client, a_crowd_shares_the_connections_it_may_have) {
  Site site;
  std::size_t most = 0;
  std::size_t under_way = 0;
  Event four{site.loop.get_executor()};
  site.router.add("GET", "/", [&](Exchange& exchange) -> Task<void> {
    most = std::max(most, site.server->open_connections());
    // The first four are answered once all four are under way.
    if (++under_way == 4) four.set();
    co_await four.wait();
    Response response;
    response.body = "x";
    co_await exchange.respond(std::move(response));
  });
  ClientOptions options;
  options.connections_per_host = 4;
  site.client = make_client(site.loop, options);
  site.run([&]() -> Task<void> {
    std::vector<Task<ClientResponse>> all;
    for (int i = 0; i < 50; ++i) all.push_back(site.client->send(site.request("/")));
    const auto answers = co_await run_all(std::move(all));
    for (const auto& answer : answers) EXPECT_EQ(answer.body, "x");
    EXPECT_EQ(most, 4U);
  });
}

// --- trust
// --------------------------------------------------------------------------------------------

TEST(Client, speaks_plain_http_to_this_machine_only) {
  Site site;
  site.run([&]() -> Task<void> {
    for (const auto* url :
         {"http://example.invalid/", "http://192.0.2.1/", "http://localhost.example.invalid/"}) {
      ClientRequest request;
      request.url = url;
      const auto outcome = co_await outcome_of(site.client->send(std::move(request)));
      EXPECT_EQ(outcome, "misconfigured") << url;
    }
    for (const auto* url : {"ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1",
                            "http://127.0.0.1.example.invalid/"}) {
      ClientRequest request;
      request.url = url;
      const auto outcome = co_await outcome_of(site.client->send(std::move(request)));
      EXPECT_EQ(outcome, "invalid_argument") << url;
    }
  });
}

TEST(Client, a_field_with_a_line_break_is_refused) {
  Site site;
  site.run([&]() -> Task<void> {
    auto request = site.request("/");
    request.headers.add("X", "a\r\nY: b");
    const auto outcome = co_await outcome_of(site.client->send(std::move(request)));
    EXPECT_EQ(outcome, "invalid_argument");
  });
}

TEST(Client, does_not_ask_the_environment_for_a_proxy) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  Site site;
  Response response;
  response.body = "direct";
  site.give("/", response);
  site.run([&]() -> Task<void> {
    const auto answer = co_await site.client->send(site.request("/"));
    EXPECT_EQ(answer.body, "direct");
  });
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
}

TEST(Client, uses_the_proxy_of_its_settings_for_the_world_and_not_for_this_machine) {
  Raw proxy;
  proxy.server.script = {Reaction::refuse_proxy, Reaction::answer};
  ClientOptions options;
  options.proxy = proxy.server.url("");
  proxy.client = make_client(proxy.loop, options);
  proxy.run([&]() -> Task<void> {
    ClientRequest request;
    request.url = "https://example.invalid/";
    const auto outcome = co_await outcome_of(proxy.client->send(std::move(request)));
    EXPECT_EQ(outcome, "unavailable");
    EXPECT_TRUE(proxy.server.last_head.starts_with("CONNECT example.invalid:443 "));
    co_await proxy.client->send(proxy.request("GET", ""));
    EXPECT_TRUE(proxy.server.last_head.starts_with("GET / "));
  });
}

TEST(Client, trusts_only_certificates_it_can_verify) {
  const net::testing::SelfSigned certificate;
  const net::testing::SelfSigned another;
  Site site;
  ListenOptions secure;
  secure.tls = TlsIdentity{certificate.certificate_file(), certificate.key_file()};
  const auto server = Server::listen(site.loop, secure, site.router, {}, site.clock, *site.log);
  Response response;
  response.body = "private";
  site.give("/", response);
  site.run([&]() -> Task<void> {
    ClientRequest request;
    request.url = "https://localhost:" + std::to_string(server->port()) + "/";
    ClientOptions options;
    options.ca_file = certificate.certificate_file();
    const auto trusting = make_client(site.loop, options);
    const auto answer = co_await trusting->send(request);
    EXPECT_EQ(answer.body, "private");
    auto outcome = co_await outcome_of(site.client->send(request));
    EXPECT_EQ(outcome, "misconfigured");
    options.ca_file = another.certificate_file();
    const auto deceived = make_client(site.loop, options);
    outcome = co_await outcome_of(deceived->send(request));
    EXPECT_EQ(outcome, "misconfigured");
    options.ca_file = "/nowhere.pem";
    const auto lost = make_client(site.loop, options);
    outcome = co_await outcome_of(lost->send(request));
    EXPECT_EQ(outcome, "misconfigured");
    // The name on the certificate is localhost, not this address.
    request.url = "https://127.0.0.1:" + std::to_string(server->port()) + "/";
    outcome = co_await outcome_of(trusting->send(request));
    EXPECT_EQ(outcome, "misconfigured");
    co_await server->stop(std::chrono::milliseconds{0});
  });
}

}  // namespace
}  // namespace gmail_mcp::http
