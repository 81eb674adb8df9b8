#pragma once

#include <string>

namespace gmail_mcp::mime {

/// Where an <a href> leads, as it may be shown or written again: http, https or mailto, without
/// blanks, of at most 2,048 bytes. Empty for anything else, and for nullptr.
std::string readable_link(const std::string* href);

}  // namespace gmail_mcp::mime
