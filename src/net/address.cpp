#include "net/address.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace gmail_mcp::net {

namespace {

struct Block4 {
  std::uint32_t begin;
  int bits;
};

constexpr std::uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (a << 24U) | (b << 16U) | (c << 8U) | d;
}

// https://www.iana.org/assignments/iana-ipv4-special-registry
constexpr std::array special_4{
    Block4{quad(0, 0, 0, 0), 8},       Block4{quad(10, 0, 0, 0), 8},
    Block4{quad(100, 64, 0, 0), 10},   Block4{quad(127, 0, 0, 0), 8},
    Block4{quad(169, 254, 0, 0), 16},  Block4{quad(172, 16, 0, 0), 12},
    Block4{quad(192, 0, 0, 0), 24},    Block4{quad(192, 0, 2, 0), 24},
    Block4{quad(192, 31, 196, 0), 24}, Block4{quad(192, 52, 193, 0), 24},
    Block4{quad(192, 88, 99, 0), 24},  Block4{quad(192, 168, 0, 0), 16},
    Block4{quad(192, 175, 48, 0), 24}, Block4{quad(198, 18, 0, 0), 15},
    Block4{quad(198, 51, 100, 0), 24}, Block4{quad(203, 0, 113, 0), 24},
    Block4{quad(224, 0, 0, 0), 3},
};

bool is_public_4(std::uint32_t address) {
  return std::none_of(special_4.begin(), special_4.end(), [&](const Block4& block) {
    return ((address ^ block.begin) >> static_cast<unsigned>(32 - block.bits)) == 0;
  });
}

// Global unicast is 2000::/3 alone; an IPv4 address in another form is not in it.
bool is_public_6(const boost::asio::ip::address_v6::bytes_type& bytes) {
  const auto group = [&](std::size_t at) {
    return static_cast<unsigned>(bytes[2 * at]) << 8U | bytes[2 * at + 1];
  };
  if ((group(0) & 0xe000U) != 0x2000U) return false;
  if (group(0) == 0x2001U && (group(1) < 0x200U || group(1) == 0xdb8U)) return false;
  if (group(0) == 0x2002U) return false;  // 6to4: leads to the IPv4 address in it
  if (group(0) == 0x2620U && group(1) == 0x4fU && group(2) == 0x8000U) return false;
  return group(0) != 0x3fffU && (group(0) & 0xfff0U) != 0x3ff0U;
}

}  // namespace

bool is_public(const boost::asio::ip::address& address) {
  if (address.is_v4()) return is_public_4(address.to_v4().to_uint());
  const auto v6 = address.to_v6();
  return v6.scope_id() == 0 && is_public_6(v6.to_bytes());
}

}  // namespace gmail_mcp::net
