#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mime {

/// The Content-* fields of a message's header, the empty line and all that follows, as they are, in
/// lines that end with CRLF: its body for another header (Draft::body_as_is). Linear; never fails.
std::string body_source(std::string_view rfc822);

}  // namespace gmail_mcp::mime
