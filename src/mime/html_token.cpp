#include "mime/html_token.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "base/utf8.h"
#include "mime/html_entities.h"

namespace gmail_mcp::mime {

namespace {

// Elements whose content is text up to their own end tag, and those where references still count.
constexpr auto raw_text_elements = std::to_array<std::string_view>(
    {"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"});
constexpr auto escapable_elements = std::to_array<std::string_view>({"textarea", "title"});

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// Which characters end the name of a tag; that of an attribute ends with "=" as well.
constexpr auto ends_tag_name = [] {
  std::array<bool, 256> ends{};
  for (const char c : std::string_view{" \t\n\r\f/>"}) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}();
constexpr auto ends_attribute_name = [] {
  auto ends = ends_tag_name;
  ends['='] = true;
  return ends;
}();

// The place of the first character from `at` on that ends a name.
std::size_t find_end(std::string_view text, std::size_t at, const std::array<bool, 256>& ends) {
  while (at < text.size() && !ends[static_cast<unsigned char>(text.data()[at])]) ++at;
  return at;
}

bool has_raw_text(std::string_view name) {
  return std::ranges::any_of(raw_text_elements, [name](std::string_view one) {
    return one.front() == name.front() && one == name;
  });
}

// Browsers read &#128; … &#159; as windows-1252, because that is what the authors meant.
constexpr std::array<unsigned, 32> c1_as_windows_1252 = {
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

unsigned numbered_character(unsigned code) {
  if (code >= 0x80 && code < 0xA0) return c1_as_windows_1252[code - 0x80];
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return 0xFFFD;
  return code;
}

struct Reference {
  std::string text;
  std::size_t size;  // from "&" on
};

// `text` starts with "&#".
std::optional<Reference> read_number(std::string_view text) {
  const bool is_hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const auto digits = text.substr(is_hex ? 3 : 2);
  unsigned code = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
  if (end == digits.data()) return std::nullopt;
  if (error != std::errc{}) code = 0x110000;
  auto size = static_cast<std::size_t>(end - text.data());
  if (size < text.size() && text[size] == ';') ++size;
  Reference out{{}, size};
  append_utf8(out.text, numbered_character(code));
  return out;
}

const HtmlEntity* find_entity(std::string_view name) {
  const auto* found = std::ranges::lower_bound(html_entities, name, {}, &HtmlEntity::name);
  return found != html_entities.end() && found->name == name ? found : nullptr;
}

// `text` starts with "&" and a letter. The longest name counts: "&notit;" is "¬it;", and "&notin;"
// one character.
std::optional<Reference> read_name(std::string_view text, ReferenceContext context) {
  constexpr std::size_t longest_name = 31;
  constexpr std::size_t longest_old_name = 6;  // of those that may go without the semicolon
  std::size_t end = 1;
  while (end < text.size() && end <= longest_name &&
         (is_letter(text[end]) || is_digit(text[end]))) {
    ++end;
  }
  if (end < text.size() && text[end] == ';') {
    const auto* entity = find_entity(text.substr(1, end));
    if (entity != nullptr) return Reference{std::string{entity->text}, end + 1};
  }
  for (auto size = std::min(end, longest_old_name + 1); size > 1; --size) {
    const auto* entity = find_entity(text.substr(1, size - 1));
    if (entity == nullptr) continue;
    // The query of an address: "?a=1&copy=2".
    const bool is_query = context == ReferenceContext::attribute && size < text.size() &&
                          (text[size] == '=' || is_letter(text[size]) || is_digit(text[size]));
    if (is_query) return std::nullopt;
    return Reference{std::string{entity->text}, size};
  }
  return std::nullopt;
}

std::optional<Reference> read_reference(std::string_view text, ReferenceContext context) {
  if (text.size() < 2) return std::nullopt;
  if (text[1] == '#') return read_number(text);
  return is_letter(text[1]) ? read_name(text, context) : std::nullopt;
}

}  // namespace

std::string decode_references(std::string_view text, ReferenceContext context) {
  if (text.find('&') == std::string_view::npos) return std::string{text};
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto ampersand = std::min(text.find('&'), text.size());
    out += text.substr(0, ampersand);
    text.remove_prefix(ampersand);
    if (text.empty()) break;
    const auto reference = read_reference(text, context);
    if (reference) {
      out += reference->text;
      text.remove_prefix(reference->size);
    } else {
      out += '&';
      text.remove_prefix(1);
    }
  }
  return out;
}

const std::string_view* HtmlToken::attribute(std::string_view name) const {
  for (const auto& one : attributes) {
    if (one.first == name) return &one.second;
  }
  return nullptr;
}

const HtmlToken* HtmlTokenizer::next() {
  decoded_.clear();
  while (at_ < html_.size()) {
    if (!raw_text_of_.empty()) {
      const bool is_escapable = std::ranges::count(escapable_elements, raw_text_of_) > 0;
      const auto text = take_until(find_raw_text_end());
      raw_text_of_.clear();
      if (text.empty()) continue;
      return text_token(is_escapable ? decoded(text, ReferenceContext::text) : text);
    }
    if (html_[at_] == '<') {
      if (const auto* token = read_markup()) return token;
      continue;
    }
    return text_token(decoded(take_until(html_.find('<', at_)), ReferenceContext::text));
  }
  return nullptr;
}

const HtmlToken* HtmlTokenizer::text_token(std::string_view text) {
  token_.kind = HtmlToken::Kind::text;
  token_.text = text;
  token_.attributes.clear();
  return &token_;
}

std::string_view HtmlTokenizer::decoded(std::string_view text, ReferenceContext context) {
  if (text.find('&') == std::string_view::npos) return text;
  return decoded_.emplace_back(decode_references(text, context));
}

// At "<".
const HtmlToken* HtmlTokenizer::read_markup() {
  const auto rest = html_.substr(at_);
  if (rest.starts_with("<!--")) {
    skip_comment();
  } else if (rest.size() > 1 && is_letter(rest[1])) {
    return read_tag(at_ + 1, HtmlToken::Kind::start_tag);
  } else if (rest.size() > 2 && rest[1] == '/' && is_letter(rest[2])) {
    return read_tag(at_ + 2, HtmlToken::Kind::end_tag);
  } else if (rest.size() > 1 && (rest[1] == '!' || rest[1] == '?' || rest[1] == '/')) {
    skip_past('>');
  } else {
    return text_token(take_until(at_ + 1));
  }
  return nullptr;
}

const HtmlToken* HtmlTokenizer::read_tag(std::size_t name_begin, HtmlToken::Kind kind) {
  at_ = find_end(html_, name_begin, ends_tag_name);
  name_ = html_.substr(name_begin, at_ - name_begin);
  for (char& c : name_) c = lower_letter(c);
  token_.kind = kind;
  token_.text = name_;
  token_.attributes.clear();
  if (!read_attributes()) return nullptr;
  if (kind == HtmlToken::Kind::start_tag && has_raw_text(name_)) raw_text_of_ = name_;
  return &token_;
}

// Moves past the ">". False when the document ends within the tag.
bool HtmlTokenizer::read_attributes() {
  while (true) {
    while (at_ < html_.size() && (is_blank(html_[at_]) || html_[at_] == '/')) ++at_;
    if (at_ >= html_.size()) return false;
    if (html_[at_] == '>') {
      ++at_;
      return true;
    }
    const auto name_begin = at_;
    at_ = find_end(html_, name_begin + 1, ends_attribute_name);
    const auto name = html_.substr(name_begin, at_ - name_begin);
    const auto value = read_attribute_value();
    const auto first = lower_letter(name.front());
    const auto wanted = std::ranges::find_if(wanted_, [name, first](std::string_view known) {
      return known.size() == name.size() && known.front() == first &&
             equals_ignoring_case(known, name);
    });
    if (wanted != wanted_.end() && token_.attribute(*wanted) == nullptr) {
      token_.attributes.emplace_back(*wanted, decoded(value, ReferenceContext::attribute));
    }
  }
}

std::string_view HtmlTokenizer::read_attribute_value() {
  skip_blanks();
  if (at_ >= html_.size() || html_[at_] != '=') return {};
  ++at_;
  skip_blanks();
  if (at_ >= html_.size()) return {};
  const char quote = html_[at_];
  if (quote == '"' || quote == '\'') {
    ++at_;
    const auto value = take_until(html_.find(quote, at_));
    if (at_ < html_.size()) ++at_;
    return value;
  }
  const auto begin = at_;
  while (at_ < html_.size() && !is_blank(html_[at_]) && html_[at_] != '>') ++at_;
  return html_.substr(begin, at_ - begin);
}

std::string_view HtmlTokenizer::take_until(std::size_t end) {
  end = std::min(end, html_.size());
  const auto taken = html_.substr(at_, end - at_);
  at_ = end;
  return taken;
}

std::size_t HtmlTokenizer::find_raw_text_end() const {
  const auto size = raw_text_of_.size();
  for (auto at = html_.find("</", at_); at != std::string_view::npos;
       at = html_.find("</", at + 2)) {
    const auto name = html_.substr(at + 2, size);
    if (!equals_ignoring_case(name, raw_text_of_)) continue;
    const auto after = html_.substr(at + 2 + size, 1);
    if (after.empty() || is_blank(after[0]) || after[0] == '/' || after[0] == '>') return at;
  }
  return html_.size();
}

void HtmlTokenizer::skip_blanks() {
  while (at_ < html_.size() && is_blank(html_[at_])) ++at_;
}

// "<!-->" is a whole comment, and "--!>" ends one too.
void HtmlTokenizer::skip_comment() {
  at_ += 2;
  while (true) {
    at_ = std::min(html_.find("--", at_), html_.size());
    const auto rest = html_.substr(at_);
    const std::size_t size = rest.starts_with("-->") ? 3 : rest.starts_with("--!>") ? 4 : 0;
    if (size > 0 || rest.empty()) {
      at_ += size;
      return;
    }
    ++at_;
  }
}

void HtmlTokenizer::skip_past(char c) {
  take_until(html_.find(c, at_));
  if (at_ < html_.size()) ++at_;
}

}  // namespace gmail_mcp::mime
