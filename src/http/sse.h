#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::http {

/// One server-sent event (WHATWG HTML §9.2). `data` may hold line breaks; `id` and `event` may be
/// empty and then are left out.
std::string sse_event(std::string_view event, std::string_view data, std::string_view id = {});
/// A comment line: keeps proxies from closing a quiet stream.
std::string sse_comment(std::string_view text = {});

}  // namespace gmail_mcp::http
