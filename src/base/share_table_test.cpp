#include "base/share_table.h"

#include <gtest/gtest.h>

#include <memory>

namespace gmail_mcp {
namespace {

using Table = ShareTable<int>;

std::string numbered(const std::string& name, int i) { return name + std::to_string(i); }

TEST(ShareTable, who_has_most_makes_room_when_it_is_full) {
  Table table{{.total = 3, .of_one = 3}};
  table.add("a1", "ann", 1);
  table.add("b1", "bob", 1);
  table.add("b2", "bob", 2);
  table.add("c1", "carol", 1);
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.find("b1"), nullptr) << "bob had most, and used it longest ago";
  EXPECT_NE(table.find("b2"), nullptr);
  EXPECT_NE(table.find("a1"), nullptr);
}

TEST(ShareTable, who_has_what_one_may_have_loses_their_own_though_there_is_room) {
  Table table{{.total = 100, .of_one = 2}};
  table.add("a1", "ann", 1);
  table.add("b1", "bob", 1);
  table.add("b2", "bob", 2);
  ASSERT_NE(table.use("b1"), nullptr);
  table.add("b3", "bob", 3);
  EXPECT_EQ(table.find("b2"), nullptr) << "b1 was used since";
  EXPECT_EQ(*table.find("b1"), 1);
  EXPECT_EQ(table.size(), 3U);
}

TEST(ShareTable, somebody_with_very_many_keys_pushes_nobody_out) {
  Table table{{.total = 1'000, .of_one = 1'000}};
  for (int i = 0; i < 10; ++i) table.add(numbered("ann", i), "ann", i);
  for (int i = 0; i < 10'000; ++i) table.add(numbered("bob", i), "bob", i);
  EXPECT_EQ(table.size(), 1'000U);
  for (int i = 0; i < 10; ++i) EXPECT_NE(table.find(numbered("ann", i)), nullptr);
  EXPECT_NE(table.find("bob9999"), nullptr);
}

TEST(ShareTable, what_may_not_go_stays_beyond_the_limits) {
  using Held = std::shared_ptr<int>;
  ShareTable<Held> table{{.total = 2, .of_one = 2},
                         [](const Held& held) { return held.use_count() == 1; }};
  const auto in_use = std::make_shared<int>(1);
  table.add("a1", "ann", in_use);
  table.add("a2", "ann", in_use);
  table.add("a3", "ann", std::make_shared<int>(3));
  EXPECT_EQ(table.size(), 3U);
  table.add("b1", "bob", std::make_shared<int>(4));
  EXPECT_EQ(table.find("a3"), nullptr);
  EXPECT_EQ(table.size(), 3U);
}

TEST(ShareTable, what_is_erased_is_gone_and_its_key_free) {
  Table table{{.total = 2, .of_one = 2}};
  table.add("a1", "ann", 1);
  table.erase("a1");
  table.erase("a1");
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.add("a1", "bob", 2), 2);
  int seen = 0;
  table.for_each([&](std::string_view key, int value) {
    EXPECT_EQ(key, "a1");
    seen += value;
  });
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace gmail_mcp
