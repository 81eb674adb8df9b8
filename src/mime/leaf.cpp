#include "mime/leaf.h"

#include <cstddef>

#include "base/sixteen_bytes.h"
#include "base/text.h"
#include "mime/charset.h"
#include "mime/flowed.h"
#include "mime/html_charset.h"

namespace gmail_mcp::mime {

namespace {

bool is_wide(std::string_view charset) {
  return charset.starts_with("utf-16") || charset.starts_with("utf-32");
}

std::string charset_of_text(const Part& part, std::string_view bytes, Utf8Kind kind,
                            bool may_be_recoded) {
  const auto of_mark = charset_of_mark(bytes);
  if (!of_mark.empty()) return std::string{of_mark};
  // Well-formed UTF-8 beyond ASCII is hardly ever anything else. ASCII may still be ISO-2022-JP.
  const bool is_recoded = kind == Utf8Kind::beyond_ascii ||
                          (is_wide(part.charset) && bytes.find('\0') == std::string_view::npos);
  if (may_be_recoded && is_recoded) return "utf-8";
  if (is_known_charset(part.charset) || part.mime_type != "text/html") return part.charset;
  // Gateways that converted it to UTF-8 did not change the declaration in the document.
  if (kind == Utf8Kind::beyond_ascii) return "utf-8";
  return charset_of_html(bytes);
}

// For mail from old Macs, and mail that passed through some gateways ("\r\r\n").
void end_lines_with_lf(std::string& text) {
  const auto is_lone = [&](std::size_t at) {
    return text[at] == '\r' && (at + 1 == text.size() || text[at + 1] != '\n');
  };
  auto first = text.find('\r');
  if (first == std::string::npos) return;
  // Lines that end with CR LF are many, so not one search for each.
  const auto* const data = text.data();
  constexpr auto size = sixteen_bytes::size;
  for (; text.size() - first > size; first += size) {
    const auto cr = sixteen_bytes::Bytes::load(data + first).equal_to('\r').mask();
    const auto lf = sixteen_bytes::Bytes::load(data + first + 1).equal_to('\n').mask();
    if ((cr & ~lf) != 0) break;
  }
  while (first < text.size() && !is_lone(first)) ++first;
  if (first == text.size()) return;
  auto out = first;
  for (auto i = first; i < text.size(); ++i) {
    const bool is_double =
        is_lone(i) && i + 2 < text.size() && text[i + 1] == '\r' && text[i + 2] == '\n';
    if (is_double) continue;
    text[out++] = is_lone(i) ? '\n' : text[i];
  }
  text.resize(out);
}

}  // namespace

void describe_leaf(Part& part, const ParameterizedValue& type,
                   const ParameterizedValue& disposition, std::string_view content_id) {
  part.disposition = disposition.value;
  if (part.filename.empty()) part.filename = disposition.text("filename");
  if (part.filename.empty()) part.filename = type.text("name");
  part.charset = to_lower_ascii(type.token("charset"));
  part.content_id = trim(content_id);
  std::erase_if(part.content_id, [](char c) { return c == '<' || c == '>'; });
  part.is_flowed = equals_ignoring_case(type.token("format"), "flowed");
  part.deletes_space = equals_ignoring_case(type.token("delsp"), "yes");
}

std::string text_of_leaf(const Part& part, std::string bytes, bool may_be_recoded) {
  const auto kind = utf8_kind(bytes);
  make_utf8(bytes, charset_of_text(part, bytes, kind, may_be_recoded), kind);
  end_lines_with_lf(bytes);
  const bool is_flowed = part.is_flowed && part.mime_type == "text/plain";
  if (is_flowed) return unflowed(bytes, part.deletes_space);
  return bytes;
}

}  // namespace gmail_mcp::mime
