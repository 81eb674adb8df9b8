// Whatever the bytes, the text of an HTML body is valid UTF-8 of bounded size, what is hidden in it
// is counted the same with and without making it, and what is left of the HTML has no element that
// acts and ends within itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "mime/html_clean.h"
#include "mime/html_text.h"

namespace {

bool is_harmless(std::string_view html) {
  for (const std::string_view evil :
       {"<script", "<style", "<iframe", "<form", "<object", "<svg", "<base", "<meta", "<!--"}) {
    if (html.find(evil) != std::string_view::npos) return false;
  }
  const auto last_open = html.rfind('<');
  return gmail_mcp::is_valid_utf8(html) && (last_open == std::string_view::npos ||
                                            html.find('>', last_open) != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view html{reinterpret_cast<const char*>(data), size};
  const auto read = gmail_mcp::mime::html_to_text(html);
  const bool holds = gmail_mcp::is_valid_utf8(read.text) && read.text.size() <= 32 * size &&
                     read.text.find("\n\n\n") == std::string_view::npos &&
                     read.hidden_chars <= 3 * size &&
                     gmail_mcp::mime::count_hidden_chars(html) == read.hidden_chars;
  const auto cleaned = gmail_mcp::mime::clean_html(html);
  if (!holds || (cleaned && !is_harmless(cleaned->html))) std::abort();
  return 0;
}
