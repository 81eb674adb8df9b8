#include "base/utf8.h"

#include "base/sixteen_bytes.h"

namespace gmail_mcp {

namespace {

using sixteen_bytes::Bytes;

// Length of the well-formed UTF-8 sequence at the front of these bytes (RFC 3629), or 0. The first
// one is beyond ASCII.
std::size_t sequence_length(const char* bytes, std::size_t left) {
  const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < left && byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
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

// The place of the first byte of `text` from `at` on that is not ASCII.
std::size_t end_of_ascii(std::string_view text, std::size_t at) {
  constexpr auto size = sixteen_bytes::size;
  const auto itself = [](Bytes bytes) { return bytes; };
  // Words are short where others than ASCII are many, and such runs end here.
  if (text.size() - at >= size) {
    const auto mask = Bytes::load(text.data() + at).mask();
    if (mask != 0) return at + sixteen_bytes::first_of(mask);
    at += size;
  }
  for (; text.size() - at >= 4 * size; at += 4 * size) {
    const auto* from = text.data() + at;
    const auto any = Bytes::load(from) | Bytes::load(from + size) | Bytes::load(from + 2 * size) |
                     Bytes::load(from + 3 * size);
    if (any.mask() != 0) break;
  }
  return sixteen_bytes::find(text, at, itself);
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

std::size_t ascii_prefix(std::string_view text) { return end_of_ascii(text, 0); }

std::size_t printable_ascii_prefix(std::string_view text) {
  return sixteen_bytes::find(text, 0, [](Bytes bytes) {
    return bytes.below_or_beyond_ascii(' ') | bytes.equal_to('\x7F');
  });
}

std::size_t valid_utf8_prefix(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    at = end_of_ascii(bytes, at);
    while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) >= 0x80) {
      const auto length = sequence_length(bytes.data() + at, bytes.size() - at);
      if (length == 0) return at;
      at += length;
    }
  }
  return at;
}

}  // namespace gmail_mcp
