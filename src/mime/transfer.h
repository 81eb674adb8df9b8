#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mime {

/// Undoes a Content-Transfer-Encoding (RFC 2045 §6): base64 with or without padding,
/// quoted-printable, uuencode. The value of the header may carry blanks, comments or any case; with
/// an unknown encoding the bytes stay as they are. Never fails. Thread-safe.
std::string decode_transfer(std::string_view encoding, std::string_view bytes);

/// The same for a text that is meant to be read: some programs declare base64 without encoding
/// anything; such a text stays as it is. Still in its charset.
std::string decode_text_transfer(std::string_view encoding, std::string_view bytes);

}  // namespace gmail_mcp::mime
