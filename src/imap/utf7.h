#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gmail_mcp::imap {

/// Modified UTF-7 (RFC 3501 §5.1.3): the encoding of folder names and Gmail's labels.

/// From UTF-8; invalid bytes become U+FFFD.
std::string encode_utf7(std::string_view utf8);
/// nullopt on anything that is not modified UTF-7, unpaired surrogates included.
std::optional<std::string> decode_utf7(std::string_view text);

/// The name for people: decoded or, when it is not UTF-7, as it was sent, repaired to valid UTF-8.
std::string readable_name(std::string_view wire);

}  // namespace gmail_mcp::imap
