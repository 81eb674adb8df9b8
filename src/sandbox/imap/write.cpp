#include "sandbox/imap/write.h"

#include <fmt/format.h>

#include <algorithm>

namespace gmail_mcp::sandbox::imap {

namespace {

bool is_quotable(char c) { return c >= 0x20 && c < 0x7F; }

bool is_atom_char(char c) {
  return is_quotable(c) && std::string_view{"(){ %*\"\\]"}.find(c) == std::string_view::npos;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string literal(std::string_view bytes) {
  return fmt::format("{{{}}}\r\n{}", bytes.size(), bytes);
}

std::string string_of(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_quotable) ? quoted(text) : literal(text);
}

std::string nstring(std::string_view text) { return text.empty() ? "NIL" : string_of(text); }

std::string astring(std::string_view text) {
  const bool atom = !text.empty() && std::all_of(text.begin(), text.end(), is_atom_char);
  return atom ? std::string{text} : string_of(text);
}

}  // namespace gmail_mcp::sandbox::imap
