#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gmail_mcp::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT": RFC 9110 §5.6.7.
std::string format_date(Timestamp time);

/// Reads that form alone; the two obsolete ones are nullopt.
std::optional<Timestamp> parse_date(std::string_view text);

}  // namespace gmail_mcp::http
