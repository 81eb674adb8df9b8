#include "mime/html_charset.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/text.h"
#include "mime/charset.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t prescanned = 1024;

bool is_html_blank(char c) { return c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '; }

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "text/html; charset=koi8-r" → "koi8-r" (HTML, "extracting a character encoding from a meta
// element").
std::string charset_in_content(std::string_view content) {
  constexpr std::string_view name = "charset";
  const auto lower = to_lower_ascii(content);
  std::size_t at = 0;
  for (;;) {
    at = lower.find(name, at);
    if (at == std::string::npos) return {};
    at += name.size();
    while (at < lower.size() && is_html_blank(lower[at])) ++at;
    if (at < lower.size() && lower[at] == '=') break;
  }
  ++at;
  while (at < lower.size() && is_html_blank(lower[at])) ++at;
  if (at == lower.size()) return {};
  const std::string_view rest = std::string_view{lower}.substr(at);
  if (rest.front() == '"' || rest.front() == '\'') {
    const auto end = rest.find(rest.front(), 1);
    return end == std::string_view::npos ? std::string{} : std::string{rest.substr(1, end - 1)};
  }
  return std::string{rest.substr(0, rest.find_first_of("; \t\n\f\r"))};
}

class MetaPrescan {
 public:
  explicit MetaPrescan(std::string_view bytes) : text_{bytes.substr(0, prescanned)} {}

  std::string run() {
    while (at_ < text_.size()) {
      const auto rest = text_.substr(at_);
      if (rest.starts_with("<!--")) {
        // The two hyphens at its end may be the same as those at its beginning.
        const auto end = rest.find("-->", 2);
        at_ = end == std::string_view::npos ? text_.size() : at_ + end + 3;
      } else if (is_meta(rest)) {
        at_ += 5;
        auto charset = charset_of_meta();
        if (!charset.empty()) return charset;
      } else if (is_tag(rest)) {
        while (at_ < text_.size() && !is_html_blank(text_[at_]) && text_[at_] != '>') ++at_;
        while (next_attribute()) {
        }
      } else if (rest.starts_with("<!") || rest.starts_with("</") || rest.starts_with("<?")) {
        at_ = std::min(text_.find('>', at_), text_.size());
      } else {
        ++at_;
      }
    }
    return {};
  }

 private:
  struct Attribute {
    std::string name;
    std::string value;
  };

  static bool is_meta(std::string_view rest) {
    return rest.size() > 5 && equals_ignoring_case(rest.substr(0, 5), "<meta") &&
           (is_html_blank(rest[5]) || rest[5] == '/');
  }

  static bool is_tag(std::string_view rest) {
    if (!rest.starts_with('<')) return false;
    rest.remove_prefix(rest.starts_with("</") ? 2 : 1);
    return !rest.empty() && is_ascii_letter(rest.front());
  }

  std::string charset_of_meta() {
    bool has_pragma = false;
    std::optional<bool> needs_pragma;
    std::string charset;
    while (const auto attribute = next_attribute()) {
      if (attribute->name == "http-equiv") {
        has_pragma = has_pragma || attribute->value == "content-type";
      } else if (attribute->name == "content" && charset.empty()) {
        charset = charset_in_content(attribute->value);
        if (!charset.empty()) needs_pragma = true;
      } else if (attribute->name == "charset" && needs_pragma != false) {
        charset = attribute->value;
        needs_pragma = false;
      }
    }
    if (!needs_pragma || (*needs_pragma && !has_pragma)) return {};
    // If this much could be read, it is not UTF-16.
    if (charset.starts_with("utf-16")) return "utf-8";
    if (charset == "x-user-defined") return "windows-1252";
    return is_known_charset(charset) ? charset : std::string{};
  }

  // In lower case.
  std::optional<Attribute> next_attribute() {
    while (at_ < text_.size() && (is_html_blank(text_[at_]) || text_[at_] == '/')) ++at_;
    if (at_ == text_.size() || text_[at_] == '>') return std::nullopt;
    Attribute attribute;
    const auto begin = at_;
    const auto ends_name = [&] {
      const char c = text_[at_];
      return is_html_blank(c) || c == '/' || c == '>' || (c == '=' && at_ > begin);
    };
    while (at_ < text_.size() && !ends_name()) ++at_;
    attribute.name = to_lower_ascii(text_.substr(begin, at_ - begin));
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != '=') return attribute;
    ++at_;
    skip_blanks();
    attribute.value = to_lower_ascii(attribute_value());
    return attribute;
  }

  std::string_view attribute_value() {
    if (at_ == text_.size()) return {};
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'') {
      const auto end = std::min(text_.find(quote, at_ + 1), text_.size());
      const auto value = text_.substr(at_ + 1, end - at_ - 1);
      at_ = std::min(end + 1, text_.size());
      return value;
    }
    const auto begin = at_;
    while (at_ < text_.size() && !is_html_blank(text_[at_]) && text_[at_] != '>') ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_html_blank(text_[at_])) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string charset_of_html(std::string_view bytes) { return MetaPrescan{bytes}.run(); }

std::string_view charset_of_mark(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return "utf-8";
  if (bytes.starts_with("\xFE\xFF")) return "utf-16be";
  if (bytes.starts_with("\xFF\xFE")) return "utf-16le";
  return {};
}

}  // namespace gmail_mcp::mime
