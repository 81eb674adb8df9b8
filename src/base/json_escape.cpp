#include "base/json_escape.h"

#include "base/eight_bytes.h"

namespace gmail_mcp {

namespace {

// The place of the first byte from `at` on that is escaped; text.size() if there is none.
std::size_t find_escaped(std::string_view text, std::size_t at) {
  using namespace eight_bytes;
  for (; text.size() - at >= size; at += size) {
    const auto bytes = load(text.data() + at);
    const auto controls = ~(at_least(bytes, 0x20) | beyond_ascii(bytes)) & everywhere;
    const auto escaped = controls | equal_to(bytes, '"') | equal_to(bytes, '\\');
    if (escaped != 0) return at + first_of(escaped);
  }
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == '"' || byte == '\\') break;
  }
  return at;
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::size_t begin = 0;
  for (auto i = find_escaped(text, 0); i < text.size(); i = find_escaped(text, i + 1)) {
    const auto byte = static_cast<unsigned char>(text[i]);
    out.append(text, begin, i - begin);
    begin = i + 1;
    out += '\\';
    switch (byte) {
      case '"':
      case '\\': out += static_cast<char>(byte); break;
      case '\b': out += 'b'; break;
      case '\f': out += 'f'; break;
      case '\n': out += 'n'; break;
      case '\r': out += 'r'; break;
      case '\t': out += 't'; break;
      default:
        out += "u00";
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
  }
  out.append(text, begin, text.size() - begin);
}

}  // namespace gmail_mcp
