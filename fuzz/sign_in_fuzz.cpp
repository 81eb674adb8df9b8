// Whatever a program says of itself: a redirect URI that is taken is one that browsers and we read
// alike, and a name that people are shown is one short line of valid UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "accounts/client_app.h"
#include "accounts/client_documents.h"
#include "accounts/redirect_uri.h"
#include "base/text.h"
#include "http/url.h"

namespace {

void judge_redirect(std::string_view text) {
  using gmail_mcp::accounts::RedirectUri;
  const auto uri = RedirectUri::parse(text);
  if (!uri) return;
  const bool is_plain =
      text.find_first_of("#\\ \t\r\n\"<>") == std::string_view::npos && uri->text == text;
  bool is_safe = is_plain && !uri->shown.empty() && !uri->origin.empty();
  if (uri->kind != RedirectUri::Kind::private_scheme) {
    const auto url = gmail_mcp::http::Url::parse(text);
    is_safe = is_safe && url && url->origin() == uri->origin &&
              (url->scheme == "https" || url->is_loopback());
  }
  if (!is_safe || !gmail_mcp::accounts::is_same_redirect(text, text)) std::abort();
}

void judge_name(std::string_view name) {
  const bool is_line = gmail_mcp::is_valid_utf8(name) && name.size() <= 80 &&
                       name.find_first_of("\r\n") == std::string_view::npos;
  if (!is_line) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  judge_redirect(text);
  judge_name(gmail_mcp::accounts::plain_name(text));
  gmail_mcp::accounts::ClientDocuments::is_address(text);
  const auto app = gmail_mcp::accounts::read_client_metadata(text, "id");
  if (!app) return 0;
  judge_name(app.value().name);
  for (const auto& uri : app.value().redirect_uris) judge_redirect(uri);
  return 0;
}
