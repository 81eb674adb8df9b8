#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mime {

/// A text that was sent as format=flowed (RFC 3676 §4) with its paragraphs on one line each: lines
/// that end with a blank go on in the next one of the same depth of quotation, the blanks that
/// protect the beginning of a line are gone, and quotation marks stand before every line as "> " or
/// ">> ". The separator of a signature, "-- ", is a line of its own. With `deletes_space` (DelSp,
/// §4.1) the blank at the end of a line that goes on belongs to nobody.
///
/// UTF-8 in and out; lines end with LF. Never fails; linear; thread-safe.
std::string unflowed(std::string_view text, bool deletes_space);

}  // namespace gmail_mcp::mime
