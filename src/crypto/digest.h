#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::crypto {

std::string sha256(std::string_view bytes);      // 32 bytes
std::string sha256_hex(std::string_view bytes);  // 64 hex digits
std::string hmac_sha256(std::string_view key, std::string_view bytes);
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace gmail_mcp::crypto
