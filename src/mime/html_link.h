#pragma once

#include <string>

namespace gmail_mcp::mime {

/// The target of an <a href> in a form that may be shown or written again: http, https or mailto,
/// without blanks, of at most 2,048 bytes. Empty for anything else, and for nullptr.
std::string readable_link(const std::string_view* href);

}  // namespace gmail_mcp::mime
