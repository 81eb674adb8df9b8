#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gmail_mcp::crypto {

enum class Padding { with, without };

std::string base64_encode(std::string_view bytes);  // RFC 4648 §4
std::string base64url_encode(std::string_view bytes, Padding padding = Padding::without);  // §5

/// Reads either alphabet, with or without padding, ignoring line breaks; nullopt on anything else.
std::optional<std::string> base64_decode(std::string_view text);
/// Only the canonical standard form: alphabet of §4, padding, no bits left over, no white space.
std::optional<std::string> base64_decode_strict(std::string_view text);

}  // namespace gmail_mcp::crypto
