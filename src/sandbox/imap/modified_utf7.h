#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gmail_mcp::sandbox::imap {

/// The encoding of folder names before UTF8=ACCEPT (RFC 3501 §5.1.3): "Entwürfe" is "Entw&APw-rfe".
std::string to_modified_utf7(std::string_view utf8);
/// nullopt for anything else.
std::optional<std::string> from_modified_utf7(std::string_view text);

}  // namespace gmail_mcp::sandbox::imap
