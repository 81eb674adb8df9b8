#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gmail_mcp::smtp {

/// A letter as it goes over the wire, piece by piece: a line that begins with a dot gets a second
/// one (RFC 5321 §4.5.2), and every lone CR or LF becomes CRLF, so that no line of a letter can be
/// taken for its end. Borrows the letter.
class LetterReader {
 public:
  explicit LetterReader(std::string_view letter) : rest_{letter} {}

  /// Fills `into` (at least 4 bytes); 0 when the letter is over. It has then ended with CRLF.
  std::size_t read(std::span<char> into);

 private:
  std::string_view rest_;
  bool at_line_start_ = true;
  bool needs_line_end_ = true;
};

/// What follows the letter.
inline constexpr std::string_view final_dot = ".\r\n";

}  // namespace gmail_mcp::smtp
