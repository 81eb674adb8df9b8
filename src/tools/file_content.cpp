#include "tools/file_content.h"

#include <string_view>
#include <utility>

#include "base/text.h"

namespace gmail_mcp::schema {

namespace {

constexpr std::string_view url_scheme = "data:";
constexpr std::string_view encoding_name = "base64";

// Removes the word ";base64" from the end of `type` (https://fetch.spec.whatwg.org/#data-urls).
bool take_encoding(std::string_view& type) {
  type = trim(type);
  if (type.size() < encoding_name.size() ||
      !equals_ignoring_case(type.substr(type.size() - encoding_name.size()), encoding_name)) {
    return false;
  }
  const auto before = trim(type.substr(0, type.size() - encoding_name.size()));
  if (!before.ends_with(';')) return false;
  type = trim(before.substr(0, before.size() - 1));
  return true;
}

}  // namespace

std::optional<Fault> decode_value(tools::FileContent& out, const json::value& value,
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
  if (take_encoding(type)) {
    if (auto fault = decode_value(content, json::value(*data), traits)) return fault;
  } else if (to_lower_ascii(type).find(encoding_name) != std::string::npos) {
    return Fault{.path = "", .problem = "is a data: URL whose base64 is not its last word"};
  } else {
    content.bytes = *data;
    if (auto fault = check_length(content.bytes.size(), traits, "bytes")) return fault;
  }
  // With only ";charset=…" the type is text/plain.
  out.mime_type = type.starts_with(';') ? "text/plain" + std::string{type} : std::string{type};
  out.bytes = std::move(content.bytes);
  return std::nullopt;
}

void write_value(std::string& out, const tools::FileContent& content) {
  write_value(out, Base64{content.bytes});
}

template <>
std::optional<Fault> Plain<tools::FileContent>::decode(const TypeInfo& /*type*/, void* out,
                                                       const json::value& value,
                                                       const Traits& traits) {
  return decode_value(*static_cast<tools::FileContent*>(out), value, traits);
}

template <>
void Plain<tools::FileContent>::write(const TypeInfo& /*type*/, const void* value,
                                      std::string& out) {
  write_value(out, *static_cast<const tools::FileContent*>(value));
}

}  // namespace gmail_mcp::schema
