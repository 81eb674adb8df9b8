#include "imap/command.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "imap/utf7.h"

namespace gmail_mcp::imap {

namespace {

constexpr std::size_t longest_quoted = 1024;
// LITERAL- allows no more. LITERAL+ would, but when a large literal waits for leave, the server is
// certain to be reading it.
constexpr std::size_t longest_at_once = 4096;

}  // namespace

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<signed char>(c) >= 0; });
}

CommandWriter::CommandWriter(std::string_view words, LiteralRule rule) : rule_{rule} {
  pieces_.emplace_back().bytes = words;
}

CommandWriter& CommandWriter::words(std::string_view words) {
  // The bytes of a large literal are a piece of their own, so that they are not copied.
  if (pieces_.back().bytes.size() > longest_at_once) pieces_.emplace_back();
  pieces_.back().bytes += words;
  return *this;
}

CommandWriter& CommandWriter::string(std::string_view text) {
  const bool is_plain =
      text.size() <= longest_quoted &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (!is_plain) return literal(std::string{text});
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return words(quoted + '"');
}

CommandWriter& CommandWriter::name(std::string_view utf8) { return string(encode_utf7(utf8)); }

CommandWriter& CommandWriter::literal(std::string bytes) {
  if (bytes.find('\0') != std::string::npos) {
    throw Error{Errc::invalid_argument, "A NUL byte cannot be sent to the mail server."};
  }
  const bool at_once = rule_ == LiteralRule::small_at_once && bytes.size() <= longest_at_once;
  words("{" + std::to_string(bytes.size()) + (at_once ? "+}\r\n" : "}\r\n"));
  if (at_once) return words(bytes);
  pieces_.push_back({.bytes = std::move(bytes), .waits = true});
  return *this;
}

std::vector<CommandPiece> CommandWriter::finish() && {
  words("\r\n");
  return std::move(pieces_);
}

}  // namespace gmail_mcp::imap
