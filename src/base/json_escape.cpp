#include "base/json_escape.h"

#include <array>
#include <cstring>

#include "base/sixteen_bytes.h"
#include "base/text.h"

namespace gmail_mcp {

namespace {

using sixteen_bytes::Bytes;

constexpr std::size_t longest_escape = 6;

Bytes which_are_escaped(Bytes bytes) {
  return bytes.below(' ') | bytes.equal_to('"') | bytes.equal_to('\\');
}

bool is_escaped(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

// The letter after the backslash; '\0' where there is none.
char letter_of(char c) {
  switch (c) {
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\b': return 'b';
    case '\f': return 'f';
    case '"':
    case '\\': return c;
    default: return '\0';
  }
}

// Writes at most longest_escape bytes; returns how many.
std::size_t write_escaped(char* to, char c) {
  static constexpr std::string_view digits = "0123456789abcdef";
  to[0] = '\\';
  to[1] = letter_of(c);
  if (to[1] != '\0') return 2;
  const auto byte = static_cast<unsigned char>(c);
  to[1] = 'u';
  to[2] = '0';
  to[3] = '0';
  to[4] = digits[byte >> 4U];
  to[5] = digits[byte & 15U];
  return longest_escape;
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  constexpr auto size = sixteen_bytes::size;
  auto at = sixteen_bytes::find(text, 0, which_are_escaped);
  out.append(text.data(), at);
  // Written into a block first: to append each run of some ten bytes and each escape costs more
  // than to make them.
  std::array<char, 512> block;
  std::size_t used = 0;
  while (at < text.size()) {
    if (block.size() - used < size + longest_escape) {
      out.append(block.data(), used);
      used = 0;
    }
    std::size_t plain = 0;
    if (text.size() - at >= size) {
      const auto* const from = text.data() + at;
      std::memcpy(block.data() + used, from, size);  // all, though only `plain` of them may count
      const auto mask = which_are_escaped(Bytes::load(from)).mask();
      plain = mask == 0 ? size : sixteen_bytes::first_of(mask);
    } else if (!is_escaped(text[at])) {
      block[used] = text[at];
      plain = 1;
    }
    used += plain;
    at += plain;
    if (at < text.size() && is_escaped(text[at]))
      used += write_escaped(block.data() + used, text[at++]);
  }
  out.append(block.data(), used);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (is_valid_utf8(text)) {
    append_json_escaped(out, text);
  } else {
    append_json_escaped(out, repair_utf8(text));
  }
  out += '"';
}

}  // namespace gmail_mcp
