#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mime {

/// The charset that an HTML document names in a <meta> element within its first 1,024 bytes, lower
/// case; "" if there is none that is known: the prescan of the HTML standard ("prescan a byte
/// stream to determine its encoding"). Never fails; thread-safe.
std::string charset_of_html(std::string_view bytes);

/// The charset of a Unicode byte order mark at the beginning; "" if there is none.
std::string_view charset_of_mark(std::string_view bytes);

}  // namespace gmail_mcp::mime
