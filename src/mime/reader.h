#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "mime/charset.h"
#include "mime/part.h"

namespace gmail_mcp::mime {

struct ReadLimits {
  std::size_t max_depth = 64;  // multiparts within multiparts
  std::size_t max_parts = 10'000;
  std::size_t max_bytes = 64U << 20U;  // of the whole message
  std::size_t max_headers = 200'000;   // header fields of all parts together
};

/// Reads a message (RFC 5322, RFC 2045 and RFC 2046): the root part, whose headers are the
/// message's.
///
/// Broken mail is read as far as it makes sense and is never an error: without headers it is
/// text/plain, a part that is never closed ends with the part around it, a multipart without parts
/// is a text. too_large when a limit is exceeded. Time and memory are linear in the size of the
/// message, whatever its structure. Thread-safe.
Result<Part> read_message(std::string_view rfc822, const ReadLimits& limits = {});

}  // namespace gmail_mcp::mime
