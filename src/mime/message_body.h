#pragma once

#include <string>
#include <string_view>

#include "mime/writer.h"

namespace gmail_mcp::mime {

/// `head` (the other headers), then the Content-* headers, the empty line and the content of a
/// draft: one text, or multiparts of text, HTML and attachments (RFC 2046). ASCII with CRLF. The
/// draft has been checked by write_message.
std::string write_body(std::string_view head, Draft draft);

}  // namespace gmail_mcp::mime
