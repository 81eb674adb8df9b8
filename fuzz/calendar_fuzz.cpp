// Whatever the bytes, the text of a calendar file is valid UTF-8 of bounded size.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "mime/calendar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view ics{reinterpret_cast<const char*>(data), size};
  const auto text = gmail_mcp::mime::calendar_text(ics);
  const bool holds = gmail_mcp::is_valid_utf8(text) && text.size() <= 8 * size + 64;
  if (!holds) std::abort();
  return 0;
}
