#include "mime/flowed.h"

#include <algorithm>
#include <cstddef>

namespace gmail_mcp::mime {

namespace {

constexpr std::string_view signature_separator = "-- ";

struct FlowedLine {
  std::size_t quotes = 0;
  std::string_view text;
  bool is_flowed = false;
};

// Takes the next line off `text`.
FlowedLine next_flowed_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  FlowedLine line;
  line.text = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  line.quotes = std::min(line.text.find_first_not_of('>'), line.text.size());
  line.text.remove_prefix(line.quotes);
  if (line.text.starts_with(' ')) line.text.remove_prefix(1);
  line.is_flowed = line.text.ends_with(' ') && line.text != signature_separator;
  return line;
}

void begin_flowed_line(std::string& out, const FlowedLine& line) {
  out.append(line.quotes, '>');
  if (line.quotes > 0 && !line.text.empty()) out += ' ';
}

}  // namespace

std::string unflowed(std::string_view text, bool deletes_space) {
  std::string out;
  out.reserve(text.size());
  bool goes_on = false;
  std::size_t quotes = 0;
  while (!text.empty()) {
    const bool ends_with_break = text.find('\n') != std::string_view::npos;
    auto line = next_flowed_line(text);
    // §4.5: a line of another depth, or a signature, is a paragraph of its own.
    const bool is_joined = goes_on && line.quotes == quotes && line.text != signature_separator;
    if (goes_on && !is_joined) out += '\n';
    if (!is_joined) begin_flowed_line(out, line);
    goes_on = line.is_flowed && !text.empty();
    quotes = line.quotes;
    if (goes_on && deletes_space) line.text.remove_suffix(1);
    out += line.text;
    if (!goes_on && ends_with_break) out += '\n';
  }
  return out;
}

}  // namespace gmail_mcp::mime
