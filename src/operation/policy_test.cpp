#include "operation/policy.h"

#include <gtest/gtest.h>

#include "operation/operation.h"
#include "operation/resource.h"

namespace gmail_mcp::operation {
namespace {

constexpr Info sending{.name = "send",
                       .title = "",
                       .description = "",
                       .toolset = Toolset::write,
                       .effect = Effect::sends};

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::forbidden);
    return error.message;
  }
  return "";
}

TEST(PolicyRules, a_read_only_server_refuses_every_change_of_a_mailbox) {
  Policy policy;
  EXPECT_EQ(refusal([&] { policy.check_operation(sending); }), "");
  policy.read_only = true;
  EXPECT_NE(refusal([&] { policy.check_operation(sending); }), "");
  auto reading = sending;
  reading.effect = Effect::reads;
  EXPECT_EQ(refusal([&] { policy.check_operation(reading); }), "");
}

TEST(PolicyRules, toolsets_that_are_not_enabled_are_off) {
  Policy policy;
  policy.enabled_toolsets = {"read", "Connections"};
  EXPECT_TRUE(policy.enables(Toolset::read));
  EXPECT_TRUE(policy.enables(Toolset::connections));
  EXPECT_NE(refusal([&] { policy.check_operation(sending); }), "");
}

TEST(PolicyRules, recipients_are_allowed_by_address_or_by_domain) {
  Policy policy;
  policy.allowed_recipients = {"ann@example.org", "@Example.com"};
  EXPECT_EQ(refusal([&] { policy.check_recipients({"ann@example.org", "x@example.com"}); }), "");
  EXPECT_EQ(refusal([&] { policy.check_recipients({"bob@example.org"}); }),
            "This server may not send mail to a recipient of this message.");
  // A domain is the whole of what follows the last @, not an ending.
  EXPECT_NE(refusal([&] { policy.check_recipients({"x@evil-example.com"}); }), "");
  EXPECT_NE(refusal([&] { policy.check_recipients({"x@sub.example.com"}); }), "");
}

TEST(PolicyRules, a_domain_allows_no_address_that_a_relay_could_send_on) {
  Policy policy;
  const std::vector<std::string> routed{"bob%evil.example@example.com",
                                        "evil.example!bob@example.com",
                                        "\"bob@evil.example\"@example.com", "\"bob\"@example.com"};
  for (const auto& one : routed) {
    EXPECT_EQ(refusal([&] { policy.check_recipients({one}); }), "") << "without a policy";
  }
  policy.allowed_recipients = {"@example.com", "a%b@example.org"};
  for (const auto& one : routed) {
    EXPECT_NE(refusal([&] { policy.check_recipients({one}); }), "") << one;
  }
  EXPECT_EQ(refusal([&] { policy.check_recipients({"bob+list@example.com"}); }), "");
  EXPECT_EQ(refusal([&] { policy.check_recipients({"a%b@example.org"}); }), "") << "it is named";
}

TEST(UriTemplates, parameters_stand_for_one_decoded_segment) {
  const auto found = match_uri("gmail://{connection_id}/labels", "gmail://a%20b/labels");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->at("connection_id"), "a b");
  EXPECT_FALSE(match_uri("gmail://{connection_id}/labels", "gmail:///labels").has_value());
  EXPECT_FALSE(match_uri("gmail://{connection_id}/labels", "gmail://a/b/labels").has_value());
  EXPECT_FALSE(match_uri("gmail://{connection_id}/labels", "gmail://a/labels/x").has_value());
  EXPECT_FALSE(match_uri("config://status", "config://statusx").has_value());
  EXPECT_TRUE(match_uri("config://status", "config://status").has_value());
}

TEST(UriTemplates, no_uri_is_longer_than_what_it_can_name) {
  const std::string begin = "messages://a/";
  const auto matches = [&](std::size_t bytes) {
    return match_uri("messages://{account_id}/{email}", begin + std::string(bytes, 'x'))
        .has_value();
  };
  EXPECT_TRUE(matches(3 * 320));
  EXPECT_FALSE(matches(1 << 20));
}

}  // namespace
}  // namespace gmail_mcp::operation
