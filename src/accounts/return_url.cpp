#include "accounts/return_url.h"

#include <algorithm>

#include "base/text.h"
#include "http/url.h"

namespace gmail_mcp::accounts {

namespace {

constexpr std::size_t longest = 2'048;

bool is_unambiguous(std::string_view url) {
  // A fragment would swallow the fields that we append; browsers drop tabs and line breaks and read
  // a backslash as a slash.
  const auto is_odd = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f || c == '\\' || c == '#';
  };
  if (url.size() > longest || std::any_of(url.begin(), url.end(), is_odd)) return false;
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return false;
  const auto authority = url.substr(colon + 3, url.find_first_of("/?", colon + 3) - (colon + 3));
  return !authority.empty() && authority.find('@') == std::string_view::npos;
}

// Browsers resolve "." and ".." in every spelling before they ask: "/app/%2e%2E/evil" is "/evil".
bool has_dot_segments(std::string_view path) {
  for (const auto& segment : split(path, '/')) {
    const auto plain = percent_decode(segment);
    if (!plain || *plain == "." || *plain == "..") return true;
    // Characters that a server would take for separators after decoding.
    if (plain->find_first_of("/\\") != std::string::npos) return true;
  }
  return false;
}

bool is_below(std::string_view path, std::string_view prefix) {
  if (prefix.ends_with('/')) return path.starts_with(prefix);
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

bool is_allowed_return_url(std::string_view text, const std::vector<std::string>& prefixes) {
  if (!is_unambiguous(text)) return false;
  const auto url = http::Url::parse(text);
  if (!url || has_dot_segments(url->path)) return false;
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
    const auto allowed = http::Url::parse(prefix);
    return allowed && url->origin() == allowed->origin() && is_below(url->path, allowed->path);
  });
}

}  // namespace gmail_mcp::accounts
