#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gmail_mcp::mime {

struct RtfText {
  std::string text;      // UTF-8; HTML if `is_html`
  bool is_html = false;  // the RTF was made from HTML (MS-OXRTFEX) and contains it
};

/// The text of an RTF document (RTF 1.9.1), or the HTML that Outlook wrapped into it: characters,
/// paragraphs and tabs, without formats, tables, pictures and field instructions. Never fails;
/// linear in time and memory; thread-safe.
RtfText read_rtf(std::string_view rtf);

/// Undoes the compression in which Outlook stores RTF (MS-OXRTFCP). "" for anything else; of data
/// that is cut off, or longer than `most` bytes, the beginning. Linear; thread-safe.
std::string decompress_rtf(std::string_view compressed, std::size_t most);

}  // namespace gmail_mcp::mime
