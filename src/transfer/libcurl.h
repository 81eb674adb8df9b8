#pragma once

#include <curl/curl.h>

#include "base/late_library.h"

/// libcurl, loaded at the first transfer: with the thirty libraries that it needs it would be a
/// third of what a start costs. In our namespaces each name means the function here, so that code
/// reads like any other that uses libcurl. A function that is not listed does not link.
namespace gmail_mcp {

// The name it has had since 2006 (7.16).
inline constexpr const char* libcurl = "libcurl.so.4";

GMAIL_MCP_LATE_FUNCTION(libcurl, curl_easy_cleanup);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_easy_getinfo);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_easy_init);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_easy_setopt);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_easy_strerror);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_global_init);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_multi_add_handle);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_multi_cleanup);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_multi_info_read);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_multi_init);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_multi_remove_handle);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_multi_setopt);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_multi_socket_action);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_url);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_url_cleanup);
GMAIL_MCP_LATE_FUNCTION(libcurl, curl_url_set);

}  // namespace gmail_mcp
