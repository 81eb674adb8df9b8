#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mail {

/// The media type of a file by the end of its name, as IANA has registered it
/// (https://www.iana.org/assignments/media-types); application/octet-stream for unknown ones.
std::string type_of_file(std::string_view filename);

}  // namespace gmail_mcp::mail
