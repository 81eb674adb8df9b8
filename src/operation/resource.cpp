#include "operation/resource.h"

#include "base/text.h"

namespace gmail_mcp::operation {

namespace {

// A watched URI is kept in memory, so it is limited: room for an address of 320 bytes, all of them
// encoded, and more.
constexpr std::size_t longest_uri = 2048;

Task<std::string> constant(std::string text) { co_return text; }

}  // namespace

Resource document(std::string_view uri, Info info, std::string_view mime_type, std::string text) {
  info.toolset = Toolset::setup;
  info.effect = Effect::reads;
  info.idempotent = true;
  info.open_world = false;
  return {uri, info, mime_type,
          [text](Call& /*call*/, UriParameters /*parameters*/) { return constant(text); }};
}

std::optional<UriParameters> match_uri(std::string_view pattern, std::string_view uri) {
  UriParameters out;
  if (uri.size() > longest_uri) return std::nullopt;
  while (!pattern.empty()) {
    if (pattern.front() != '{') {
      if (uri.empty() || uri.front() != pattern.front()) return std::nullopt;
      pattern.remove_prefix(1);
      uri.remove_prefix(1);
      continue;
    }
    const auto close = pattern.find('}');
    const auto name = pattern.substr(1, close - 1);
    pattern.remove_prefix(close + 1);
    const auto end = std::min(uri.find('/'), uri.size());
    auto value = percent_decode(uri.substr(0, end));
    if (!value || value->empty()) return std::nullopt;
    out[std::string{name}] = std::move(*value);
    uri.remove_prefix(end);
  }
  if (!uri.empty()) return std::nullopt;
  return out;
}

}  // namespace gmail_mcp::operation
