#include "mime/tnef.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/html_charset.h"
#include "mime/rtf.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t most_tnef_text = std::size_t{4} << 20;
constexpr std::size_t most_tnef_files = 1'000;
constexpr std::uint32_t tnef_signature = 0x223E9F78;

// Attributes: MS-OXTNEF §2.1.3.2, with the type in the upper half.
constexpr std::uint32_t att_body = 0x0002800C;
constexpr std::uint32_t att_code_page = 0x00069007;
constexpr std::uint32_t att_message_properties = 0x00069003;
constexpr std::uint32_t att_file_begins = 0x00069002;
constexpr std::uint32_t att_file_title = 0x00018010;
constexpr std::uint32_t att_file_content = 0x0006800F;
constexpr std::uint32_t att_file_properties = 0x00069005;

// Properties: MS-OXPROPS.
constexpr std::uint16_t pid_body = 0x1000;
constexpr std::uint16_t pid_rtf = 0x1009;
constexpr std::uint16_t pid_html = 0x1013;
constexpr std::uint16_t pid_code_page = 0x3FDE;
constexpr std::uint16_t pid_file_name = 0x3704;
constexpr std::uint16_t pid_long_file_name = 0x3707;

// Reads little-endian numbers and runs of bytes; once something is missing, it stays failed.
class TnefCursor {
 public:
  explicit TnefCursor(std::string_view bytes) : rest_{bytes} {}

  bool is_sound() const { return is_sound_; }
  bool at_end() const { return rest_.empty() || !is_sound_; }

  std::string_view take(std::size_t length) {
    if (length > rest_.size()) {
      is_sound_ = false;
      return {};
    }
    const auto taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  // As `take`, but returns what there is of a run that is cut off.
  std::string_view take_rest_of(std::size_t length) { return take(std::min(length, rest_.size())); }

  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    const auto bytes = take(size);
    for (std::size_t i = bytes.size(); i-- > 0;) {
      value = value << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return value;
  }

  // Everything in lists of properties begins at a multiple of four.
  std::string_view take_padded(std::size_t length) {
    const auto taken = take(length);
    take(std::min((4 - length % 4) % 4, rest_.size()));
    return taken;
  }

 private:
  std::string_view rest_;
  bool is_sound_ = true;
};

struct TnefProperty {
  std::uint16_t type = 0;
  std::uint16_t id = 0;
  std::string_view value;  // of several, the first

  bool is_unicode() const { return (type & 0x0FFFU) == 0x1F; }
};

// The length of a value; 0: the value contains its length. nullopt for an unknown type.
std::optional<std::size_t> fixed_size(std::uint16_t type) {
  switch (type) {
    case 0x02:             // 16 bits, padded
    case 0x03:             // 32 bits
    case 0x04:             // a float
    case 0x0A:             // an error
    case 0x0B: return 4;   // a boolean, padded
    case 0x05:             // a double
    case 0x06:             // money
    case 0x07:             // a date
    case 0x14:             // 64 bits
    case 0x40: return 8;   // a time
    case 0x48: return 16;  // a GUID
    case 0x0D:             // an object
    case 0x1E:             // text of the code page
    case 0x1F:             // text in UTF-16
    case 0x102: return 0;  // bytes
    default: return std::nullopt;
  }
}

// Calls `visit(property)` for each of a list (MS-OXTNEF §2.1.3.4).
template <class Visit>
void each_property(std::string_view bytes, const Visit& visit) {
  TnefCursor at{bytes};
  auto count = at.number(4);
  for (; count > 0 && !at.at_end(); --count) {
    TnefProperty property;
    property.type = static_cast<std::uint16_t>(at.number(2));
    property.id = static_cast<std::uint16_t>(at.number(2));
    if (property.id >= 0x8000) {
      at.take(16);
      const bool has_name = at.number(4) == 1;
      if (has_name) {
        at.take_padded(at.number(4));
      } else {
        at.take(4);
      }
    }
    const bool is_list = (property.type & 0x1000U) != 0;
    const auto size = fixed_size(property.type & 0x0FFFU);
    if (!size) return;
    auto values = *size == 0 || is_list ? at.number(4) : 1;
    for (bool is_first = true; values > 0 && !at.at_end(); --values, is_first = false) {
      const auto value = at.take_padded(*size == 0 ? at.number(4) : *size);
      if (is_first) property.value = value;
    }
    if (!at.is_sound()) return;
    visit(property);
  }
}

class TnefReader {
 public:
  Tnef read(std::string_view bytes) {
    TnefCursor at{bytes};
    if (at.number(4) != tnef_signature) return {};
    at.take(2);
    while (!at.at_end()) {
      at.take(1);  // whether it belongs to the message or to a file
      const auto id = at.number(4);
      const auto length = at.number(4);
      if (!at.is_sound()) break;
      take_attribute(id, at.take_rest_of(length));
      at.take(2);  // a checksum
    }
    finish();
    return std::move(out_);
  }

