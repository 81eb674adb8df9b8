#include "http/client.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "http/client_house_test.h"
#include "net/testing/self_signed.h"

namespace gmail_mcp::http {
namespace {

using namespace std::string_literals;
using test::outcome_of;
using test::Raw;
using test::Site;
using Reaction = test::RawServer::Reaction;

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
