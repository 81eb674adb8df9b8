#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp {

/// Appends `text` as the contents of a JSON string, without the quotes (RFC 8259 §7). Does not
/// check UTF-8.
void append_json_escaped(std::string& out, std::string_view text);

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8, which would make the
/// whole document invalid, become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace gmail_mcp
