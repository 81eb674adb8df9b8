#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::mime {

/// The header section of a message with the empty line that ends it, or all of it: what is to be
/// read of a message whose rest may be 25 MB. Linear.
std::string_view header_section(std::string_view rfc822);

/// A header field as it stands in a message.
struct SourceField {
  std::string name;   // as it is spelt there
  std::string lines;  // with its name, in lines that end with CRLF
};

/// The fields of the header section, in their order; lines that are none are left out. Linear;
/// never fails.
std::vector<SourceField> field_sources(std::string_view rfc822);

/// The Content-* fields of a message's header, the empty line and all that follows, as they are, in
/// lines that end with CRLF: its body for another header (Draft::body_as_is). Linear; never fails.
std::string body_source(std::string_view rfc822);

}  // namespace gmail_mcp::mime
