#include "surface/caller.h"

#include <gtest/gtest.h>

namespace gmail_mcp::surface {
namespace {

http::RequestHead loopback(http::Headers headers = {}) {
  http::RequestHead head;
  head.method = "POST";
  head.path = "/mcp";
  head.headers = std::move(headers);
  head.peer_address = "127.0.0.1";
  head.peer_is_loopback = true;
  head.local_is_loopback = true;
  return head;
}

http::RequestHead beyond(http::Headers headers = {}) {
  auto head = loopback(std::move(headers));
  head.peer_address = "192.0.2.7";
  head.peer_is_loopback = false;
  head.local_is_loopback = false;
  return head;
}

DoorRules with_token() {
  DoorRules rules;
  rules.callers.auth_token = Secret{"app-token"};
  return rules;
}

std::optional<Errc> refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code;
  }
  return std::nullopt;
}

TEST(Callers, beyond_loopback_an_application_names_its_user_on_mcp) {
  const auto rules = with_token();
  const http::Headers token{{"Authorization", "Bearer app-token"}};
  EXPECT_EQ(refusal([&] { mcp_caller_of(beyond(token), rules); }), Errc::forbidden);
  const http::Headers both{{"Authorization", "Bearer app-token"}, {"X-Gmail-MCP-User", "ann"}};
  EXPECT_EQ(mcp_caller_of(beyond(both), rules).only_user->str(), "ann");
  EXPECT_EQ(refusal([&] { mcp_caller_of(loopback(token), rules); }), std::nullopt);
  // A trusted proxy on this machine does not make its callers local.
  auto trusting = rules;
  trusting.trusted_proxies = {"127.0.0.1"};
  const http::Headers proxied{{"Authorization", "Bearer app-token"},
                              {"X-Forwarded-For", "192.0.2.9"}};
  EXPECT_EQ(refusal([&] { mcp_caller_of(loopback(proxied), trusting); }), Errc::forbidden);
  // REST is called by the application itself, not by an agent.
  EXPECT_EQ(refusal([&] { caller_of(beyond(token), rules); }), std::nullopt);
}

TEST(Callers, a_forwarded_request_without_a_token_is_nobody) {
  const DoorRules rules;
  for (const auto* name : {"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "Via"}) {
    const http::Headers headers{{name, "for=192.0.2.1"}};
    EXPECT_EQ(refusal([&] { caller_of(loopback(headers), rules); }), Errc::unauthenticated) << name;
  }
  EXPECT_EQ(caller_of(loopback(), rules).kind, model::CallerKind::application);
}

TEST(Hosts, a_loopback_socket_answers_to_loopback_and_configured_names_only) {
  DoorRules rules;
  rules.public_host = "mail.example.org";
  rules.allowed_hosts = {"inside.example"};
  const auto allowed = [&](const char* host) {
    return is_host_allowed(loopback({{"Host", host}}), rules);
  };
  EXPECT_TRUE(allowed("localhost:8000"));
  EXPECT_TRUE(allowed("127.0.0.1"));
  EXPECT_TRUE(allowed("[::1]:8000"));
  EXPECT_TRUE(allowed("mail.example.org"));
  EXPECT_TRUE(allowed("Inside.Example:8000"));
  EXPECT_FALSE(allowed("evil.example.com"));
  EXPECT_FALSE(allowed("localhost.evil.example"));
  EXPECT_TRUE(is_host_allowed(beyond({{"Host", "anything"}}), rules));
}

TEST(Hosts, a_browser_origin_must_be_ours_or_allowed) {
  DoorRules rules;
  rules.allowed_origins = {"https://app.example"};
  EXPECT_TRUE(is_origin_allowed("http://localhost:3000", rules));
  EXPECT_TRUE(is_origin_allowed("https://app.example", rules));
  EXPECT_FALSE(is_origin_allowed("https://evil.example", rules));
  EXPECT_FALSE(is_origin_allowed("null", rules));
}

TEST(PrivateChannel, is_tls_up_to_us_or_a_browser_on_this_machine) {
  const DoorRules rules;
  const std::string here = "http://localhost:8000";
  EXPECT_TRUE(is_private(loopback({{"Host", "localhost:8000"}}), rules, here));
  EXPECT_TRUE(is_private(beyond({{"Host", "127.0.0.1:8000"}}), rules, here)) << "a container";
  EXPECT_FALSE(is_private(beyond({{"Host", "192.0.2.1:8000"}}), rules, here));
  EXPECT_FALSE(is_private(loopback({{"Host", "mail.example"}}), rules, here));
  auto encrypted = beyond({{"Host", "192.0.2.1:8000"}});
  encrypted.tls = true;
  EXPECT_TRUE(is_private(encrypted, rules, here));
}

TEST(PrivateChannel, behind_a_proxy_is_what_the_proxy_says) {
  DoorRules rules;
  const std::string url = "https://mail.example";
  EXPECT_TRUE(is_private(loopback({{"Host", "mail.example"}}), rules, url));
  EXPECT_FALSE(is_private(loopback({{"X-Forwarded-Proto", "http"}}), rules, url));
  EXPECT_TRUE(is_private(loopback({{"X-Forwarded-Proto", "http, https"}}), rules, url));
  EXPECT_FALSE(is_private(beyond({{"X-Forwarded-Proto", "https"}}), rules, url))
      << "anybody can write that";
  rules.trusted_proxies = {"192.0.2.7"};
  EXPECT_TRUE(is_private(beyond({{"X-Forwarded-Proto", "https"}}), rules, url));
  EXPECT_FALSE(is_private(loopback({{"Host", "localhost"}, {"Via", "1.1 p"}}), DoorRules{},
                          "http://localhost:8000"));
  EXPECT_FALSE(is_private(loopback({{"Host", "localhost"}}), DoorRules{}, "http://mail.example"));
}

TEST(ClientAddress, is_the_peers_unless_a_trusted_proxy_names_another) {
  DoorRules rules;
  const auto forwarded = beyond({{"X-Forwarded-For", "198.51.100.1, 203.0.113.9"}});
  EXPECT_EQ(client_address(forwarded, rules), "192.0.2.7");
  rules.trusted_proxies = {"192.0.2.7"};
  EXPECT_EQ(client_address(forwarded, rules), "203.0.113.9");
}

}  // namespace
}  // namespace gmail_mcp::surface
