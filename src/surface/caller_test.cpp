#include "surface/caller.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

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

model::Caller caller(const http::RequestHead& head, const DoorRules& rules) {
  boost::asio::io_context loop{1};
  return run_to_end(loop, caller_of(head, rules));
}

model::Caller mcp_caller(const http::RequestHead& head, const DoorRules& rules) {
  boost::asio::io_context loop{1};
  return run_to_end(loop, mcp_caller_of(head, rules));
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
  EXPECT_EQ(refusal([&] { mcp_caller(beyond(token), rules); }), Errc::forbidden);
  const http::Headers both{{"Authorization", "Bearer app-token"}, {"X-Gmail-MCP-User", "ann"}};
  EXPECT_EQ(mcp_caller(beyond(both), rules).only_user->str(), "ann");
  EXPECT_EQ(refusal([&] { mcp_caller(loopback(token), rules); }), std::nullopt);
  // A trusted proxy on this machine does not make its callers local.
  auto trusting = rules;
  trusting.trusted_proxies = {"127.0.0.1"};
  const http::Headers proxied{{"Authorization", "Bearer app-token"},
                              {"X-Forwarded-For", "192.0.2.9"}};
  EXPECT_EQ(refusal([&] { mcp_caller(loopback(proxied), trusting); }), Errc::forbidden);
  // REST is called by the application itself, not by an agent.
  EXPECT_EQ(refusal([&] { caller(beyond(token), rules); }), std::nullopt);
}

// Knows one token, as a person's.
class OnePerson final : public accounts::Recognizer {
 public:
  Task<std::optional<model::Caller>> recognize(std::string token) override {
    ++asked;
    if (trouble) throw Error{*trouble};
    if (token == "expired") throw Error{Errc::unauthenticated, "This token has expired."};
    if (token != "of-ann") co_return std::nullopt;
    model::Caller ann;
    ann.kind = model::CallerKind::user;
    ann.only_user = model::ExternalUserId{"ann"};
    ann.credential = "token-1";
    ann.grant.read_only = true;
    co_return ann;
  }

  int asked = 0;
  std::optional<Error> trouble = {};
};

http::Headers bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

TEST(Callers, tokens_that_are_not_in_the_settings_are_recognised_in_turn) {
  OnePerson first;
  OnePerson second;
  auto rules = with_token();
  rules.recognizers = {&first, &second};
  const auto ann = mcp_caller(beyond(bearer("of-ann")), rules);
  EXPECT_EQ(ann.kind, model::CallerKind::user) << "needs no X-Gmail-MCP-User";
  EXPECT_EQ(ann.only_user->str(), "ann");
  EXPECT_TRUE(ann.grant.read_only);
  EXPECT_EQ(second.asked, 0);
  EXPECT_EQ(refusal([&] { caller(beyond(bearer("other")), rules); }), Errc::unauthenticated);
  EXPECT_EQ(second.asked, 1);
  EXPECT_EQ(refusal([&] { caller(beyond(bearer("expired")), rules); }), Errc::unauthenticated);
  EXPECT_EQ(second.asked, 1) << "who knows a token judges it";
}

TEST(Callers, a_token_that_cannot_be_looked_up_now_is_to_be_shown_again) {
  // A database that does not answer, in the words of each engine.
  for (const auto code : {Errc::unavailable, Errc::timeout}) {
    OnePerson known;
    known.trouble = Error{code, "The database does not answer."};
    auto rules = with_token();
    rules.recognizers = {&known};
    try {
      caller(beyond(bearer("of-ann")), rules);
      ADD_FAILURE() << "was let in";
    } catch (const Error& later) {
      EXPECT_EQ(later.code, Errc::unavailable);
      EXPECT_EQ(later.message, "The database does not answer.");
      EXPECT_TRUE(later.retry_after.has_value());
    }
    EXPECT_EQ(refusal([&] { caller(beyond(), rules); }), Errc::unauthenticated)
        << "a client without a token still finds the way to sign in";
  }
}

TEST(Callers, the_settings_tokens_are_known_without_asking) {
  OnePerson other;
  auto rules = with_token();
  rules.recognizers = {&other};
  EXPECT_EQ(caller(beyond(bearer("app-token")), rules).kind, model::CallerKind::application);
  EXPECT_EQ(refusal([&] { caller(beyond(), rules); }), Errc::unauthenticated);
  auto twice = bearer("of-ann");
  twice.add("Authorization", "Bearer of-ann");
  EXPECT_EQ(refusal([&] { caller(beyond(twice), rules); }), Errc::unauthenticated);
  EXPECT_EQ(other.asked, 0);
}

TEST(Callers, a_persons_credential_acts_for_no_other_user) {
  OnePerson known;
  auto rules = with_token();
  rules.recognizers = {&known};
  auto naming = bearer("of-ann");
  naming.add("X-Gmail-MCP-User", "ann");
  EXPECT_EQ(caller(beyond(naming), rules).only_user->str(), "ann");
  auto another = bearer("of-ann");
  another.add("X-Gmail-MCP-User", "bob");
  EXPECT_EQ(refusal([&] { caller(beyond(another), rules); }), Errc::forbidden);
}

TEST(Callers, what_a_proxy_passed_on_without_a_token_is_nobodys) {
  const DoorRules rules;
  for (const auto* name :
       {"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded", "Via", "X-Real-IP",
        "x-real-ip", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP",
        "X-Envoy-External-Address", "Fly-Client-IP", "X-Original-Host", "CDN-Loop"}) {
    const http::Headers headers{{"Host", "localhost"}, {name, "192.0.2.1"}};
    EXPECT_EQ(refusal([&] { caller(loopback(headers), rules); }), Errc::unauthenticated) << name;
  }
  const http::Headers plain{{"Host", "localhost"}, {"X-Request-Id", "1"}};
  EXPECT_EQ(caller(loopback(plain), rules).kind, model::CallerKind::application);
}

