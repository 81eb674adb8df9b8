#include "base/utf8.h"

#include "base/eight_bytes.h"

namespace gmail_mcp {

namespace {

// Length of the well-formed UTF-8 sequence at the front of `s` (RFC 3629), or 0.
std::size_t sequence_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < s.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0U | c >> 6U);
    put(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0U | c >> 12U);
    put(0x80U | (c >> 6U & 0x3FU));
    put(0x80U | (c & 0x3FU));
  } else {
    put(0xF0U | c >> 18U);
    put(0x80U | (c >> 12U & 0x3FU));
    put(0x80U | (c >> 6U & 0x3FU));
    put(0x80U | (c & 0x3FU));
  }
}

std::size_t ascii_prefix(std::string_view text) {
  using eight_bytes::load;
  constexpr auto size = eight_bytes::size;
  std::size_t at = 0;
  for (; text.size() - at >= 4 * size; at += 4 * size) {
    const auto* from = text.data() + at;
    const auto any = load(from) | load(from + size) | load(from + 2 * size) | load(from + 3 * size);
    if (eight_bytes::beyond_ascii(any) != 0) break;
  }
  for (; text.size() - at >= size; at += size) {
    const auto others = eight_bytes::beyond_ascii(load(text.data() + at));
    if (others != 0) return at + eight_bytes::first_of(others);
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

std::size_t printable_ascii_prefix(std::string_view text) {
  using namespace eight_bytes;
  std::size_t at = 0;
  for (; text.size() - at >= size; at += size) {
    const auto bytes = load(text.data() + at);
    const auto printable = at_least(bytes, ' ') & ~at_least(bytes, 0x7F) & ~beyond_ascii(bytes);
    if (printable != everywhere) return at + first_of(~printable & everywhere);
  }
  while (at < text.size() && text[at] >= ' ' && text[at] < '\x7F') ++at;
  return at;
}

std::size_t valid_utf8_prefix(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto rest = bytes.substr(at);
    const bool is_ascii = static_cast<unsigned char>(rest.front()) < 0x80;
    const auto length = is_ascii ? ascii_prefix(rest) : sequence_length(rest);
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace gmail_mcp
