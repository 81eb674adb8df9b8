#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gmail_mcp::mime {

struct RtfText {
  std::string text;      // UTF-8; HTML if `is_html`
  bool is_html = false;  // the RTF was made of HTML (MS-OXRTFEX) and has it within
};

/// The text of an RTF document (RTF 1.9.1), or the HTML that Outlook wrapped into it: characters,
/// paragraphs and tabs; no formats, tables, pictures and fields' instructions. Never fails; linear
/// in time and memory; thread-safe.
RtfText read_rtf(std::string_view rtf);

/// Undoes the compression that Outlook stores RTF in (MS-OXRTFCP). What is not so compressed is "";
/// of what is cut off, or would be longer than `most` bytes, comes the beginning. Linear;
/// thread-safe.
std::string decompress_rtf(std::string_view compressed, std::size_t most);

}  // namespace gmail_mcp::mime
