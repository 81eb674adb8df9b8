#include "accounts/scopes.h"

#include <gtest/gtest.h>

namespace gmail_mcp::accounts {
namespace {

using Names = std::vector<std::string>;

TEST(Scopes, the_standard_ones_read_and_add_organizing_or_writing) {
  const ScopeMap map;
  EXPECT_EQ(map.names(), (Names{"mail.read", "mail.organize", "mail.send"}));
  const auto reading = map.grant({"openid", "mail.read"});
  ASSERT_TRUE(reading);
  EXPECT_TRUE(reading->read_only);
  EXPECT_EQ(reading->toolsets,
            (Names{"connections:read", "accounts:read", "read:read", "history:read"}));
  EXPECT_EQ(reading->scopes, Names{"mail.read"});
  const auto both = map.grant({"mail.send", "mail.read"});
  ASSERT_TRUE(both);
  EXPECT_FALSE(both->read_only);
  EXPECT_EQ(both->toolsets, (Names{"connections:read", "accounts:read", "read", "history", "write",
                                   "gmail_get_auth_url"}));
}

bool may(const std::vector<std::string>& scopes, const char* toolset, const char* tool) {
  const bool changes = true;
  return allows_tool(ScopeMap{}.grant(scopes)->toolsets, toolset, tool, changes);
}

TEST(Scopes, accounts_are_ended_with_a_scope_of_its_own_only) {
  for (const auto* mail : {"mail.read", "mail.organize", "mail.send"}) {
    EXPECT_FALSE(may({mail}, "connections", "gmail_disconnect")) << mail;
    EXPECT_FALSE(may({mail}, "accounts", "remove_gmail_account")) << mail;
    EXPECT_FALSE(may({mail}, "accounts", "add_gmail_account")) << mail;
    EXPECT_TRUE(may({mail, "mail.accounts"}, "accounts", "remove_gmail_account")) << mail;
  }
  EXPECT_TRUE(may({"mail.send"}, "connections", "gmail_get_auth_url")) << "the person decides";
  EXPECT_FALSE(may({"mail.read"}, "connections", "gmail_get_auth_url"));
  EXPECT_FALSE(may({"mail.accounts"}, "write", "gmail_send"));
}

TEST(Scopes, what_one_may_only_read_is_not_changed_by_another) {
  const auto map = ScopeMap::parse({"r: read organize read_only", "w: write"}).value();
  const auto both = map.grant({"r", "w"}).value();
  EXPECT_FALSE(allows_tool(both.toolsets, "organize", "gmail_trash", true));
  EXPECT_TRUE(allows_tool(both.toolsets, "organize", "gmail_list_labels", false));
  EXPECT_TRUE(allows_tool(both.toolsets, "write", "gmail_send", true));
}

TEST(Scopes, without_a_known_one_nothing_is_allowed) {
  const ScopeMap map;
  EXPECT_FALSE(map.grant({}));
  EXPECT_FALSE(map.grant({"openid", "MAIL.READ", "mail"}));
}

TEST(Scopes, the_first_that_suffices_is_named) {
  const ScopeMap map;
  EXPECT_EQ(map.scope_for("read", "gmail_search", false), "mail.read");
  EXPECT_EQ(map.scope_for("connections", "gmail_get_auth_url", true), "mail.organize");
  EXPECT_EQ(map.scope_for("connections", "gmail_disconnect", true), "mail.accounts");
  EXPECT_EQ(map.scope_for("organize", "gmail_trash", true), "mail.organize");
  EXPECT_EQ(map.scope_for("write", "gmail_send", true), "mail.send");
  EXPECT_EQ(map.scope_for("setup", "gmail_check_setup", true), "");
}

TEST(Scopes, lines_replace_the_standard_ones) {
  const auto map = ScopeMap::parse({"https://x.example/auth:mail: read write", "r:read read_only"});
  ASSERT_TRUE(map);
  EXPECT_EQ(map->names(), (Names{"https://x.example/auth:mail", "r"}));
  EXPECT_FALSE(map->grant({"mail.read"}));
  EXPECT_TRUE(map->grant({"r"})->read_only);
}

TEST(Scopes, a_line_that_cannot_be_read_is_named_by_its_number) {
  for (const auto* line : {"mail.read", ": read", "a b: read", "a\": read", "a:", "a: setup",
                           "a: raed", "a: read_only", "r: write"}) {
    const auto map = ScopeMap::parse({"r: read", line});
    ASSERT_FALSE(map) << line;
    EXPECT_EQ(map.error().code, Errc::misconfigured);
    EXPECT_NE(map.error().message.find("in line 2, "), std::string::npos) << map.error().message;
  }
}

}  // namespace
}  // namespace gmail_mcp::accounts
