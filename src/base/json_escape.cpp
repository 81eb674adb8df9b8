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
  const auto before = sixteen_bytes::find(text, 0, which_are_escaped);
  out.append(text.data(), before);
  if (before == text.size()) return;
  // Written into a block first: to append each run of some ten bytes and each escape costs more
  // than to make them.
  std::array<char, 512> block;
  char* to = block.data();
  const auto* const full = to + block.size() - size - longest_escape;
  const auto empty_if_full = [&] {
    if (to <= full) return;
    out.append(block.data(), static_cast<std::size_t>(to - block.data()));
    to = block.data();
  };
  const char* from = text.data() + before;
  const char* const end = text.data() + text.size();
  while (static_cast<std::size_t>(end - from) >= size) {
    empty_if_full();
    std::memcpy(to, from, size);  // all, though only those before an escaped one count
    const auto mask = which_are_escaped(Bytes::load(from)).mask();
    if (mask == 0) {
      from += size;
      to += size;
      continue;
    }
    const auto plain = sixteen_bytes::first_of(mask);
    from += plain;
    to += plain;
    to += write_escaped(to, *from++);
  }
  while (from != end) {
    empty_if_full();
    if (is_escaped(*from)) {
      to += write_escaped(to, *from++);
    } else {
      *to++ = *from++;
    }
  }
  out.append(block.data(), static_cast<std::size_t>(to - block.data()));
}

void append_json_string(std::string& out, std::string_view text) {
  const auto which_need_a_look = [](Bytes bytes) { return which_are_escaped(bytes) | bytes; };
  const bool is_plain = sixteen_bytes::find(text, 0, which_need_a_look) == text.size();
  out += '"';
  if (is_plain) {
    out += text;
  } else if (is_valid_utf8(text)) {
    append_json_escaped(out, text);
  } else {
    append_json_escaped(out, repair_utf8(text));
  }
  out += '"';
}

}  // namespace gmail_mcp
