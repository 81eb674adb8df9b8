#include "mime/parameter.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/header.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t most_parameters = 64;
constexpr int last_section = 999;

bool is_folding_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_plain_in_value(char c) { return c != ';' && c != '(' && !is_folding_blank(c); }

// One "name*3*=value" as written (RFC 2231 §3, §4.1).
struct RawParameter {
  std::string name;            // lower case, without section and asterisks
  std::optional<int> section;  // of a continued value
  bool is_encoded = false;     // percent-encoded, the first section after charset'language'
  std::string value;
};

// Sections of continued values: (name, section) → value.
using Sections = std::map<std::pair<std::string, int>, RawParameter>;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_{text} {}

  // Up to the first ";", without comments. A blank ends it too, except around the "/": some senders
  // forget the semicolon.
  std::string value() {
    const auto plain_end = std::ranges::find_if_not(rest_, is_plain_in_value);
    if (plain_end == rest_.end() || *plain_end == ';') {
      const auto size = static_cast<std::size_t>(plain_end - rest_.begin());
      auto out = to_lower_ascii(rest_.substr(0, size));
      rest_.remove_prefix(size);
      return out;
    }
    std::string out;
    bool is_after_blank = false;
    while (!rest_.empty() && rest_.front() != ';') {
      const char c = rest_.front();
      if (c == '(') {
        skip_comment();
        continue;
      }
      if (is_after_blank && !out.empty() && !out.ends_with('/') && c != '/' && !is_folding_blank(c))
        break;
      is_after_blank = is_folding_blank(c);
      if (!is_after_blank) out += c;
      rest_.remove_prefix(1);
    }
    return to_lower_ascii(out);
  }

  std::optional<RawParameter> next() {
    while (!rest_.empty() && (rest_.front() == ';' || is_folding_blank(rest_.front()))) {
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) return std::nullopt;
    const auto ends_name = [](char c) { return c == '=' || c == ';'; };
    const auto name_end =
        static_cast<std::size_t>(std::ranges::find_if(rest_, ends_name) - rest_.begin());
    auto parameter = read_name(trim(rest_.substr(0, name_end)));
    rest_.remove_prefix(name_end);
    if (!rest_.empty() && rest_.front() == '=') {
      rest_.remove_prefix(1);
      parameter.value = read_value(parameter.name == "filename" || parameter.name == "name");
    }
    return parameter;
  }

 private:
  static RawParameter read_name(std::string_view text) {
    RawParameter parameter;
    auto name = text;
    if (name.ends_with('*')) {
      parameter.is_encoded = true;
      name.remove_suffix(1);
    }
    const auto star = name.find('*');
    if (star != std::string_view::npos) {
      const auto digits = name.substr(star + 1);
      int section = 0;
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), section);
      const bool is_number = error == std::errc{} && end == digits.data() + digits.size();
      if (is_number && section >= 0 && section <= last_section) parameter.section = section;
      name = name.substr(0, star);
    }
    parameter.name = to_lower_ascii(name);
    return parameter;
  }

  std::string read_value(bool is_file_name) {
    while (!rest_.empty() && is_folding_blank(rest_.front())) rest_.remove_prefix(1);
    if (!rest_.empty() && rest_.front() == '"') return read_quoted();
    auto value = trim(rest_.substr(0, rest_.find(';')));
    // An unquoted file name may contain blanks and brackets; text after any other unquoted value is
    // a comment: charset=us-ascii (Plain text).
    if (!is_file_name) value = value.substr(0, value.find_first_of(" \t("));
    skip_to_semicolon();
    return std::string{value};
  }

  std::string read_quoted() {
    std::string out;
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      // Only these two are escapes, because senders of "C:\new\plan.txt" do not escape the
      // backslash.
      const bool is_escape =
          rest_.front() == '\\' && rest_.size() > 1 && (rest_[1] == '"' || rest_[1] == '\\');
      if (is_escape) rest_.remove_prefix(1);
      out += rest_.front();
      rest_.remove_prefix(1);
    }
    skip_to_semicolon();
    return out;
  }

  void skip_to_semicolon() { rest_.remove_prefix(std::min(rest_.find(';'), rest_.size())); }

  void skip_comment() {
    std::size_t depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      if (c == '(') ++depth;
      if (c == ')') --depth;
      rest_.remove_prefix(1);
      if (depth == 0) return;
    }
  }

  std::string_view rest_;
};

// "%20" as a blank; a broken escape leaves the text as it is.
std::string decode_percent(const std::string& text) { return percent_decode(text).value_or(text); }

// "utf-8'de'text": cuts charset and language off.
std::string take_charset(std::string& value) {
  const auto first = value.find('\'');
  if (first == std::string::npos) return {};
  const auto second = value.find('\'', first + 1);
  if (second == std::string::npos) return {};
  auto charset = value.substr(0, first);
  value.erase(0, second + 1);
  return charset;
}

auto find_parameter(auto& parameters, std::string_view name) {
  return std::ranges::find(parameters, name, &ParameterizedValue::Parameter::name);
}

void join_sections(const Sections& sections, ParameterizedValue& out) {
  for (const auto& [key, section] : sections) {
    auto found = find_parameter(out.parameters, key.first);
    if (found == out.parameters.end()) {
      found = out.parameters.insert(found, {.name = key.first, .bytes = {}, .charset = {}});
    }
    auto value = section.value;
    // The sections come in order, so the first one replaces a plain value of the same name.
    const bool is_first = !found->is_extended;
    if (is_first) {
      *found = {.name = key.first, .bytes = {}, .charset = {}, .is_extended = true};
      if (section.is_encoded) found->charset = take_charset(value);
    }
    found->bytes += section.is_encoded ? decode_percent(value) : value;
  }
}

}  // namespace

std::string_view ParameterizedValue::token(std::string_view name) const {
  const auto found = find_parameter(parameters, name);
  return found == parameters.end() ? std::string_view{} : trim(found->bytes);
}

std::string ParameterizedValue::text(std::string_view name) const {
  const auto found = find_parameter(parameters, name);
  if (found == parameters.end()) return {};
  const auto& bytes = found->bytes;
  const auto& charset = found->charset;
  // Once it is UTF-8, decode_words only finds encoded words and control characters in it.
  return std::string{trim(decode_words(charset.empty() ? bytes : text_to_utf8(bytes, charset)))};
}

ParameterizedValue parse_parameterized(std::string_view raw) {
  Scanner scanner{raw};
  ParameterizedValue out;
  out.value = scanner.value();

  Sections sections;
  for (std::size_t count = 0; count < most_parameters; ++count) {
    auto parameter = scanner.next();
    if (!parameter) break;
    if (parameter->is_encoded || parameter->section) {
      const std::pair key{parameter->name, parameter->section.value_or(0)};
      sections.try_emplace(key, *std::move(parameter));
    } else if (find_parameter(out.parameters, parameter->name) == out.parameters.end()) {
      out.parameters.push_back({.name = std::move(parameter->name),
                                .bytes = std::move(parameter->value),
                                .charset = {}});
    }
  }
  join_sections(sections, out);
  return out;
}

}  // namespace gmail_mcp::mime
