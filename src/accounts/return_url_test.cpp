#include "accounts/return_url.h"

#include <gtest/gtest.h>

namespace gmail_mcp::accounts {
namespace {

const std::vector<std::string> configured{"https://app.example.com/mail", "https://two.example.com",
                                          "http://localhost:3000/done/"};

TEST(ReturnUrl, what_lies_at_or_below_a_configured_prefix_is_allowed) {
  for (const std::string url : {
           "https://app.example.com/mail",
           "https://app.example.com/mail/",
           "https://app.example.com/mail/connected/now",
           "https://app.example.com/mail?step=2",
           "https://APP.example.com/mail",
           "https://app.example.com:443/mail",
           "https://two.example.com",
           "https://two.example.com/anything?a=b@c",
           "http://localhost:3000/done/",
           "http://localhost:3000/done/ok",
       }) {
    EXPECT_TRUE(is_allowed_return_url(url, configured)) << url;
  }
}

TEST(ReturnUrl, nothing_else_is) {
  for (const std::string url : {
           // another place
           "https://evil.example/mail",
           "http://app.example.com/mail",
           "https://app.example.com:8443/mail",
           "https://app.example.com.evil.example/mail",
           "https://evil-app.example.com/mail",
           "https://app.example.com./mail",
           "http://localhost/done/",
           "http://localhost:3000/done",
           // the right origin, another path
           "https://app.example.com/",
           "https://app.example.com/mailbox",
           "https://app.example.com/mail.evil",
           "https://app.example.com/Mail",
           "https://app.example.com/mail/../admin",
           "https://app.example.com/mail/%2e%2E/admin",
           "https://app.example.com/mail/.%2e/admin",
           "https://app.example.com/mail/..%2fadmin",
           "https://app.example.com/mail/..%5cadmin",
           "https://app.example.com//mail",
           // user names, and what is read differently by different parsers
           "https://app.example.com@evil.example/mail",
           "https://app.example.com:443@evil.example/mail",
           "https://app.example.com/mail@evil.example/../..",
           "https://user:password@app.example.com/mail",
           "https://app.example.com\\@evil.example/mail",
           "https://evil.example\\@app.example.com/mail",
           "https:\\\\app.example.com\\mail",
           "https://app.example.com\t/mail",
           "https://app.example.com/mail\r\nSet-Cookie: a=b",
           " https://app.example.com/mail",
           "https://app.example.com/mail ",
           "https://app.example.com/mail#fragment",
           "https://\xd0\xb0pp.example.com/mail",
           // no absolute http(s) URL at all
           "",
           "/mail",
           "//app.example.com/mail",
           "//evil.example",
           "///evil.example",
           "https:app.example.com/mail",
           "https:/app.example.com/mail",
           "https:///app.example.com/mail",
           "https://",
           "https://?https://app.example.com/mail",
           "javascript:alert(1)//https://app.example.com/mail",
           "javascript://app.example.com/mail%0aalert(1)",
           "data:text/html,https://app.example.com/mail",
       }) {
    EXPECT_FALSE(is_allowed_return_url(url, configured)) << url;
  }
  EXPECT_FALSE(
      is_allowed_return_url("https://two.example.com/" + std::string(3'000, 'a'), configured));
}

TEST(ReturnUrl, without_configured_prefixes_nothing_is_allowed) {
  EXPECT_FALSE(is_allowed_return_url("https://app.example.com/mail", {}));
  EXPECT_FALSE(is_allowed_return_url("", {""}));
  EXPECT_FALSE(is_allowed_return_url("https://app.example.com/", {"not a url"}));
}

}  // namespace
}  // namespace gmail_mcp::accounts
