#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/secret.h"

namespace gmail_mcp::crypto {

std::string random_bytes(std::size_t count);
/// `bytes` random bytes as unpadded base64url: 32 bytes make 43 characters.
std::string random_token(std::size_t bytes = 32);
/// RFC 9562 version 4, lower case with dashes.
std::string random_uuid();
/// RFC 9562 version 7: begins with the time in milliseconds, so that rows made one after the other
/// lie side by side in an index of their ids. 74 of its bits are random.
std::string time_ordered_uuid(Timestamp now);

/// RFC 7636: a verifier of 64 characters and its S256 challenge.
struct Pkce {
  Secret verifier;
  std::string challenge;
};
Pkce make_pkce();

}  // namespace gmail_mcp::crypto
