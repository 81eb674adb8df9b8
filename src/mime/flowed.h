#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mime {

/// A text that was sent as format=flowed (RFC 3676 §4) with its paragraphs on one line each: lines
/// that end with a blank are joined with the next one of the same quotation depth, the blanks that
/// protect the beginning of a line are removed, and every quoted line begins with "> " or ">> ".
/// The separator of a signature, "-- ", is a line of its own. With `deletes_space` (DelSp, §4.1)
/// the blank at the end of a line that continues is dropped.
///
/// UTF-8 in and out; lines end with LF. Never fails; linear; thread-safe.
std::string unflowed(std::string_view text, bool deletes_space);

}  // namespace gmail_mcp::mime
