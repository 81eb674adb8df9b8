#include "accounts/redirect_uri.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/url.h"

namespace gmail_mcp::accounts {

namespace {

constexpr std::size_t longest_redirect = 1'024;

Error bad_redirect(std::string message) {
  return Error{Errc::invalid_argument, std::move(message),
               "Use https, http on 127.0.0.1 or localhost, or a scheme of the app's own such as "
               "com.example.app:/done."};
}

bool is_plain(std::string_view text) {
  constexpr std::string_view odd = "\\#\"<>^`{|}";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7f && odd.find(c) == std::string_view::npos;
  });
}

// "." and ".." in every spelling, and separators that show only after decoding.
bool climbs(std::string_view rest) {
  for (const auto& segment : split(rest.substr(0, rest.find('?')), '/')) {
    const auto plain = percent_decode(segment);
    if (!plain || *plain == "." || *plain == "..") return true;
    if (plain->find_first_of(std::string_view{"/\\\0", 3}) != std::string::npos) return true;
  }
  return false;
}

bool is_scheme(std::string_view text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+';
         });
}

// A scheme that an app takes for itself is its reversed domain (RFC 8252 §7.1). These widely used
// clients have others.
bool belongs_to_app(std::string_view scheme) {
  constexpr std::array known{std::string_view{"cursor"}, std::string_view{"vscode"},
                             std::string_view{"vscode-insiders"}, std::string_view{"windsurf"}};
  const auto dot = scheme.find('.');
  const bool is_domain = dot != std::string_view::npos && dot > 0 && !scheme.ends_with('.');
  return is_domain || std::find(known.begin(), known.end(), scheme) != known.end();
}

}  // namespace

Result<RedirectUri> RedirectUri::parse(std::string_view text) {
  if (text.empty() || text.size() > longest_redirect) {
    return bad_redirect("A redirect URI is empty or longer than 1024 bytes.");
  }
  const auto colon = text.find(':');
  const auto scheme = to_lower_ascii(text.substr(0, colon));
  if (colon == std::string_view::npos || !is_scheme(scheme) || !is_plain(text)) {
    return bad_redirect("A redirect URI is no absolute URI, or has characters that no URI has.");
  }
  RedirectUri uri;
  uri.text = text;
  auto rest = text.substr(colon + 1);
  if (scheme == "http" || scheme == "https") {
    const auto url = http::Url::parse(text);
    const bool has_authority = url.has_value() && rest.starts_with("//");
    const auto authority =
        has_authority ? rest.substr(2, rest.find_first_of("/?", 2) - 2) : std::string_view{};
    if (!has_authority || authority.find('@') != std::string_view::npos) {
      return bad_redirect("A redirect URI is not well formed, or carries a user name.");
    }
    if (scheme == "http" && !url->is_loopback()) {
      return bad_redirect("A redirect URI uses http beyond the person's own machine.");
    }
    uri.kind = url->is_loopback() ? Kind::loopback : Kind::https;
    uri.shown = url->host;
    uri.origin = url->origin();
    rest = rest.substr(2 + authority.size());
  } else {
    if (!belongs_to_app(scheme)) {
      return bad_redirect("A redirect URI has a scheme that no app may take for itself.");
    }
    if (rest.find('@') != std::string_view::npos) {
      return bad_redirect("A redirect URI carries a user name.");
    }
    uri.kind = Kind::private_scheme;
    uri.shown = scheme + ":";
    uri.origin = scheme + ":";
  }
  if (climbs(rest)) return bad_redirect("A redirect URI has dot segments in its path.");
  return uri;
}

bool is_same_redirect(std::string_view registered, std::string_view given) {
  if (registered == given) return true;
  const auto known = RedirectUri::parse(registered);
  const auto asked = RedirectUri::parse(given);
  if (!known || !asked || known->kind != RedirectUri::Kind::loopback ||
      asked->kind != RedirectUri::Kind::loopback) {
    return false;
  }
  const auto a = http::Url::parse(registered);
  const auto b = http::Url::parse(given);
  return a && b && a->scheme == b->scheme && a->host == b->host && a->path == b->path &&
         a->query == b->query;
}

}  // namespace gmail_mcp::accounts
