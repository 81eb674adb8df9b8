#include "imap/uid_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace gmail_mcp::imap {
namespace {

TEST(UidSetTest, RangesAreSortedAndJoined) {
  EXPECT_EQ(UidSet::parse("7,1:3,4,9:8,2")->to_string(), "1:4,7:9");
  EXPECT_EQ(UidSet::parse("")->to_string(), "");
  EXPECT_EQ((UidSet{5, 3, 4}).to_string(), "3:5");
}

TEST(UidSetTest, OnlyPlainNumbersMakeASet) {
  for (const auto* wrong : {"0", "1:*", "*", "1,", ",1", "1:2:3", "a", "4294967296", "-1", " 1"}) {
    EXPECT_FALSE(UidSet::parse(wrong)) << wrong;
  }
}

TEST(UidSetTest, FourThousandMillionCostNothing) {
  auto all = UidSet::parse("1:4294967295").value();
  EXPECT_EQ(all.size(), 4'294'967'295U);
  EXPECT_EQ(all.uids(2), (std::vector<Uid>{1, 2}));
  EXPECT_EQ(all.take_highest(2).to_string(), "4294967294:4294967295");
  all.remove(UidSet{1, 5});
  EXPECT_EQ(all.to_string(), "2:4,6:4294967293");
  all.add(4'294'967'295U);
  EXPECT_TRUE(all.contains(4'294'967'295U));
}

TEST(UidSetTest, ALongSetBecomesSeveralTexts) {
  UidSet odd;
  for (Uid uid = 1; uid < 2000; uid += 2) odd.add(uid);
  UidSet again;
  for (const auto& text : odd.to_strings(100)) {
    EXPECT_LT(text.size(), 120U);
    const auto piece = UidSet::parse(text).value();
    for (const auto range : piece.ranges()) again.add(range.first, range.last);
  }
  EXPECT_EQ(again, odd);
}

TEST(UidSetTest, BehavesAsASetOfNumbers) {
  std::mt19937 random{1};
  for (int round = 0; round < 300; ++round) {
    UidSet set;
    UidSet other;
    std::set<Uid> truth;
    for (int i = 0; i < 20; ++i) {
      const auto first = 1 + random() % 60;
      const auto last = first + random() % 6;
      set.add(static_cast<Uid>(first), static_cast<Uid>(last));
      for (auto uid = first; uid <= last; ++uid) truth.insert(static_cast<Uid>(uid));
    }
    for (int i = 0; i < 10; ++i) {
      const auto first = 1 + random() % 60;
      other.add(static_cast<Uid>(first), static_cast<Uid>(first + random() % 4));
    }
    set.remove(other);
    for (const auto uid : other.uids(1000)) truth.erase(uid);
    ASSERT_EQ(set.uids(1000), (std::vector<Uid>{truth.begin(), truth.end()}));
    ASSERT_EQ(UidSet::parse(set.to_string()), set);
    ASSERT_EQ(set.size(), truth.size());
    for (Uid uid = 1; uid < 70; ++uid) ASSERT_EQ(set.contains(uid), truth.contains(uid));
    const auto count = random() % 30;
    const auto highest = set.take_highest(count);
    ASSERT_EQ(highest.size(), std::min<std::size_t>(count, truth.size()));
    ASSERT_TRUE(highest.empty() || set.highest() < highest.lowest());
  }
}

}  // namespace
}  // namespace gmail_mcp::imap
