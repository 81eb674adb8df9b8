#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "http/client_house_test.h"

// Handles of libcurl's are used for one request after the other.
namespace gmail_mcp::http {
namespace {

using test::outcome_of;
using test::Raw;
using test::Site;

bool has(const std::string& head, std::string_view text) {
  return head.find(text) != std::string::npos;
}

TEST(Line, what_one_request_said_is_not_said_by_the_next) {
  Raw raw;
  raw.run([&]() -> Task<void> {
    const std::string& head = raw.server.last_head;
    for (int round = 0; round < 3; ++round) {
      auto mail = raw.request("POST", "mail");
      mail.headers.add("Content-Type", "message/rfc822");
      mail.headers.add("X-Mail", "1");
      co_await raw.client->send_once(std::move(mail));
      EXPECT_TRUE(has(head, "\r\nX-Mail: 1\r\n") && has(head, "\r\nContent-Length: 4\r\n")) << head;

      co_await raw.client->send_once(raw.request("POST", "a longer mail"));
      EXPECT_TRUE(has(head, "\r\nContent-Length: 13\r\n")) << head;
      EXPECT_FALSE(has(head, "X-Mail") || has(head, "Content-Type")) << head;

      co_await raw.client->send(raw.request("POST", "query"));
      EXPECT_TRUE(has(head, "\r\nContent-Length: 5\r\n")) << head;
      co_await raw.client->send(raw.request("POST", ""));
      EXPECT_TRUE(has(head, "\r\nContent-Length: 0\r\n")) << head;

      auto plain = raw.request("GET", "");
      plain.url = raw.server.url("/list?q=a%20b");
      co_await raw.client->send(std::move(plain));
      EXPECT_TRUE(head.starts_with("GET /list?q=a%20b HTTP/1.1\r\n")) << head;
      EXPECT_FALSE(has(head, "Content-") || has(head, "X-Mail") || has(head, "Expect")) << head;

      co_await raw.client->send(raw.request("DELETE", ""));
      EXPECT_TRUE(head.starts_with("DELETE / HTTP/1.1\r\n")) << head;
      EXPECT_FALSE(has(head, "Content-Length")) << head;
      co_await raw.client->send(raw.request("PUT", "draft"));
      EXPECT_TRUE(head.starts_with("PUT / HTTP/1.1\r\n")) << head;
    }
    EXPECT_EQ(raw.server.connections, 1);
  });
}

TEST(Line, names_our_program_and_what_it_can_read_once) {
  Raw raw;
  raw.run([&]() -> Task<void> {
    co_await raw.client->send(raw.request("GET", ""));
    const std::string& head = raw.server.last_head;
    for (const auto* field : {"\r\nUser-Agent: gmail-mcp (gzip)\r\n",
                              "\r\nAccept-Encoding: gzip, br\r\n", "\r\nHost: 127.0.0.1:"}) {
      EXPECT_TRUE(has(head, field)) << head;
      EXPECT_EQ(head.find(field), head.rfind(field)) << head;
    }
  });
}

TEST(Line, each_attempt_has_the_time_of_its_own_request) {
  Site site;
  Event never{site.loop.get_executor()};
  site.router.add("*", "/never", [&](Exchange& e) { return e.until_disconnect(never.wait()); });
  site.give("/at-once", Response{});
  site.run([&]() -> Task<void> {
    for (int round = 0; round < 2; ++round) {
      co_await site.client->send(site.request("/at-once"));
      auto hasty = site.request("/never");
      hasty.timeout = std::chrono::milliseconds{100};
      EXPECT_EQ(co_await outcome_of(site.client->send(std::move(hasty))), "timeout");
    }
  });
}

TEST(Line, a_target_is_sent_as_it_was_given_without_its_fragment) {
  Raw raw;
  raw.run([&]() -> Task<void> {
    const std::string& head = raw.server.last_head;
    for (int round = 0; round < 2; ++round) {
      for (const auto* target :
           {"/a/../b", "/a//b", "/%41%2f?x=%20&y=a+b", "/?a=/?b", "/-._~!$&'()*+,;=:@"}) {
        auto request = raw.request("GET", "");
        request.url = raw.server.url(std::string{target} + "#part");
        co_await raw.client->send(std::move(request));
        EXPECT_TRUE(head.starts_with("GET " + std::string{target} + " HTTP/1.1\r\n")) << head;
        request = raw.request("GET", "");
        request.url = raw.server.url(target);
        co_await raw.client->send(std::move(request));
        EXPECT_TRUE(head.starts_with("GET " + std::string{target} + " HTTP/1.1\r\n")) << head;
      }
    }
  });
}

TEST(Line, a_known_server_does_not_excuse_a_bad_target) {
  Raw raw;
  raw.run([&]() -> Task<void> {
    co_await raw.client->send(raw.request("GET", ""));
    for (const auto* target : {"/a b", "/a%2", "/a%zz", "/a\r\nX: y", "/\xc3\xa4",
                               "@elsewhere.test/", ".elsewhere.test/"}) {
      auto request = raw.request("GET", "");
      request.url = raw.server.url(target);
      const auto outcome = co_await outcome_of(raw.client->send(std::move(request)));
      EXPECT_EQ(outcome, "invalid_argument") << target;
    }
    EXPECT_EQ(raw.server.requests, 1);
  });
}

TEST(Line, more_servers_than_are_remembered_are_still_reached) {
  Raw raw;
  raw.run([&]() -> Task<void> {
    const auto port = raw.server.url("").substr(std::string{"http://127.0.0.1"}.size());
    for (int round = 0; round < 2; ++round) {
      for (int host = 1; host < 20; ++host) {
        auto request = raw.request("GET", "");
        request.url = "http://127.0.0." + std::to_string(host) + port + "/";
        // Nobody listens there, but at the first.
        const auto outcome = co_await outcome_of(raw.client->send(std::move(request)));
        EXPECT_EQ(outcome, host == 1 ? "ok" : "unavailable");
      }
    }
  });
}

// A server that accepts connections and never begins TLS.
ClientRequest over_silent_tls(const Raw& raw, std::chrono::milliseconds timeout) {
  auto request = raw.request("GET", "");
  request.url.replace(0, std::string{"http"}.size(), "https");
  request.timeout = timeout;
  return request;
}

TEST(Client, who_waits_for_a_connection_does_so_within_its_own_time) {
  Raw raw;
  raw.run([&]() -> Task<void> {
    std::vector<Task<std::string>> all;
    for (const int timeout : {400, 100, 50}) {
      auto request = over_silent_tls(raw, std::chrono::milliseconds{timeout});
      all.push_back(outcome_of(raw.client->send(std::move(request))));
    }
    const auto outcomes = co_await run_all(std::move(all));
    EXPECT_EQ(outcomes, (std::vector<std::string>(3, "timeout")));
    EXPECT_EQ(raw.server.connections, 1);
  });
}

TEST(Client, that_is_destroyed_lets_go_of_who_waits_for_a_connection) {
  Raw raw;
  std::vector<std::string> outcomes;
  raw.run([&]() -> Task<void> {
    const auto send = [&]() -> Task<void> {
      auto request = over_silent_tls(raw, std::chrono::seconds{30});
      outcomes.push_back(co_await outcome_of(raw.client->send(std::move(request))));
    };
    TaskGroup senders{raw.loop.get_executor()};
    for (int i = 0; i < 3; ++i) senders.spawn(send());
    while (raw.server.connections == 0) {
      co_await boost::asio::post(raw.loop.get_executor(), use_task);
    }
    raw.client.reset();
    co_await senders.join();
    EXPECT_EQ(outcomes, (std::vector<std::string>(3, "unavailable")));
  });
}

}  // namespace
}  // namespace gmail_mcp::http
