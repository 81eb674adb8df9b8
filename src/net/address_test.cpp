#include "net/address.h"

#include <gtest/gtest.h>

namespace gmail_mcp::net {
namespace {

bool is_public_text(const char* text) { return is_public(boost::asio::ip::make_address(text)); }

TEST(Addresses, of_the_internet_are_public) {
  for (const auto* one : {"8.8.8.8", "1.1.1.1", "100.63.0.1", "100.128.0.1", "172.15.0.1",
                          "172.32.0.1", "192.169.0.1", "11.0.0.1", "223.255.255.255",
                          "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888"}) {
    EXPECT_TRUE(is_public_text(one)) << one;
  }
}

TEST(Addresses, of_this_machine_and_of_networks_around_it_are_not_public) {
  for (const auto* one : {"127.0.0.1",
                          "127.8.8.8",
                          "0.0.0.0",
                          "0.1.2.3",
                          "10.0.0.1",
                          "172.16.0.1",
                          "172.31.255.1",
                          "192.168.1.1",
                          "169.254.169.254",
                          "100.64.0.1",
                          "192.0.0.8",
                          "192.0.2.1",
                          "198.18.0.1",
                          "198.51.100.7",
                          "203.0.113.9",
                          "224.0.0.1",
                          "239.1.1.1",
                          "240.0.0.1",
                          "255.255.255.255",
                          "::1",
                          "::",
                          "::ffff:127.0.0.1",
                          "::ffff:10.0.0.1",
                          "::ffff:8.8.8.8",
                          "::127.0.0.1",
                          "64:ff9b::7f00:1",
                          "64:ff9b:1::1",
                          "fe80::1",
                          "fe80::1%1",
                          "fc00::1",
                          "fd12:3456::1",
                          "ff02::1",
                          "100::1",
                          "2001::1",
                          "2001:db8::1",
                          "2002:7f00:1::",
                          "2002:a00:1::",
                          "3fff::1",
                          "5f00::1",
                          "fec0::1"}) {
    EXPECT_FALSE(is_public_text(one)) << one;
  }
}

}  // namespace
}  // namespace gmail_mcp::net
