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
  EXPECT_EQ(reading->toolsets, (Names{"connections", "accounts", "read", "history"}));
  EXPECT_EQ(reading->scopes, Names{"mail.read"});
  const auto both = map.grant({"mail.send", "mail.read"});
  ASSERT_TRUE(both);
  EXPECT_FALSE(both->read_only);
  EXPECT_EQ(both->toolsets, (Names{"connections", "accounts", "read", "history", "write"}));
}

TEST(Scopes, without_a_known_one_nothing_is_allowed) {
  const ScopeMap map;
  EXPECT_FALSE(map.grant({}));
  EXPECT_FALSE(map.grant({"openid", "MAIL.READ", "mail"}));
}

TEST(Scopes, the_first_that_suffices_is_named) {
  const ScopeMap map;
  EXPECT_EQ(map.scope_for("read", false), "mail.read");
  EXPECT_EQ(map.scope_for("connections", true), "mail.organize");
  EXPECT_EQ(map.scope_for("organize", true), "mail.organize");
  EXPECT_EQ(map.scope_for("write", true), "mail.send");
  EXPECT_EQ(map.scope_for("setup", true), "");
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
