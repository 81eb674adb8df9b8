#include "crypto/base64.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gmail_mcp::crypto {

namespace {

constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Values = std::array<std::uint8_t, 256>;
constexpr std::uint8_t none = 0xFF;

constexpr Values values_of(std::string_view alphabet) {
  Values values{};
  values.fill(none);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

// What a digit is worth at each of the four places of a group; `no_digit` for all others.
using Places = std::array<std::array<std::uint32_t, 256>, 4>;
constexpr std::uint32_t no_digit = 0xFF000000;

constexpr Places places_of(const Values& values) {
  Places places{};
  for (std::size_t place = 0; place < 4; ++place) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t value = values[byte];
      places[place][byte] = value == none ? no_digit : value << (18 - 6 * place);
    }
  }
  return places;
}

constexpr Values standard_values = values_of(standard_alphabet);

constexpr Values either_values = [] {
  Values values = values_of(standard_alphabet);
  values[static_cast<unsigned char>('-')] = 62;
  values[static_cast<unsigned char>('_')] = 63;
  return values;
}();

constexpr Places standard_places = places_of(standard_values);
constexpr Places either_places = places_of(either_values);

// The two digits of every twelve bits: three bytes take two steps.
using DigitPairs = std::array<std::array<char, 2>, 4096>;

constexpr DigitPairs pairs_of(std::string_view alphabet) {
  DigitPairs pairs{};
  for (std::size_t bits = 0; bits < pairs.size(); ++bits) {
    pairs[bits] = {alphabet[bits >> 6U], alphabet[bits & 63U]};
  }
  return pairs;
}

constexpr DigitPairs standard_pairs = pairs_of(standard_alphabet);
constexpr DigitPairs url_pairs = pairs_of(url_alphabet);

std::string encode(std::string_view bytes, const DigitPairs& pairs, Padding padding) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  char* out = text.data();
  std::size_t left = bytes.size();
  for (; left >= 3; left -= 3, in += 3, out += 4) {
    const std::uint32_t group = std::uint32_t{in[0]} << 16 | std::uint32_t{in[1]} << 8 | in[2];
    std::memcpy(out, pairs[group >> 12].data(), 2);
    std::memcpy(out + 2, pairs[group & 4095].data(), 2);
  }
  if (left > 0) {
    const std::uint32_t second = left == 2 ? in[1] : 0;
    const std::uint32_t group = std::uint32_t{in[0]} << 16 | second << 8;
    std::memcpy(out, pairs[group >> 12].data(), 2);
    out += 2;
    if (left == 2) *out++ = pairs[group & 4095][0];
    if (padding == Padding::without) text.resize(static_cast<std::size_t>(out - text.data()));
  }
  return text;
}

std::size_t count_trailing_padding(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && text[text.size() - 1 - count] == '=') ++count;
  return count;
}

// Writes the low three bytes of `group`, the highest first, and one byte more.
void put_group(char* to, std::uint32_t group) {
  const std::uint32_t high = group << 8U;
  const std::uint32_t ordered =
      std::endian::native == std::endian::little ? __builtin_bswap32(high) : high;
  std::memcpy(to, &ordered, sizeof ordered);
}

#if defined(__x86_64__)

// Tables of 16 bytes that one instruction looks up in 32 places (W. Muła, D. Lemire: Faster Base64
// Encoding and Decoding Using AVX2 Instructions, 2018). The upper half of a byte puts it into a
// class, a bit; the lower half has the bits of those classes in which it makes no digit.
using Nibbles = std::array<char, 16>;
constexpr std::array<unsigned, 16> classes{16, 16, 1,  2,  4,  8,  4,  8,
                                           16, 16, 16, 16, 16, 16, 16, 16};

constexpr std::uint8_t standard_value(std::size_t high, std::size_t low) {
  return standard_values[high * 16 + low];
}

constexpr Nibbles class_of_high = [] {
  Nibbles out{};
  for (std::size_t high = 0; high < 16; ++high) out[high] = static_cast<char>(classes[high]);
  return out;
}();

constexpr Nibbles refused_by_low = [] {
  Nibbles out{};
  for (std::size_t low = 0; low < 16; ++low) {
    unsigned refused = 0;
    for (std::size_t high = 0; high < 16; ++high) {
      if (standard_value(high, low) == none) refused |= classes[high];
    }
    out[low] = static_cast<char>(refused);
  }
  return out;
}();

// What is added to a digit so that it becomes its value: the same for all that have one upper half,
// but for "/", which takes the place before that of "+".
constexpr Nibbles value_minus_digit = [] {
  Nibbles out{};
  for (std::size_t high = 0; high < 8; ++high) {
    for (std::size_t low = 0; low < 16; ++low) {
      const auto value = standard_value(high, low);
      const auto digit = high * 16 + low;
      if (value != none && digit != '/') out[high] = static_cast<char>(value - digit);
    }
  }
  out[('/' >> 4) - 1] = static_cast<char>(63 - '/');
  return out;
}();

