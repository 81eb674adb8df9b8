#include "crypto/base64.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

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

std::string encode(std::string_view bytes, std::string_view alphabet, Padding padding) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  char* out = text.data();
  std::size_t left = bytes.size();
  for (; left >= 3; left -= 3, in += 3) {
    const std::uint32_t group = std::uint32_t{in[0]} << 16 | std::uint32_t{in[1]} << 8 | in[2];
    *out++ = alphabet[group >> 18];
    *out++ = alphabet[group >> 12 & 63];
    *out++ = alphabet[group >> 6 & 63];
    *out++ = alphabet[group & 63];
  }
  if (left > 0) {
    const std::uint32_t second = left == 2 ? in[1] : 0;
    const std::uint32_t group = std::uint32_t{in[0]} << 16 | second << 8;
    *out++ = alphabet[group >> 18];
    *out++ = alphabet[group >> 12 & 63];
    if (left == 2) *out++ = alphabet[group >> 6 & 63];
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

// Decodes digits only: no padding, no line breaks. False when there is anything else.
bool decode_digits(std::string_view digits, const Places& places, std::string& out) {
  if (digits.size() % 4 == 1) return false;
  out.resize(digits.size() / 4 * 3 + (digits.size() % 4 == 0 ? 0 : digits.size() % 4 - 1));
  const auto* in = reinterpret_cast<const unsigned char*>(digits.data());
  const auto value = [&](std::size_t place) { return places[place][in[place]]; };
  char* to = out.data();
  std::size_t left = digits.size();
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

}  // namespace

std::string base64_encode(std::string_view bytes) {
  return encode(bytes, standard_alphabet, Padding::with);
}

std::string base64url_encode(std::string_view bytes, Padding padding) {
  return encode(bytes, url_alphabet, padding);
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string joined;
  // Each by itself: that is a fast search, and one for either of two characters is not.
  if (text.find('\n') != std::string_view::npos || text.find('\r') != std::string_view::npos) {
    joined.reserve(text.size());
    for (const char c : text) {
      if (c != '\r' && c != '\n') joined += c;
    }
    text = joined;
  }
  const std::size_t padding = count_trailing_padding(text);
  if (padding > 2 || (padding > 0 && text.size() % 4 != 0)) return std::nullopt;
  text.remove_suffix(padding);
  std::string bytes;
  if (!decode_digits(text, either_places, bytes)) return std::nullopt;
  return bytes;
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
