#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::sandbox::imap {

/// One argument of a command (RFC 3501 §9), parsed only as far as all commands have in common.
struct Token {
  enum class Kind { atom, quoted, literal, list };
  Kind kind = Kind::atom;
  std::string text;          // unquoted; an atom as it stands, "BODY[HEADER.FIELDS (To)]<0.9>" too
  std::vector<Token> items;  // of a list

  bool is_list() const { return kind == Kind::list; }
  bool is_atom() const { return kind == Kind::atom; }
  /// An atom of this name, in any case.
  bool is(std::string_view word) const;
};

/// A command as it came in: `text` has all its lines in one, each literal's "{n}" still in place.
struct RawCommand {
  std::string text;
  std::vector<std::string> literals;
};

struct LiteralMark {
  std::size_t size = 0;
  bool waits = true;  // for our "+": a synchronising literal
};

/// Whether a line announces a literal at its end, and which. Errc::invalid_argument for a size that
/// is not a number.
Result<std::optional<LiteralMark>> literal_at_end(std::string_view line);

/// A command's tag, its name in upper case ("UID FETCH" is one) and its arguments.
struct Command {
  std::string tag;
  std::string name;
  std::vector<Token> arguments;
};

/// Reads any bytes. Errc::invalid_argument for anything that is not a command; `tag` is set for the
/// answer if it is known.
Result<Command> parse_command(const RawCommand& raw, std::string& tag);

}  // namespace gmail_mcp::sandbox::imap
