#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gmail_mcp::imap {

/// Modified UTF-7 (RFC 3501 §5.1.3): how names of folders and Gmail's labels travel.

/// Only of valid UTF-8; what is not becomes U+FFFD.
std::string encode_utf7(std::string_view utf8);
/// nullopt on anything that is not modified UTF-7, unpaired surrogates included.
std::optional<std::string> decode_utf7(std::string_view text);

/// The name for people: decoded, or, where a server sends UTF-8 or worse, what it sent, repaired.
std::string readable_name(std::string_view wire);

}  // namespace gmail_mcp::imap
