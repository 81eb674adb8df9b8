#include "http/sse.h"

namespace gmail_mcp::http {

namespace {

// A field is one line, so a break in it would begin another field.
void add_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += name;
  out += ": ";
  for (const char c : value) {
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  }
  out += '\n';
}

// One line for each line of `text`, whichever of the three line endings it uses.
void add_lines(std::string& out, std::string_view prefix, std::string_view text) {
  while (true) {
    const auto end = text.find_first_of("\r\n");
    out += prefix;
    out += text.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) return;
    const bool pair = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    text.remove_prefix(end + (pair ? 2 : 1));
  }
}

}  // namespace

std::string sse_event(std::string_view event, std::string_view data, std::string_view id) {
  std::string out;
  out.reserve(data.size() + event.size() + id.size() + 32);
  add_field(out, "event", event);
  add_field(out, "id", id);
  add_lines(out, "data: ", data);
  out += '\n';
  return out;
}

std::string sse_comment(std::string_view text) {
  std::string out;
  add_lines(out, text.empty() ? ":" : ": ", text);
  out += '\n';
  return out;
}

}  // namespace gmail_mcp::http
