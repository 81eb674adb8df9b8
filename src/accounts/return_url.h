#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::accounts {

/// Whether a person may be sent to `url` after connecting: scheme, host and port are those of one
/// of the `prefixes`, and its path is that prefix's path or below it. Anything that browsers and
/// parsers read differently (user names, backslashes, dot segments, blanks, fragments) is refused.
bool is_allowed_return_url(std::string_view url, const std::vector<std::string>& prefixes);

}  // namespace gmail_mcp::accounts