__attribute__((target("avx2"))) __m256i twice(const Nibbles& table) {
  return _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

// Decodes groups of 32 digits from the front, as long as there are only digits and `size` digits
// leave room for the 8 bytes that are written after each group. Returns how many it decoded.
__attribute__((target("avx2"))) std::size_t decode_front(const unsigned char* in, std::size_t size,
                                                         bool either, char* to) {
  constexpr std::size_t step = 32;
  constexpr std::size_t room = 12;  // digits: 9 bytes
  const __m256i of_high = twice(class_of_high);
  const __m256i of_low = twice(refused_by_low);
  const __m256i to_value = twice(value_minus_digit);
  const __m256i half = _mm256_set1_epi8(0x0F);
  const __m256i slash = _mm256_set1_epi8('/');
  const __m256i minus = _mm256_set1_epi8('-');
  const __m256i underscore = _mm256_set1_epi8('_');
  const __m256i minus_to_plus = _mm256_set1_epi8(either ? '-' ^ '+' : 0);
  const __m256i underscore_to_slash = _mm256_set1_epi8(either ? '_' ^ '/' : 0);
  // Of each four bytes 0cba the three as abc, first in each half and then in the whole.
  const __m256i in_order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,
                                            2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i joined = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
  std::size_t at = 0;
  for (; size - at >= step + room; at += step, to += step / 4 * 3) {
    __m256i digits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + at));
    const __m256i is_minus = _mm256_cmpeq_epi8(digits, minus);
    const __m256i is_underscore = _mm256_cmpeq_epi8(digits, underscore);
    digits = _mm256_xor_si256(digits, _mm256_and_si256(is_minus, minus_to_plus));
    digits = _mm256_xor_si256(digits, _mm256_and_si256(is_underscore, underscore_to_slash));

    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(digits, 4), half);
    const __m256i low = _mm256_and_si256(digits, half);
    const __m256i wanted = _mm256_shuffle_epi8(of_high, high);
    if (_mm256_testz_si256(wanted, _mm256_shuffle_epi8(of_low, low)) == 0) break;

    // A comparison that is true is -1.
    const __m256i place = _mm256_add_epi8(high, _mm256_cmpeq_epi8(digits, slash));
    const __m256i values = _mm256_add_epi8(digits, _mm256_shuffle_epi8(to_value, place));
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i bytes = _mm256_shuffle_epi8(groups, in_order);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permutevar8x32_epi32(bytes, joined));
  }
  return at;
}

bool can_decode_front() { return __builtin_cpu_supports("avx2") != 0; }

#else

std::size_t decode_front(const unsigned char*, std::size_t, bool, char*) { return 0; }
bool can_decode_front() { return false; }

#endif

// Decodes digits only: no padding, no line breaks. False when there is anything else.
bool decode_digits(std::string_view digits, const Places& places, std::string& out) {
  if (digits.size() % 4 == 1) return false;
  out.resize(digits.size() / 4 * 3 + (digits.size() % 4 == 0 ? 0 : digits.size() % 4 - 1));
  const auto* in = reinterpret_cast<const unsigned char*>(digits.data());
  const auto value = [&](std::size_t place) { return places[place][in[place]]; };
  char* to = out.data();
  std::size_t left = digits.size();
  if (can_decode_front()) {
    const auto done = decode_front(in, left, &places == &either_places, to);
    in += done;
    to += done / 4 * 3;
    left -= done;
  }
  // As long as there is room for one byte more.
  for (; left >= 8; left -= 4, in += 4, to += 3) {
    const auto group = value(0) | value(1) | value(2) | value(3);
    if (group >= no_digit) return false;
    put_group(to, group);
  }
  for (; left >= 4; left -= 4, in += 4) {
    const auto group = value(0) | value(1) | value(2) | value(3);
    if (group >= no_digit) return false;
    *to++ = static_cast<char>(group >> 16);
    *to++ = static_cast<char>(group >> 8);
    *to++ = static_cast<char>(group);
  }
  if (left > 0) {
    const auto group = value(0) | value(1) | (left == 3 ? value(2) : 0U);
    if (group >= no_digit) return false;
    *to++ = static_cast<char>(group >> 16);
    if (left == 3) *to = static_cast<char>(group >> 8);
  }
  return true;
}

// Either alphabet, with or without padding.
std::optional<std::string> decode_one_line(std::string_view text) {
  const std::size_t padding = count_trailing_padding(text);
  if (padding > 2 || (padding > 0 && text.size() % 4 != 0)) return std::nullopt;
  text.remove_suffix(padding);
  std::string bytes;
  if (!decode_digits(text, either_places, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  return encode(bytes, standard_pairs, Padding::with);
}

std::string base64url_encode(std::string_view bytes, Padding padding) {
  return encode(bytes, url_pairs, padding);
}

std::optional<std::string> base64_decode(std::string_view text) {
  auto bytes = decode_one_line(text);
  if (bytes) return bytes;
  const auto is_line_break = [](char c) { return c == '\r' || c == '\n'; };
  if (std::none_of(text.begin(), text.end(), is_line_break)) return std::nullopt;
  std::string joined{text};
  std::erase_if(joined, is_line_break);
  return decode_one_line(joined);
}

std::optional<std::string> base64_decode_strict(std::string_view text) {
  const std::size_t padding = count_trailing_padding(text);
  if (text.size() % 4 != 0 || padding > 2) return std::nullopt;
  std::string_view digits = text.substr(0, text.size() - padding);
  std::string bytes;
  if (!decode_digits(digits, standard_places, bytes)) return std::nullopt;
  if (padding > 0) {
    const auto last = standard_values[static_cast<unsigned char>(digits.back())];
    const std::uint32_t unused = padding == 1 ? 0b11 : 0b1111;
    if ((last & unused) != 0) return std::nullopt;
  }
  return bytes;
}

}  // namespace gmail_mcp::crypto
