// Whatever the bytes, the text of an HTML body is valid UTF-8 of bounded size.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "mime/html_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view html{reinterpret_cast<const char*>(data), size};
  const auto read = gmail_mcp::mime::html_to_text(html);
  const bool holds = gmail_mcp::is_valid_utf8(read.text) && read.text.size() <= 32 * size &&
                     read.text.find("\n\n\n") == std::string_view::npos &&
                     read.hidden_chars <= 3 * size;
  if (!holds) std::abort();
  return 0;
}
