#include "mime/html_hiding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gmail_mcp::mime {

namespace {

char lower_or_end(std::string_view html, std::size_t at) {
  const char c = at < html.size() ? html.data()[at] : '\0';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Whether `word` stands around a place: so many of its letters before it. ASCII letters in any
// case. Most words differ in their first letter.
bool is_around(std::string_view html, std::size_t at, std::size_t letters_before,
               std::string_view word) {
  if (at < letters_before) return false;
  auto place = at - letters_before;
  for (const char c : word) {
    if (lower_or_end(html, place++) != c) return false;
  }
  return true;
}

bool is_digit_of_size(char c) { return c >= '0' && c <= '9'; }

bool is_blank_of_style(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// What follows "font-size", which ends before `at`: a number that is large enough to be read in
// any unit.
bool is_readable_size(std::string_view html, std::size_t at) {
  const auto next = [html](std::size_t i) { return lower_or_end(html, i); };
  while (is_blank_of_style(next(at))) ++at;
  if (next(at) != ':') return false;
  ++at;
  while (is_blank_of_style(next(at))) ++at;
  const auto number = at;
  while (is_digit_of_size(next(at)) || next(at) == '.') ++at;
  const char first = next(number);
  const bool is_large = first > '1'
                            ? is_digit_of_size(first)
                            : first == '1' && at > number + 1 && is_digit_of_size(next(number + 1));
  // 2e-5 is small, 2em is not.
  const char sign = next(at + 1);
  const bool has_exponent =
      next(at) == 'e' && (is_digit_of_size(sign) || sign == '-' || sign == '+');
  return is_large && !has_exponent;
}

// A reference to a character that everybody can see, or to a blank.
bool is_harmless_reference(std::string_view text) {
  static constexpr auto harmless = std::to_array<std::string_view>(
      {"&nbsp;", "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#39;", "&#160;"});
  const bool is_known =
      std::ranges::any_of(harmless, [text](std::string_view one) { return text.starts_with(one); });
  const bool is_none = text.size() > 1 && (text[1] == ' ' || text[1] == '&');
  return is_known || is_none;
}

// Those of which many have no width are not among them, whatever their neighbours are.
bool is_harmless_character(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const auto is_among = [](unsigned one, unsigned first, unsigned last) {
    return one >= first && one <= last;
  };
  switch (byte(0)) {
    case 0xC2: return byte(1) != 0xAD;
    case 0xCD: return byte(1) != 0x8F;
    case 0xD8: return byte(1) != 0x9C;
    case 0xE2:
      if (byte(1) == 0x80) return !is_among(byte(2), 0x8B, 0x8F) && !is_among(byte(2), 0xAA, 0xAE);
      return byte(1) != 0x81 || byte(2) < 0xA0;
    case 0xE3: return byte(1) != 0x85;
    case 0xF0: return byte(1) == 0x9F;
    default: return byte(0) < 0xE0 || is_among(byte(0), 0xE4, 0xED);
  }
}

// What can hide text, or a part of its name, is looked for at one byte of it that is rare after
// certain others: a clue.
struct Clue {
  std::string_view bytes;
  std::string_view before;  // "": any
};
constexpr auto clues = std::to_array<Clue>({
    {"pP", "sSoOiI"},   // display and transparent, opacity, clip
    {"zZ", "iI"},       // font-size
    {"bBdD", "iI"},     // visibility, hidden
    {"*", "/"},         // a comment, which may divide a word
    {"-", ": \t\r\n"},  // a place far off the page
    {"<", ""},          // a style, template, datalist or xml
    {"&", ""},          // a character reference
    {"\xC2\xCD\xD8\xE0\xE1\xE2\xE3\xEE\xEF\xF0\xF1\xF2\xF3\xF4\xF5\xF6\xF7\xF8\xF9\xFA\xFB\xFC"
     "\xFD\xFE\xFF",
     ""},  // see is_harmless_character
});
using ClueSet = std::uint8_t;  // a bit for each
static_assert(clues.size() <= 8);

// Which clues a byte is part of, and which may follow it.
constexpr auto all_bytes = [] {
  std::array<char, 256> all{};
  for (std::size_t byte = 0; byte < 256; ++byte) all[byte] = static_cast<char>(byte);
  return all;
}();
constexpr std::string_view bytes_of(const Clue& clue) { return clue.bytes; }
constexpr std::string_view bytes_before(const Clue& clue) {
  return clue.before.empty() ? std::string_view{all_bytes.data(), all_bytes.size()} : clue.before;
}

// The clues of each byte.
constexpr std::array<ClueSet, 256> by_byte(std::string_view (*bytes)(const Clue&)) {
  std::array<ClueSet, 256> out{};
  for (std::size_t i = 0; i < clues.size(); ++i) {
    for (const char c : bytes(clues[i])) {
      auto& set = out[static_cast<unsigned char>(c)];
      set = static_cast<ClueSet>(set | 1U << i);
    }
  }
  return out;
}
constexpr auto clues_of = by_byte(bytes_of);
constexpr auto clues_after = by_byte(bytes_before);

bool is_worth_a_look(std::string_view html, std::size_t at) {
  const auto here = static_cast<unsigned char>(html.data()[at]);
  const auto before = static_cast<unsigned char>(html.data()[at - 1]);
  if ((clues_of[here] & clues_after[before]) == 0) return false;
  if (here != '<') return true;
  switch (lower_or_end(html, at + 1)) {
    case 's':
    case 't':
    case 'd':
    case 'x': return true;
    default: return false;
  }
}

// At a place that is worth a look.
bool may_hide_at(std::string_view html, std::size_t at) {
  switch (html[at]) {
    case 'p':
    case 'P':
      switch (lower_or_end(html, at - 1)) {
        case 's': return is_around(html, at, 3, "display") || is_around(html, at, 5, "transp");
        case 'o': return is_around(html, at, 1, "opacity");
        case 'i': return is_around(html, at, 3, "clip");
        default: return false;
      }
    case 'b':
    case 'B': return is_around(html, at, 4, "visibility");
    case 'd':
    case 'D': return is_around(html, at, 2, "hidd");
    case 'z':
    case 'Z':
      return is_around(html, at, 7, "font-siz") &&
             !(is_around(html, at, 0, "ze") && is_readable_size(html, at + 2));
    case '<':
      switch (lower_or_end(html, at + 1)) {
        case 's': return is_around(html, at, 0, "<style");
        case 't': return is_around(html, at, 0, "<template");
        case 'd': return is_around(html, at, 0, "<datalist");
        case 'x': return is_around(html, at, 0, "<xml");
        default: return false;
      }
    case '&': return !is_harmless_reference(html.substr(at));
    case '*': return lower_or_end(html, at - 1) == '/';  // a comment may divide a word
    case '-': {                                          // far to the left of the page, or above it
      auto value = at;
      while (value > 0 && is_blank_of_style(html[value - 1])) --value;
      return value > 0 && html[value - 1] == ':';
    }
    default: return !is_harmless_character(html.substr(at));
  }
}

bool is_hidden_at(std::string_view html, std::size_t at) {
  return is_worth_a_look(html, at) && may_hide_at(html, at);
}

#if defined(__x86_64__)

// The clues of all bytes that have the same lower half, and of all with the same upper half: those
// of both are the clues of a byte, and some more. One instruction looks up 32 halves.
struct CluesByHalf {
  std::array<ClueSet, 16> low{};
  std::array<ClueSet, 16> high{};
};
constexpr CluesByHalf by_half(const std::array<ClueSet, 256>& by_byte) {
  CluesByHalf out;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    auto& low = out.low[byte % 16];
    auto& high = out.high[byte / 16];
    low = static_cast<ClueSet>(low | by_byte[byte]);
    high = static_cast<ClueSet>(high | by_byte[byte]);
  }
  return out;
}
constexpr auto clues_of_halves = by_half(clues_of);
constexpr auto clues_after_halves = by_half(clues_after);

__attribute__((target("avx2"))) __m256i both_lanes(const std::array<ClueSet, 16>& table) {
  return _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

__attribute__((target("avx2"))) __m256i look_up(const CluesByHalf& table, const char* from) {
  const auto bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  const auto half = _mm256_set1_epi8(0x0F);
  const auto low = _mm256_and_si256(bytes, half);
  const auto high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
  return _mm256_and_si256(_mm256_shuffle_epi8(both_lanes(table.low), low),
                          _mm256_shuffle_epi8(both_lanes(table.high), high));
}

// Moves `at` on by whole groups of 32 bytes, as long as nothing in them may hide text.
__attribute__((target("avx2"))) bool is_hidden_in_groups(std::string_view html, std::size_t& at) {
  constexpr std::size_t group = 32;
  for (; html.size() - at >= group; at += group) {
    const auto* const here = html.data() + at;
    const auto found =
        _mm256_and_si256(look_up(clues_of_halves, here), look_up(clues_after_halves, here - 1));
    const auto is_none = _mm256_cmpeq_epi8(found, _mm256_setzero_si256());
    for (auto mask = ~static_cast<unsigned>(_mm256_movemask_epi8(is_none)); mask != 0;
         mask &= mask - 1) {
      if (is_hidden_at(html, at + static_cast<std::size_t>(std::countr_zero(mask)))) return true;
    }
  }
  return false;
}

bool has_groups() { return __builtin_cpu_supports("avx2") != 0; }

#else

bool is_hidden_in_groups(std::string_view, std::size_t&) { return false; }
bool has_groups() { return false; }

#endif

}  // namespace

bool may_hide_text(std::string_view html) {
  if (html.empty()) return false;
  if (may_hide_at(html, 0)) return true;
  std::size_t at = 1;
  if (has_groups() && is_hidden_in_groups(html, at)) return true;
  for (; at < html.size(); ++at) {
    if (is_hidden_at(html, at)) return true;
  }
  return false;
}

}  // namespace gmail_mcp::mime
