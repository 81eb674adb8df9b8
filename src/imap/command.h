#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::imap {

/// Which literals may be sent without waiting for `+` (RFC 7888).
enum class LiteralRule { wait, small_at_once };

/// What is sent in one go, up to a point where the server must answer `+` first.
struct CommandPiece {
  std::string bytes;
  bool waits = false;  // for `+` before these bytes
};

/// A command being written: our own words as they are, callers' texts as the protocol needs them.
class CommandWriter {
 public:
  CommandWriter(std::string_view words, LiteralRule rule);

  CommandWriter& words(std::string_view words);
  /// Quoted if it is short plain ASCII, otherwise a literal. Throws invalid_argument for a NUL,
  /// which IMAP cannot carry.
  CommandWriter& string(std::string_view text);
  /// The name of a folder or label, from UTF-8.
  CommandWriter& name(std::string_view utf8);
  CommandWriter& literal(std::string bytes);

  std::vector<CommandPiece> finish() &&;

 private:
  LiteralRule rule_;
  std::vector<CommandPiece> pieces_;
};

bool is_ascii(std::string_view text);

}  // namespace gmail_mcp::imap
