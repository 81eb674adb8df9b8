#include "base/fair_share.h"

#include <gtest/gtest.h>

#include <list>
#include <string>
#include <vector>

namespace gmail_mcp {
namespace {

using Answer = FairShare::Answer;

TEST(FairShare, a_holder_gets_its_share_and_no_more_however_it_is_divided) {
  FairShare share{{.total = 1000, .of_one = 100}};
  auto first = share.hold("ann");
  auto second = share.hold("ann");
  EXPECT_EQ(first.resize(60), Answer::granted);
  EXPECT_EQ(second.resize(41), Answer::own_share_is_full);
  EXPECT_EQ(second.size(), 0U);
  EXPECT_EQ(second.resize(40), Answer::granted);
  EXPECT_EQ(share.hold("ann").resize(1), Answer::own_share_is_full);
  EXPECT_EQ(share.hold("bob").resize(100), Answer::granted);
}

TEST(FairShare, what_is_given_back_can_be_taken_by_others) {
  FairShare share{{.total = 100, .of_one = 100}};
  {
    auto all = share.hold("ann");
    EXPECT_EQ(all.resize(100), Answer::granted);
    EXPECT_EQ(share.hold("bob").resize(1), Answer::all_is_full);
    EXPECT_EQ(all.resize(30), Answer::granted);
    EXPECT_EQ(share.hold("bob").resize(70), Answer::granted);
  }
  EXPECT_EQ(share.counts().used, 0U);
  EXPECT_EQ(share.counts().holders, 0U);
}

TEST(FairShare, large_holders_leave_room_for_a_newcomer_however_many_they_are) {
  FairShare share{{.total = 1'000'000, .of_one = 400'000}};
  std::list<FairShare::Hold> greedy;
  for (int holder = 0; holder < 50; ++holder) {
    auto& hold = greedy.emplace_back(share.hold("greedy" + std::to_string(holder)));
    while (hold.resize(hold.size() + 1000) == Answer::granted) {
    }
    // The next caller gets something, too.
    EXPECT_EQ(share.hold("newcomer").resize(1000), Answer::granted) << holder;
    if (share.counts().used + 2000 > share.limits().total) break;
  }
  EXPECT_GT(greedy.size(), 5U);
}

TEST(FairShare, the_last_of_it_goes_to_who_has_nothing) {
  FairShare share{{.total = 4, .of_one = 4}};
  auto ann = share.hold("ann");
  EXPECT_EQ(ann.resize(1), Answer::granted);
  EXPECT_EQ(ann.resize(2), Answer::granted);
  EXPECT_EQ(ann.resize(3), Answer::own_share_is_full);
  auto bob = share.hold("bob");
  EXPECT_EQ(bob.resize(1), Answer::granted);
  EXPECT_EQ(bob.resize(2), Answer::own_share_is_full);
  auto cid = share.hold("cid");
  EXPECT_EQ(cid.resize(1), Answer::granted);
  EXPECT_EQ(share.hold("dan").resize(1), Answer::all_is_full);
}

TEST(FairShare, a_hold_that_moves_is_held_once) {
  FairShare share{{.total = 100, .of_one = 50}};
  auto first = share.hold("ann");
  EXPECT_EQ(first.resize(50), Answer::granted);
  std::vector<FairShare::Hold> kept;
  kept.push_back(std::move(first));
  EXPECT_EQ(share.counts().used, 50U);
  kept.clear();
  EXPECT_EQ(share.counts().used, 0U);
}

TEST(FairShare, counts_say_who_has_most_and_how_often_somebody_was_refused) {
  FairShare share{{.total = 100, .of_one = 40}};
  auto ann = share.hold("ann");
  auto bob = share.hold("bob");
  EXPECT_EQ(ann.resize(40), Answer::granted);
  EXPECT_EQ(ann.resize(41), Answer::own_share_is_full);
  EXPECT_EQ(bob.resize(20), Answer::granted);
  const auto counts = share.counts();
  EXPECT_EQ(counts.used, 60U);
  EXPECT_EQ(counts.holders, 2U);
  EXPECT_EQ(counts.largest, 40U);
  EXPECT_EQ(counts.refused_own, 1U);
  EXPECT_EQ(counts.refused_for_all, 0U);
}

TEST(FairShare, who_comes_back_finds_the_whole_share_however_many_came_between) {
  FairShare share{{100, 60}};
  for (int round = 0; round < 2; ++round) {
    for (int number = 0; number < 1'000; ++number) {
      auto one = share.hold("holder " + std::to_string(number));
      EXPECT_EQ(one.resize(50), Answer::granted);
    }
    EXPECT_EQ(share.counts().used, 0U);
    EXPECT_EQ(share.counts().holders, 0U);
  }
}

TEST(FairShare, of_no_share_everything_is_granted) {
  const Shareholder nobody;
  EXPECT_EQ(nobody.hold().resize(std::size_t{1} << 40), Answer::granted);
}

}  // namespace
}  // namespace gmail_mcp
