// Whatever the bytes, what is read of a winmail.dat and of RTF is valid UTF-8 of bounded size.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "mime/rtf.h"
#include "mime/tnef.h"

using namespace gmail_mcp;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto tnef = mime::read_tnef(bytes);
  require(is_valid_utf8(tnef.text) && tnef.text.size() <= 64 * size);
  require(!tnef.html || is_valid_utf8(*tnef.html));
  for (const auto& file : tnef.files) {
    require(is_valid_utf8(file.name) && file.content.size() <= size);
  }
  require(is_valid_utf8(mime::read_rtf(bytes).text));
  constexpr std::size_t most = 100'000;
  require(mime::decompress_rtf(bytes, most).size() < most + 20);
  return 0;
}
