#include "mime/transfer.h"

#include <optional>

#include "base/text.h"
#include "mime/gmime_library.h"

namespace gmail_mcp::mime {

namespace {

GMimeContentEncoding transfer_encoding(std::string_view name) {
  name = trim(name);
  name = name.substr(0, name.find_first_of(" \t;("));
  if (name.size() > 32) return GMIME_CONTENT_ENCODING_DEFAULT;
  return g_mime_content_encoding_from_string(std::string{name}.c_str());
}

// The lines after "begin 644 name.txt", because GMime reads only those.
std::string_view after_begin_line(std::string_view text) {
  const auto begin = text.starts_with("begin ") ? 0 : text.find("\nbegin ");
  if (begin == std::string_view::npos) return text;
  const auto end = text.find('\n', begin + 1);
  return end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
}

// No line of base64 has a blank between two characters (RFC 2045 §6.8); nearly every line of a text
// has. Only the first line counts, because mailing lists put plain footers below base64.
bool begins_like_prose(std::string_view bytes) {
  const auto text = trim(bytes);
  return trim(text.substr(0, text.find('\n'))).find(' ') != std::string_view::npos;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

// The octet of "=C3" at the beginning.
std::optional<char> escaped_octet(std::string_view text) {
  if (text.size() < 3 || text[0] != '=') return std::nullopt;
  const auto high = hex_digit(text[1]);
  const auto low = hex_digit(text[2]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high << 4U | *low);
}

// RFC 2045 §6.7: blanks at the end of a line were added in transport, also after the "=" of a soft
// line break. Text that is not an escape stays.
std::string decode_quoted_printable(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto feed = bytes.find('\n');
    auto line = bytes.substr(0, feed);
    const bool has_end = feed != std::string_view::npos;
    bytes.remove_prefix(has_end ? feed + 1 : bytes.size());
    const bool has_return = line.ends_with('\r');
    if (has_return) line.remove_suffix(1);
    const auto last = line.find_last_not_of(" \t");
    line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
    const bool is_soft = line.ends_with('=');
    if (is_soft) line.remove_suffix(1);
    for (std::size_t at = 0; at < line.size(); ++at) {
      const auto octet = escaped_octet(line.substr(at));
      out += octet.value_or(line[at]);
      if (octet) at += 2;
    }
    if (is_soft || !has_end) continue;
    if (has_return) out += '\r';
    out += '\n';
  }
  return out;
}

}  // namespace

std::string decode_transfer(std::string_view encoding, std::string_view bytes) {
  start_gmime();
  const auto kind = transfer_encoding(encoding);
  if (kind != GMIME_CONTENT_ENCODING_BASE64 && kind != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
      kind != GMIME_CONTENT_ENCODING_UUENCODE) {
    return std::string{bytes};
  }
  if (kind == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) return decode_quoted_printable(bytes);
  if (kind == GMIME_CONTENT_ENCODING_UUENCODE) bytes = after_begin_line(bytes);
  GMimeEncoding state;
  g_mime_encoding_init_decode(&state, kind);
  std::string out(g_mime_encoding_outlen(&state, bytes.size()) + 3, '\0');
  auto size = g_mime_encoding_step(&state, bytes.data(), bytes.size(), out.data());
  if (kind == GMIME_CONTENT_ENCODING_BASE64) {
    // GMime holds the last group back until it has four characters; many senders omit the padding.
    const int held = state.state < 0 ? -state.state : state.state;
    if (held == 2 || held == 3) {
      const std::string_view padding{"==", static_cast<std::size_t>(4 - held)};
      size += g_mime_encoding_step(&state, padding.data(), padding.size(), out.data() + size);
    }
  }
  out.resize(size);
  return out;
}

std::string decode_text_transfer(std::string_view encoding, std::string_view bytes) {
  const bool is_base64 = transfer_encoding(encoding) == GMIME_CONTENT_ENCODING_BASE64;
  if (is_base64 && begins_like_prose(bytes)) return std::string{bytes};
  return decode_transfer(encoding, bytes);
}

}  // namespace gmail_mcp::mime
