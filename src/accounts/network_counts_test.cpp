#include "accounts/network_counts.h"

#include <gtest/gtest.h>

namespace gmail_mcp::accounts {
namespace {

using namespace std::chrono_literals;

class CountingNetworks : public ::testing::Test {
 protected:
  // How many of these addresses, each three times, may go on.
  template <class Name>
  int allowed(int addresses, const Name& name) {
    int out = 0;
    for (int i = 0; i < addresses; ++i) {
      for (int j = 0; j < 3; ++j) out += counts_.count(name(i)) ? 0 : 1;
    }
    return out;
  }

  ManualClock clock_;
  NetworkCounts counts_{clock_, 2, 600s};
};

TEST_F(CountingNetworks, one_address_has_its_limit_and_others_have_theirs) {
  EXPECT_EQ(allowed(1, [](int) { return std::string{"192.0.2.1"}; }), 2);
  EXPECT_EQ(counts_.count("192.0.2.1"), 600s);
  EXPECT_EQ(counts_.count("::ffff:192.0.2.1"), 600s) << "the same address";
  EXPECT_FALSE(counts_.count("192.0.2.2"));
  clock_.advance(600s);
  EXPECT_FALSE(counts_.count("192.0.2.1"));
}

TEST_F(CountingNetworks, wider_networks_of_version_6_have_rising_limits) {
  const auto of_64 = [](int i) { return "2001:db8:1:100::" + std::to_string(i); };
  EXPECT_EQ(allowed(9, of_64), 2);
  const auto of_56 = [](int i) { return "2001:db8:2:10" + std::to_string(i) + "::1"; };
  EXPECT_EQ(allowed(9, of_56), 4);
  const auto of_48 = [](int i) { return "2001:db8:3:" + std::to_string(i) + "00::1"; };
  EXPECT_EQ(allowed(9, of_48), 8);
  EXPECT_FALSE(counts_.count("2001:db8:4::1"));
}

TEST_F(CountingNetworks, a_hundred_networks_lock_nobody_out) {
  const auto other = [](int i) { return "2001:db8:" + std::to_string(i) + "::1"; };
  EXPECT_EQ(allowed(900, other), 1'800);
  EXPECT_FALSE(counts_.count("192.0.2.1"));
}

TEST_F(CountingNetworks, all_together_have_a_limit) {
  const auto any = [](int i) { return std::to_string(i); };
  EXPECT_EQ(allowed(1'100, any), 2'000);
}

}  // namespace
}  // namespace gmail_mcp::accounts