TEST(Callers, where_people_sign_in_nobody_on_this_machine_is_let_in_without) {
  DoorRules rules;
  const http::Headers plain{{"Host", "localhost"}};
  EXPECT_EQ(caller(loopback(plain), rules).kind, model::CallerKind::application);
  rules.callers.has_sign_in = true;
  EXPECT_EQ(refusal([&] { caller(loopback(plain), rules); }), Errc::unauthenticated);
  EXPECT_FALSE(accounts::is_closed_beyond_loopback(rules.callers));
  // A page of another port of this machine has been given its token (the Inspector in a browser).
  const http::Headers page{{"Host", "localhost"}, {"Origin", "http://localhost:6274"}};
  EXPECT_NO_THROW(check_origin(loopback(page), rules));
}

TEST(Hosts, a_loopback_socket_answers_to_loopback_and_configured_names_only) {
  DoorRules rules;
  rules.public_host = "mail.example.org";
  rules.allowed_hosts = {"inside.example"};
  const auto refused = [&](const char* host) {
    return refusal([&] { caller(loopback({{"Host", host}}), rules); });
  };
  for (const auto* host :
       {"localhost:8000", "127.0.0.1", "[::1]:8000", "mail.example.org", "Inside.Example:8000"}) {
    EXPECT_EQ(refused(host), std::nullopt) << host;
  }
  for (const auto* host : {"evil.example.com", "localhost.evil.example", "",
                           "localhost:x@evil.example", "localhost@evil.example", "[::1"}) {
    EXPECT_EQ(refused(host), Errc::forbidden) << host;
  }
  EXPECT_EQ(refusal([&] { check_host(beyond({{"Host", "anything"}}), rules); }), std::nullopt);
}

TEST(Hosts, a_valid_credential_may_bear_any_name) {
  const auto rules = with_token();
  for (const auto* host : {"your-mcp-server:8080", "gmail-mcp:8000", "192.168.1.7:8000"}) {
    const http::Headers shown{{"Host", host}, {"Authorization", "Bearer app-token"}};
    EXPECT_EQ(refusal([&] { caller(loopback(shown), rules); }), std::nullopt) << host;
    const http::Headers wrong{{"Host", host}, {"Authorization", "Bearer other"}};
    EXPECT_EQ(refusal([&] { caller(loopback(wrong), rules); }), Errc::unauthenticated) << host;
    // The error about the missing credential comes first: the Host of an unknown caller does not
    // matter.
    EXPECT_EQ(refusal([&] { caller(loopback({{"Host", host}}), rules); }), Errc::unauthenticated);
  }
}

struct PageRequest {
  std::string origin;
  std::string site = {};
};

std::optional<Errc> page_refusal(const PageRequest& page, const DoorRules& rules) {
  http::Headers headers{{"Host", "localhost:8000"}};
  if (!page.origin.empty()) headers.add("Origin", page.origin);
  if (!page.site.empty()) headers.add("Sec-Fetch-Site", page.site);
  return refusal([&] { check_origin(loopback(headers), rules); });
}

TEST(Origins, are_the_servers_own_or_configured) {
  DoorRules rules;
  rules.allowed_origins = {"https://app.example"};
  rules.public_origin = "https://mail.example";
  for (const auto* good :
       {"http://localhost:8000", "https://app.example", "https://mail.example"}) {
    EXPECT_EQ(page_refusal({good}, rules), std::nullopt) << good;
  }
  for (const auto* bad :
       {"http://localhost:3000", "http://127.0.0.1:8000", "https://localhost:8000",
        "https://evil.example", "http://mail.example", "https://mail.example:444", "null"}) {
    EXPECT_EQ(page_refusal({bad}, rules), Errc::forbidden) << bad;
  }
}

TEST(Origins, where_a_token_is_needed_a_page_of_this_machine_may_call) {
  const auto rules = with_token();
  EXPECT_EQ(page_refusal({"http://localhost:6274"}, rules), std::nullopt);
  EXPECT_EQ(page_refusal({"https://evil.example"}, rules), Errc::forbidden);
}

TEST(Origins, another_sites_page_must_show_one) {
  DoorRules rules;
  rules.allowed_origins = {"https://app.example"};
  for (const auto* site : {"cross-site", "same-site", "Cross-Site"}) {
    EXPECT_EQ(page_refusal({"", site}, rules), Errc::forbidden) << site;
    EXPECT_EQ(page_refusal({"https://app.example", site}, rules), std::nullopt) << site;
  }
  EXPECT_EQ(page_refusal({"", "none"}, rules), std::nullopt);
  EXPECT_EQ(page_refusal({"", "same-origin"}, rules), std::nullopt);
}

TEST(Origins, two_of_them_are_a_bad_request) {
  const http::Headers both{{"Origin", "http://localhost:8000"},
                           {"Origin", "http://localhost:8000"}};
  EXPECT_EQ(refusal([&] { check_origin(loopback(both), DoorRules{}); }), Errc::invalid_argument);
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
  // The proxy next to us may have added a field of its own to the client's.
  const auto twice =
      beyond({{"X-Forwarded-For", "198.51.100.1"}, {"x-forwarded-for", "203.0.113.9"}});
  EXPECT_EQ(client_address(twice, rules), "203.0.113.9");
}

TEST(PrivateChannel, is_what_the_last_of_several_fields_says) {
  DoorRules rules;
  const http::Headers fields{{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Proto", "http"}};
  EXPECT_FALSE(is_private(loopback(fields), rules, "https://mail.example"));
}

}  // namespace
}  // namespace gmail_mcp::surface
