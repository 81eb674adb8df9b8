#pragma once

#include <string>

#include "mime/writer.h"

namespace gmail_mcp::mime {

/// The Content-* headers, the empty line and the content of a draft: one text, or multiparts of
/// text, HTML and attachments (RFC 2046). ASCII with CRLF. The draft has been checked by
/// write_message.
std::string write_body(const Draft& draft);

}  // namespace gmail_mcp::mime
