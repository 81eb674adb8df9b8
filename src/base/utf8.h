#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gmail_mcp {

/// Appends a character as UTF-8 (RFC 3629, section 3): one to four bytes. What is no character,
/// half of a UTF-16 pair for example, is written by the same rule; a caller who may meet it repairs
/// the text afterwards (`repair_utf8`).
void append_utf8(std::string& out, char32_t c);

/// How many bytes at the front of `text` are ASCII.
std::size_t ascii_prefix(std::string_view text);

/// The same without control characters: the blank to the tilde.
std::size_t printable_ascii_prefix(std::string_view text);

/// How many bytes at the front of `bytes` are well-formed UTF-8: whole characters.
std::size_t valid_utf8_prefix(std::string_view bytes);

}  // namespace gmail_mcp
