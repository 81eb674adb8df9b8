#pragma once

#include <optional>
#include <string_view>

namespace gmail_mcp::jwt {

/// The signatures that are accepted (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). `none` and the
/// HS family are not: with them anybody, or anybody who knows a public key, could sign.
enum class Algorithm { rs256, rs384, rs512, ps256, es256, es384, ed25519 };

/// Of the `alg` of a header or a key; nullopt for all others. "EdDSA" and "Ed25519" are the same,
/// because no other curve of the former is accepted.
std::optional<Algorithm> algorithm_of(std::string_view name);

}  // namespace gmail_mcp::jwt
