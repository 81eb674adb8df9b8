#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// Eight bytes of a text at a time, in the registers that every processor has. A mask has the
/// highest bit of each byte for which something holds, and no other bit; it is exact for all of
/// them.
namespace gmail_mcp::eight_bytes {

using Bytes = std::uint64_t;
using Mask = std::uint64_t;

inline constexpr std::size_t size = sizeof(Bytes);

/// The same byte eight times.
constexpr Bytes all(std::uint8_t byte) { return ~Bytes{0} / 255 * byte; }

inline constexpr Mask everywhere = all(0x80);

/// Reads size bytes.
inline Bytes load(const char* from) {
  Bytes bytes = 0;
  std::memcpy(&bytes, from, size);
  return bytes;
}

constexpr Mask beyond_ascii(Bytes bytes) { return bytes & everywhere; }

/// Which are at least `least`, of those in ASCII; the others are marked by chance. `least` is at
/// most 0x80.
constexpr Mask at_least(Bytes bytes, std::uint8_t least) {
  const auto without_highest = bytes & all(0x7F);
  return (without_highest + all(static_cast<std::uint8_t>(0x80 - least))) & everywhere;
}

/// Which are `byte`.
constexpr Mask equal_to(Bytes bytes, std::uint8_t byte) {
  const auto difference = bytes ^ all(byte);
  return ~(((difference & all(0x7F)) + all(0x7F)) | difference) & everywhere;
}

/// Which byte in the text's order is marked first; `mask` is not 0.
constexpr std::size_t first_of(Mask mask) {
  const auto bits =
      std::endian::native == std::endian::little ? std::countr_zero(mask) : std::countl_zero(mask);
  return static_cast<std::size_t>(bits) / 8;
}

// The multiplication adds up the eight bytes: not every processor counts bits.
constexpr std::size_t count(Mask mask) {
  return static_cast<std::size_t>((mask >> 7U) * all(1) >> 56U);
}

}  // namespace gmail_mcp::eight_bytes
