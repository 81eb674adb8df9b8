#include "mime/html_hiding.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/sixteen_bytes.h"
#include "base/text.h"

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

// What can hide text, or a part of its name, is looked for at one byte of it that is rare after a
// certain one. Each set of bytes is a bit: a place is worth a look if what its byte asks for is
// what the one before it is.
using Neighbours = unsigned char;
constexpr Neighbours any_byte = 1;
constexpr Neighbours s_o_or_i = 2;         // before the "p" of display, transparent, opacity, clip
constexpr Neighbours i_alone = 4;          // before font-size's z, visibility's b and hidden's d
constexpr Neighbours slash = 8;            // before the "*" of a comment, which may divide a word
constexpr Neighbours colon_or_blank = 16;  // before the "-" of a place far off the page

using NeighbourTable = std::array<Neighbours, 256>;

constexpr void add_neighbours(NeighbourTable& table, std::string_view bytes, Neighbours what) {
  for (const char c : bytes) {
    auto& one = table[static_cast<unsigned char>(c)];
    one = static_cast<Neighbours>(one | what);
  }
}

constexpr NeighbourTable asked_for = [] {
  NeighbourTable asked{};
  add_neighbours(asked, "pP", s_o_or_i);
  add_neighbours(asked, "zZbBdD", i_alone);
  add_neighbours(asked, "*", slash);
  add_neighbours(asked, "-", colon_or_blank);
  add_neighbours(asked, "<&\xC2\xCD\xD8\xE0\xE1\xE2\xE3\xEE\xEF", any_byte);
  for (std::size_t byte = 0xF0; byte < 256; ++byte) asked[byte] = any_byte;
  return asked;
}();

constexpr NeighbourTable given_by = [] {
  NeighbourTable given{};
  given.fill(any_byte);
  add_neighbours(given, "sSoOiI", s_o_or_i);
  add_neighbours(given, "iI", i_alone);
  add_neighbours(given, "/", slash);
  add_neighbours(given, ": \t\r\n", colon_or_blank);
  return given;
}();

bool is_worth_a_look(char here, char before) {
  return (asked_for[static_cast<unsigned char>(here)] &
          given_by[static_cast<unsigned char>(before)]) != 0;
}

// All bytes that ask for something, but of "b" and "d" those after an "i".
sixteen_bytes::Mask suspects(const char* from) {
  using sixteen_bytes::Bytes;
  const auto here = Bytes::load(from);
  const auto lower = here.with_lower_letters();
  const auto before = Bytes::load(from - 1).with_lower_letters();
  const auto found = ((lower.equal_to('b') | lower.equal_to('d')) & before.equal_to('i')) |
                     lower.equal_to('p') | lower.at_least_or_beyond_ascii('z') |
                     here.equal_to('<') | here.equal_to('&') | here.equal_to('*') |
                     here.equal_to('-');
  return found.mask();
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

}  // namespace

bool may_hide_text(std::string_view html) {
  if (html.empty()) return false;
  if (may_hide_at(html, 0)) return true;
  const auto* const text = html.data();
  std::size_t at = 1;
  for (; html.size() - at >= sixteen_bytes::size; at += sixteen_bytes::size) {
    for (auto mask = suspects(text + at); mask != 0; mask &= mask - 1) {
      const auto place = at + sixteen_bytes::first_of(mask);
      if (is_worth_a_look(text[place], text[place - 1]) && may_hide_at(html, place)) return true;
    }
  }
  for (; at < html.size(); ++at) {
    if (is_worth_a_look(text[at], text[at - 1]) && may_hide_at(html, at)) return true;
  }
  return false;
}

}  // namespace gmail_mcp::mime
