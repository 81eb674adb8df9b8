#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/eight_bytes.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/// Sixteen bytes of a text at a time: in one register where every processor of the kind has such
/// (SSE2, part of x86-64), elsewhere in two words of eight. Both have the same functions, and tests
/// compare them.
namespace gmail_mcp::sixteen_bytes {

inline constexpr std::size_t size = 16;

/// One bit for each byte, the lowest for the first.
using Mask = std::uint32_t;

/// Sixteen bytes in two words.
class InWords {
 public:
  static InWords load(const char* from) {
    return {eight_bytes::load(from), eight_bytes::load(from + eight_bytes::size)};
  }
  /// Which bytes have their highest bit set.
  Mask mask() const { return mask_of(low_) | mask_of(high_) << 8U; }

  /// In the functions below, a byte of the result has its highest bit set where something holds.
  InWords equal_to(char c) const {
    const auto byte = static_cast<std::uint8_t>(c);
    return {eight_bytes::equal_to(low_, byte), eight_bytes::equal_to(high_, byte)};
  }
  /// Less than `limit`, which is ASCII and not 0.
  InWords below(char limit) const {
    const auto least = static_cast<std::uint8_t>(limit);
    return {~(eight_bytes::at_least(low_, least) | low_),
            ~(eight_bytes::at_least(high_, least) | high_)};
  }
  /// Less than `limit`, which is ASCII, or beyond ASCII.
  InWords below_or_beyond_ascii(char limit) const {
    const auto least = static_cast<std::uint8_t>(limit);
    return {~eight_bytes::at_least(low_, least) | low_,
            ~eight_bytes::at_least(high_, least) | high_};
  }
  /// At least `least`, which is ASCII, or beyond ASCII.
  InWords at_least_or_beyond_ascii(char least) const {
    const auto byte = static_cast<std::uint8_t>(least);
    return {eight_bytes::at_least(low_, byte) | low_, eight_bytes::at_least(high_, byte) | high_};
  }
  /// ASCII letters in lower case; of the other bytes, some change.
  InWords with_lower_letters() const {
    return {low_ | eight_bytes::all(0x20), high_ | eight_bytes::all(0x20)};
  }
  InWords operator|(InWords other) const { return {low_ | other.low_, high_ | other.high_}; }
  InWords operator&(InWords other) const { return {low_ & other.low_, high_ & other.high_}; }

 private:
  InWords(std::uint64_t low, std::uint64_t high) : low_{low}, high_{high} {}

  static Mask mask_of(std::uint64_t word) {
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    // The multiplication moves the bit of byte n to bit 56 + n; no two bits meet.
    return static_cast<Mask>(((word & eight_bytes::everywhere) >> 7U) * 0x0102040810204080U >> 56U);
  }

  std::uint64_t low_;
  std::uint64_t high_;
};

#ifdef __SSE2__
/// The same in one register.
class InRegister {
 public:
  static InRegister load(const char* from) {
    return InRegister{_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))};
  }
  Mask mask() const { return static_cast<Mask>(_mm_movemask_epi8(bytes_)); }

  InRegister equal_to(char c) const { return InRegister{_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))}; }
  InRegister below(char limit) const {
    const auto highest = _mm_set1_epi8(static_cast<char>(limit - 1));
    return InRegister{_mm_cmpeq_epi8(_mm_min_epu8(bytes_, highest), bytes_)};
  }
  // The comparison takes bytes beyond ASCII for negative numbers.
  InRegister below_or_beyond_ascii(char limit) const {
    return InRegister{_mm_cmplt_epi8(bytes_, _mm_set1_epi8(limit))};
  }
  InRegister at_least_or_beyond_ascii(char least) const {
    return InRegister{_mm_cmpeq_epi8(_mm_max_epu8(bytes_, _mm_set1_epi8(least)), bytes_)};
  }
  InRegister with_lower_letters() const {
    return InRegister{_mm_or_si128(bytes_, _mm_set1_epi8(0x20))};
  }
  InRegister operator|(InRegister other) const {
    return InRegister{_mm_or_si128(bytes_, other.bytes_)};
  }
  InRegister operator&(InRegister other) const {
    return InRegister{_mm_and_si128(bytes_, other.bytes_)};
  }

 private:
  explicit InRegister(__m128i bytes) : bytes_{bytes} {}

  __m128i bytes_;
};
using Bytes = InRegister;
#else
using Bytes = InWords;
#endif

/// The byte marked first; `mask` is not 0.
constexpr std::size_t first_of(Mask mask) {
  return static_cast<std::size_t>(std::countr_zero(mask));
}

/// The place of the first byte of `text`, from `at` on, for which `marks` (from Bytes to Bytes)
/// sets the highest bit; text.size() if there is none.
template <class Marks>
inline std::size_t find(std::string_view text, std::size_t at, const Marks& marks) {
  const auto* const data = text.data();
  for (; text.size() - at >= size; at += size) {
    const auto mask = marks(Bytes::load(data + at)).mask();
    if (mask != 0) return at + first_of(mask);
  }
  const auto left = text.size() - at;
  if (left == 0) return at;
  // The rest, and other bytes that do not count.
  Mask mask = 0;
  if (text.size() >= size) {
    mask = marks(Bytes::load(data + text.size() - size)).mask() >> (size - left);
  } else {
    std::array<char, size> padded{};
    text.copy(padded.data(), left, at);
    mask = marks(Bytes::load(padded.data())).mask() & ((Mask{1} << left) - 1);
  }
  return mask == 0 ? text.size() : at + first_of(mask);
}

}  // namespace gmail_mcp::sixteen_bytes
