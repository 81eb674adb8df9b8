#include "imap/utf7.h"

#include <array>
#include <cstdint>

#include "base/text.h"
#include "base/utf8.h"

namespace gmail_mcp::imap {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool is_plain(unsigned char c) { return c >= 0x20 && c <= 0x7e && c != '&'; }

// Takes the first character off valid UTF-8.
char32_t take_character(std::string_view& utf8) {
  const auto lead = static_cast<unsigned char>(utf8.front());
  std::size_t length = 1;
  char32_t value = lead;
  if (lead >= 0xf0) {
    length = 4;
    value = lead & 0x07U;
  } else if (lead >= 0xe0) {
    length = 3;
    value = lead & 0x0fU;
  } else if (lead >= 0xc0) {
    length = 2;
    value = lead & 0x1fU;
  }
  for (std::size_t i = 1; i < length; ++i) {
    value = value << 6U | (static_cast<unsigned char>(utf8[i]) & 0x3fU);
  }
  utf8.remove_prefix(length);
  return value;
}

// UTF-16 as base64 without padding, between & and -.
class Shifted {
 public:
  void add(char32_t c) {
    if (c >= 0x10000) {
      add_unit(0xd800U + ((c - 0x10000) >> 10U));
      add_unit(0xdc00U + ((c - 0x10000) & 0x3ffU));
    } else {
      add_unit(c);
    }
  }
  std::string finish() {
    if (bits_ > 0) text_ += alphabet[held_ << (6 - bits_) & 0x3fU];
    return "&" + text_ + "-";
  }

 private:
  void add_unit(std::uint32_t unit) {
    held_ = held_ << 16U | unit;
    bits_ += 16;
    while (bits_ >= 6) {
      bits_ -= 6;
      text_ += alphabet[held_ >> bits_ & 0x3fU];
    }
    held_ &= (1U << bits_) - 1;
  }

  std::string text_;
  std::uint32_t held_ = 0;
  unsigned bits_ = 0;
};

bool decode_shifted(std::string_view text, std::string& out) {
  std::uint32_t held = 0;
  unsigned bits = 0;
  std::uint32_t high = 0;  // a high surrogate whose low one has not come yet
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return false;
    held = held << 6U | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits < 16) continue;
    bits -= 16;
    const std::uint32_t unit = held >> bits & 0xffffU;
    held &= (1U << bits) - 1;
    const bool is_low = unit >= 0xdc00 && unit < 0xe000;
    if ((high != 0) != is_low) return false;
    if (is_low) {
      append_utf8(out, 0x10000 + ((high - 0xd800) << 10U) + (unit - 0xdc00));
      high = 0;
    } else if (unit >= 0xd800 && unit < 0xdc00) {
      high = unit;
    } else {
      append_utf8(out, unit);
    }
  }
  return high == 0 && bits < 6 && held == 0;
}

}  // namespace

std::string encode_utf7(std::string_view utf8) {
  std::string repaired;
  if (!is_valid_utf8(utf8)) {
    repaired = repair_utf8(utf8);
    utf8 = repaired;
  }
  std::string out;
  while (!utf8.empty()) {
    const auto c = static_cast<unsigned char>(utf8.front());
    if (is_plain(c)) {
      out += utf8.front();
      utf8.remove_prefix(1);
    } else if (c == '&') {
      out += "&-";
      utf8.remove_prefix(1);
    } else {
      Shifted shifted;
      while (!utf8.empty() && !is_plain(static_cast<unsigned char>(utf8.front())) &&
             utf8.front() != '&') {
        shifted.add(take_character(utf8));
      }
      out += shifted.finish();
    }
  }
  return out;
}

std::optional<std::string> decode_utf7(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    if (c != '&') {
      if (!is_plain(static_cast<unsigned char>(c))) return std::nullopt;
      out += c;
      text.remove_prefix(1);
      continue;
    }
    const auto end = text.find('-');
    if (end == std::string_view::npos) return std::nullopt;
    if (end == 1) {
      out += '&';
    } else if (!decode_shifted(text.substr(1, end - 1), out)) {
      return std::nullopt;
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string readable_name(std::string_view wire) {
  auto decoded = decode_utf7(wire);
  return decoded ? std::move(*decoded) : repair_utf8(wire);
}

}  // namespace gmail_mcp::imap
