// What a stranger's program says of itself: four times as much may take four times as long, not
// more.
#include "base/testing/growth.h"

#include <gtest/gtest.h>

#include <string>

#include "accounts/authorization_server.h"
#include "accounts/client_app.h"
#include "accounts/client_documents.h"
#include "accounts/mail_scopes.h"
#include "accounts/redirect_uri.h"

namespace gmail_mcp::accounts {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

TEST(Growth, RedirectUris) {
  for (const std::string unit : {"a", "/", "../", "%2e/", "@", ":", "a.", "[", "?"}) {
    for (const std::string begin :
         {"https://client.test/", "com.example.app:", "", "http://127.0.0.1/"}) {
      expect_linear(
          begin + unit, growing_text, [&](std::size_t n) { return begin + repeated(unit, n); },
          [](const std::string& text) {
            static_cast<void>(RedirectUri::parse(text));
            ClientDocuments::is_address(text);
            is_same_redirect(text, "https://client.test/");
          });
    }
  }
}

TEST(Growth, ClientMetadata) {
  for (const std::string unit :
       {"[", "{\"a\":", "\"https://client.test/\",", "\\u202e", "\xE2\x80\xAE", "1,", "\"a\":1,"}) {
    for (const std::string begin : {"{\"redirect_uris\":[", "{\"client_name\":\"", "{", ""}) {
      expect_linear(
          begin + unit, growing_text, [&](std::size_t n) { return begin + repeated(unit, n); },
          [](const std::string& text) {
            static_cast<void>(read_client_metadata(text, "id"));
            plain_name(text);
          });
    }
  }
}

TEST(Growth, RequestsAndScopes) {
  for (const std::string unit : {"a=b&", "client_id=1&", "mail.read ", " ", "a "}) {
    expect_linear(
        unit, growing_text, [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& text) {
          known_mail_scopes(text);
          const auto fields = http::decode_query(text);
          if (fields) static_cast<void>(single_field(*fields, "client_id"));
        });
  }
}

}  // namespace
}  // namespace gmail_mcp::accounts
