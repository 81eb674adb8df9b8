#pragma once

// For .cpp files of this folder only: our interface does not expose GMime.
#include <gmime/gmime.h>

#include <memory>

#include "base/late_library.h"

namespace gmail_mcp::mime {

// GMime and GLib, loaded when the first message is written or decoded: with GIO, GPGME and what
// these need they would be a fifth of what a start costs. In this namespace each name means the
// function here, for GMime's own macros too. A function that is not listed does not link.
inline constexpr const char* gmime = "libgmime-3.0.so.0";

GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_content_disposition_get_parameters);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_content_disposition_set_parameter);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_content_encoding_from_string);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_encoding_flush);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_encoding_init_decode);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_encoding_init_encode);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_encoding_outlen);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_encoding_step);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_format_options_free);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_format_options_new);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_format_options_set_newline_format);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_format_options_set_param_encoding_method);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_init);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_multipart_get_boundary);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_multipart_get_type);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_multipart_new_with_subtype);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_multipart_set_boundary);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_object_get_content_disposition);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_object_get_headers);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_object_get_type);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_object_set_content_id);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_object_set_content_type_parameter);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_object_set_disposition);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_param_list_get_parameter);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_param_set_charset);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_part_get_type);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_part_new_with_type);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_part_set_content_encoding);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_utils_best_encoding);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_utils_header_decode_date);
GMAIL_MCP_LATE_FUNCTION(gmime, g_mime_utils_header_format_date);
GMAIL_MCP_LATE_FUNCTION(gmime, internet_address_mailbox_get_idn_addr);
GMAIL_MCP_LATE_FUNCTION(gmime, internet_address_mailbox_get_type);
GMAIL_MCP_LATE_FUNCTION(gmime, internet_address_mailbox_new);
// Of the libraries that GMime brings.
GMAIL_MCP_LATE_FUNCTION(gmime, g_date_time_new_from_unix_utc);
GMAIL_MCP_LATE_FUNCTION(gmime, g_date_time_to_unix);
GMAIL_MCP_LATE_FUNCTION(gmime, g_date_time_unref);
GMAIL_MCP_LATE_FUNCTION(gmime, g_free);
GMAIL_MCP_LATE_FUNCTION(gmime, g_object_unref);
GMAIL_MCP_LATE_FUNCTION(gmime, g_type_check_instance_cast);

/// Starts GMime once, on whichever thread comes first. To be called before any of its functions:
/// GMime registers its types at its start, and registering them later is not thread-safe.
void start_gmime();

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

struct Free {
  // In parentheses: newer GLibs have a macro of that name, which calls yet another function.
  void operator()(gpointer memory) const { (g_free)(memory); }
};
using OwnedText = std::unique_ptr<char, Free>;

}  // namespace gmail_mcp::mime
