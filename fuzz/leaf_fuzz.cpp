// Whatever the bytes, a text that is read is valid UTF-8 of bounded size: flowed or not, and HTML
// that may name its charset itself.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/flowed.h"
#include "mime/html_charset.h"
#include "mime/leaf.h"

using namespace gmail_mcp;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

mime::Part leaf_of(std::string mime_type, bool is_flowed) {
  mime::Part leaf;
  leaf.mime_type = std::move(mime_type);
  leaf.is_flowed = leaf.deletes_space = is_flowed;
  return leaf;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  for (const auto& leaf :
       {leaf_of("text/html", false), leaf_of("text/plain", false), leaf_of("text/plain", true)}) {
    const auto text = mime::text_of_leaf(leaf, std::string{bytes});
    require(is_valid_utf8(text) && text.size() <= 6 * size);
  }
  const auto charset = mime::charset_of_html(bytes);
  require(charset.empty() || mime::is_known_charset(charset));
  // Nothing is added to a text but a blank behind its quotation marks.
  require(mime::unflowed(bytes, false).size() <= 2 * size);
  return 0;
}