 private:
  void take_attribute(std::uint32_t id, std::string_view value) {
    switch (id) {
      case att_code_page: charset_ = charset_of_page(TnefCursor{value}.number(4)); break;
      case att_body: body_ = value; break;
      case att_message_properties:
        each_property(value, [this](const TnefProperty& property) { take_of_message(property); });
        break;
      case att_file_begins:
        if (out_.files.size() < most_tnef_files) out_.files.emplace_back();
        break;
      case att_file_title:
        if (!out_.files.empty() && out_.files.back().name.empty()) {
          out_.files.back().name = text_of(value);
        }
        break;
      case att_file_content:
        if (!out_.files.empty()) out_.files.back().content = value;
        break;
      case att_file_properties:
        each_property(value, [this](const TnefProperty& property) { take_of_file(property); });
        break;
      default: break;
    }
  }

  void take_of_message(const TnefProperty& property) {
    switch (property.id) {
      case pid_body:
        body_ = property.value;
        is_body_unicode_ = property.is_unicode();
        break;
      case pid_html: html_ = property.value; break;
      case pid_rtf: rtf_ = property.value; break;
      case pid_code_page:
        if (charset_.empty()) charset_ = charset_of_page(TnefCursor{property.value}.number(4));
        break;
      default: break;
    }
  }

  void take_of_file(const TnefProperty& property) {
    const bool is_name =
        property.id == pid_long_file_name ||
        (property.id == pid_file_name && !out_.files.empty() && out_.files.back().name.empty());
    if (!is_name || out_.files.empty()) return;
    auto name = property.is_unicode() ? unicode_text(property.value) : text_of(property.value);
    if (!name.empty()) out_.files.back().name = std::move(name);
  }

  static std::string charset_of_page(std::uint32_t page) {
    return page == 65001 ? "utf-8" : "cp" + std::to_string(page);
  }

  static std::string unicode_text(std::string_view bytes) {
    return text_to_utf8(bytes.substr(0, most_tnef_text), "utf-16le");
  }

  // A text ends with a NUL, which is dropped.
  std::string text_of(std::string_view bytes) const {
    return text_to_utf8(bytes.substr(0, most_tnef_text), charset_);
  }

  void finish() {
    out_.text = is_body_unicode_ ? unicode_text(body_) : text_of(body_);
    if (!html_.empty()) {
      const auto named = charset_of_html(html_);
      out_.html = text_to_utf8(html_.substr(0, most_tnef_text), named.empty() ? charset_ : named);
    }
    const bool has_text = !trim(out_.text).empty() || out_.html;
    if (has_text || rtf_.empty()) return;
    auto rtf = read_rtf(decompress_rtf(rtf_, most_tnef_text));
    if (rtf.is_html) {
      out_.html = std::move(rtf.text);
    } else {
      out_.text = std::move(rtf.text);
    }
  }

  std::string charset_;
  std::string_view body_, html_, rtf_;
  bool is_body_unicode_ = false;
  Tnef out_;
};

}  // namespace

Tnef read_tnef(std::string_view bytes) { return TnefReader{}.read(bytes); }

}  // namespace gmail_mcp::mime
