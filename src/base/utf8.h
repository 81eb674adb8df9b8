#pragma once

#include <string>

namespace gmail_mcp {

/// Appends a character as UTF-8 (RFC 3629, section 3): one to four bytes. What is no character,
/// half of a UTF-16 pair for example, is written by the same rule; a caller who may meet it repairs
/// the text afterwards (`repair_utf8`).
void append_utf8(std::string& out, char32_t c);

}  // namespace gmail_mcp
