#pragma once

#include <string>

#include "model/new_message.h"

namespace gmail_mcp::operation {

/// By which two sends are known to be the same: the SHA-256, as hex digits, of a JSON text of all
/// arguments except the connection and the key, and of the digests of the files. That text stays
/// the same from version to version, because a key from an earlier one still means its message.
/// Work on all bytes of the message.
std::string fingerprint_of(const model::NewMessage& message);

}  // namespace gmail_mcp::operation
