#include <gtest/gtest.h>

#include <string>

#include "http/client_house_test.h"

// What goes out once, and what may be repeated.
namespace gmail_mcp::http {
namespace {

using test::outcome_of;
using test::Raw;
using Reaction = test::RawServer::Reaction;

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

}  // namespace
}  // namespace gmail_mcp::http
