// Limits that hold for all processes on one database together.
#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using namespace std::chrono_literals;

class TriesContract : public SharedStoreContract {
 protected:
  bool counts(Store& at, const std::string& thing, std::int64_t most = 3) {
    return !wait_for(at.tries().count(thing, most, 600s));
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, TriesContract, ::testing::ValuesIn(shared_backends()),
                         backend_name);

TEST_P(TriesContract, tries_at_one_process_count_at_the_others) {
  EXPECT_TRUE(counts(store(), "ann"));
  clock_.advance(1min);
  EXPECT_TRUE(counts(other(), "ann"));
  EXPECT_TRUE(counts(store(), "ann"));
  EXPECT_FALSE(counts(other(), "ann"));
  EXPECT_TRUE(counts(other(), "bob"));
  EXPECT_EQ(wait_for(store().tries().count("ann", 3, 600s)), clock_.now() + 9min);
  clock_.advance(9min);
  EXPECT_TRUE(counts(other(), "ann")) << "the first is old enough";
  EXPECT_FALSE(counts(store(), "ann"));
  wait_for(store().tries().take_back("ann"));
  EXPECT_TRUE(counts(other(), "ann"));
  wait_for(other().tries().forgive("ann"));
  EXPECT_TRUE(counts(store(), "ann"));
}

TEST_P(TriesContract, of_many_that_try_at_once_no_more_are_let_in_than_may) {
  for (int round = 0; round < 3; ++round) {
    const auto thing = "thing " + std::to_string(round);
    std::atomic<int> let_in = 0;
    race(16, [&](int i) {
      for (int k = 0; k < 2; ++k) {
        if (counts(i % 2 == 0 ? store() : other(), thing, 8)) ++let_in;
      }
    });
    EXPECT_EQ(let_in, 8);
  }
}

TEST_P(TriesContract, old_ones_can_be_purged) {
  EXPECT_TRUE(counts(store(), "ann", 1));
  wait_for(store().tries().purge(clock_.now()));
  EXPECT_FALSE(counts(store(), "ann", 1));
  wait_for(store().tries().purge(clock_.now() + 1s));
  EXPECT_TRUE(counts(store(), "ann", 1));
}

TEST_P(TriesContract, what_a_process_has_spent_is_told_to_those_who_spend_of_the_same) {
  const auto spends = [](Store& at, std::vector<Spent> ours) {
    return wait_for(at.spending().exchange(std::move(ours)));
  };
  EXPECT_TRUE(spends(store(), {{.name = "ann", .total = 3, .recent = 2}}).empty());
  const auto there = spends(other(), {{.name = "bob", .total = 9, .recent = 9},
                                      {.name = "ann", .total = 1, .recent = 1}});
  ASSERT_EQ(there.size(), 1U);
  EXPECT_EQ(there[0].spent.name, "ann");
  EXPECT_EQ(there[0].spent.total, 3);
  EXPECT_EQ(there[0].spent.recent, 2);
  EXPECT_FALSE(there[0].process.empty());
  const auto here = spends(store(), {{.name = "ann", .total = 4, .recent = 3}});
  ASSERT_EQ(here.size(), 1U);
  EXPECT_NE(here[0].process, there[0].process);

  clock_.advance(61s);
  EXPECT_TRUE(spends(other(), {{.name = "ann", .total = 2, .recent = 1}}).empty());
  clock_.advance(180s);
  wait_for(store().spending().purge());
}

}  // namespace
}  // namespace gmail_mcp::store
