#include "mime/body_source.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace gmail_mcp::mime {

namespace {

// Takes the first line off `text` and returns it without its line end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_about_content(std::string_view line) {
  constexpr std::string_view prefix = "content-";
  return equals_ignoring_case(line.substr(0, prefix.size()), prefix);
}

// RFC 5322 §3.6.8
bool is_field_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace

std::string_view header_section(std::string_view rfc822) {
  auto rest = rfc822;
  while (!rest.empty()) {
    if (take_line(rest).empty()) break;
  }
  return rfc822.substr(0, rfc822.size() - rest.size());
}

std::vector<SourceField> field_sources(std::string_view rfc822) {
  std::vector<SourceField> fields;
  auto rest = header_section(rfc822);
  bool is_field = false;  // what the line belongs to
  while (!rest.empty()) {
    const auto line = take_line(rest);
    if (line.empty()) break;
    const bool goes_on = line.front() == ' ' || line.front() == '\t';
    if (!goes_on) {
      const auto name = trim(line.substr(0, line.find(':')));
      is_field = name.size() < line.size() && is_field_name(name);
      if (is_field) fields.push_back({std::string{name}, {}});
    }
    if (is_field) fields.back().lines.append(line).append("\r\n");
  }
  return fields;
}

std::string body_source(std::string_view rfc822) {
  std::string out;
  out.reserve(rfc822.size());
  bool is_wanted = false;
  while (!rfc822.empty()) {
    const auto line = take_line(rfc822);
    if (line.empty()) break;
    const bool goes_on = line.front() == ' ' || line.front() == '\t';
    if (!goes_on) is_wanted = is_about_content(line);
    if (is_wanted) out.append(line).append("\r\n");
  }
  out += "\r\n";
  while (!rfc822.empty()) out.append(take_line(rfc822)).append("\r\n");
  return out;
}

}  // namespace gmail_mcp::mime
