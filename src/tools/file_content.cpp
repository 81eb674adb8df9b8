#include "tools/file_content.h"

#include <string_view>
#include <utility>

#include "base/text.h"

namespace gmail_mcp::schema {

namespace {

constexpr std::string_view url_scheme = "data:";
constexpr std::string_view encoding_mark = ";base64";

}  // namespace

std::optional<Fault> Codec<tools::FileContent>::decode(tools::FileContent& out,
                                                       const json::value& value,
                                                       const Traits& traits) {
  const auto* given = value.if_string();
  const std::string_view text = given != nullptr ? std::string_view{*given} : std::string_view{};
  Base64 content;
  if (!equals_ignoring_case(text.substr(0, url_scheme.size()), url_scheme)) {
    if (auto fault = decode_value(content, value, traits)) return fault;
    out.bytes = std::move(content.bytes);
    return std::nullopt;
  }
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) {
    return Fault{.path = "", .problem = "is a data: URL without a comma"};
  }
  auto type = text.substr(url_scheme.size(), comma - url_scheme.size());
  const auto data = percent_decode(text.substr(comma + 1));
  if (!data) return Fault{.path = "", .problem = "is not a valid data: URL"};
  const bool is_base64 =
      type.size() >= encoding_mark.size() &&
      equals_ignoring_case(type.substr(type.size() - encoding_mark.size()), encoding_mark);
  if (is_base64) {
    type.remove_suffix(encoding_mark.size());
    if (auto fault = decode_value(content, json::value(*data), traits)) return fault;
  } else {
    content.bytes = *data;
    if (auto fault = check_length(content.bytes.size(), traits, "bytes")) return fault;
  }
  // Of ";charset=…" alone the type is text/plain.
  out.mime_type = type.starts_with(';') ? "text/plain" + std::string{type} : std::string{type};
  out.bytes = std::move(content.bytes);
  return std::nullopt;
}

void Codec<tools::FileContent>::write(std::string& out, const tools::FileContent& content) {
  write_value(out, Base64{content.bytes});
}

}  // namespace gmail_mcp::schema
