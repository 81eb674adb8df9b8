#include "sandbox/imap/modified_utf7.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"
#include "crypto/base64.h"

namespace gmail_mcp::sandbox::imap {

namespace {

void append_utf16(std::string& out, char32_t c) {
  const auto unit = [&](std::uint32_t value) {
    out += static_cast<char>(value >> 8U);
    out += static_cast<char>(value & 0xFFU);
  };
  if (c < 0x10000) {
    unit(c);
  } else {
    unit(0xD800U + ((c - 0x10000U) >> 10U));
    unit(0xDC00U + ((c - 0x10000U) & 0x3FFU));
  }
}

// The character of valid UTF-8 at `at`, which moves behind it.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  char32_t value = more == 0 ? lead : lead & (0x3FU >> static_cast<unsigned>(more));
  for (int i = 0; i < more && at < text.size(); ++i) {
    value = (value << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  return value;
}

bool stands_for_itself(char c) { return c >= 0x20 && c < 0x7F; }

// The text of big-endian UTF-16; nullopt for half a character.
std::optional<std::string> from_utf16(std::string_view bytes) {
  if (bytes.empty() || bytes.size() % 2 != 0) return std::nullopt;
  const auto unit = [&](std::size_t at) {
    return (static_cast<char32_t>(static_cast<unsigned char>(bytes[at])) << 8U) |
           static_cast<unsigned char>(bytes[at + 1]);
  };
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    auto c = unit(at);
    if (c >= 0xDC00 && c < 0xE000) return std::nullopt;
    if (c >= 0xD800 && c < 0xDC00) {
      at += 2;
      if (at >= bytes.size()) return std::nullopt;
      const auto low = unit(at);
      if (low < 0xDC00 || low >= 0xE000) return std::nullopt;
      c = 0x10000U + ((c - 0xD800U) << 10U) + (low - 0xDC00U);
    }
    append_utf8(out, c);
  }
  return out;
}

}  // namespace

std::string to_modified_utf7(std::string_view utf8) {
  const auto valid = repair_utf8(utf8);
  std::string out;
  std::size_t at = 0;
  while (at < valid.size()) {
    if (stands_for_itself(valid[at])) {
      out += valid[at] == '&' ? std::string{"&-"} : std::string{valid[at]};
      ++at;
      continue;
    }
    std::string units;
    while (at < valid.size() && !stands_for_itself(valid[at])) {
      append_utf16(units, next_character(valid, at));
    }
    auto letters = crypto::base64_encode(units);
    std::erase(letters, '=');
    std::replace(letters.begin(), letters.end(), '/', ',');
    out += "&" + letters + "-";
  }
  return out;
}

std::optional<std::string> from_modified_utf7(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!stands_for_itself(text[at])) return std::nullopt;
    if (text[at] != '&') {
      out += text[at];
      continue;
    }
    const auto end = text.find('-', at);
    if (end == std::string_view::npos) return std::nullopt;
    std::string letters{text.substr(at + 1, end - at - 1)};
    at = end;
    if (letters.empty()) {
      out += '&';
      continue;
    }
    if (letters.find_first_of("/=_\r\n") != std::string::npos) return std::nullopt;
    std::replace(letters.begin(), letters.end(), ',', '/');
    const auto units = crypto::base64_decode(letters);
    const auto decoded = units ? from_utf16(*units) : std::nullopt;
    if (!decoded) return std::nullopt;
    out += *decoded;
  }
  return out;
}

}  // namespace gmail_mcp::sandbox::imap
