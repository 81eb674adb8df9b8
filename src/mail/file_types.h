#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mail {

/// The media type of a file by the end of its name, as IANA has registered it
/// (https://www.iana.org/assignments/media-types); application/octet-stream for what is not known.
std::string type_of_file(std::string_view filename);

/// What an iCalendar object asks for ("REQUEST", "REPLY", "CANCEL"; RFC 5546 §1.4): its METHOD. ""
/// if it has none. Linear.
std::string calendar_method(std::string_view icalendar);

}  // namespace gmail_mcp::mail
