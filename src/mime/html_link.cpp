#include "mime/html_link.h"

#include <string_view>

#include "base/sixteen_bytes.h"
#include "base/text.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t longest_link = 2048;

}  // namespace

std::string readable_link(const std::string_view* href) {
  if (href == nullptr || href->size() > longest_link) return {};
  std::string link{*href};
  const auto are_dropped = [](sixteen_bytes::Bytes bytes) {
    return bytes.below('!') | bytes.equal_to('\x7F');
  };
  if (sixteen_bytes::find(link, 0, are_dropped) < link.size()) {
    std::erase_if(link, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
  }
  const auto scheme = to_lower_ascii(std::string_view{link}.substr(0, 8));
  const bool is_readable = scheme.starts_with("http://") || scheme.starts_with("https://") ||
                           scheme.starts_with("mailto:");
  return is_readable ? link : std::string{};
}

}  // namespace gmail_mcp::mime
