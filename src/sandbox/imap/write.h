#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::sandbox::imap {

/// Writes words of RFC 3501 §9.

std::string literal(std::string_view bytes);
/// Quoted, or a literal where it must be one.
std::string string_of(std::string_view text);
/// NIL for "".
std::string nstring(std::string_view text);
/// An atom if it can be one.
std::string astring(std::string_view text);

}  // namespace gmail_mcp::sandbox::imap
