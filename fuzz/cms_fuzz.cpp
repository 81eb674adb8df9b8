// Whatever the bytes, what is taken out of a signature is no more than was in it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mime/cms.h"

using gmail_mcp::mime::Cms;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto cms = gmail_mcp::mime::read_cms({reinterpret_cast<const char*>(data), size});
  const bool may_have_content = cms.kind == Cms::Kind::signed_data;
  const bool holds = cms.content.size() <= size && (may_have_content || cms.content.empty());
  if (!holds) std::abort();
  return 0;
}
