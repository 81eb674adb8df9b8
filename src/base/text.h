#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp {

std::string to_hex(std::string_view bytes);                    // lower case
std::optional<std::string> from_hex(std::string_view digits);  // either case

/// RFC 3986: everything but A-Z a-z 0-9 - . _ ~ becomes %XX. For a path segment or a query value.
std::string percent_encode(std::string_view text);
/// nullopt on a broken escape. `plus_is_space` for application/x-www-form-urlencoded.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

bool is_valid_utf8(std::string_view bytes);
/// Each byte that is not part of valid UTF-8 becomes U+FFFD.
std::string repair_utf8(std::string_view bytes);
/// Cuts to at most `max_bytes` without splitting a character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

std::string to_lower_ascii(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);  // ASCII
std::string_view trim(std::string_view text);                       // spaces, tabs, CR, LF
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// The five characters that matter in HTML text and attributes.
std::string escape_html(std::string_view text);

}  // namespace gmail_mcp
