// A message that waits for approval is read again for the person: four times as much may take four
// times as long, not more.
#include "base/testing/growth.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "operation/first_recipients.h"
#include "operation/held_message.h"

namespace gmail_mcp::operation {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

void read_and_show(const std::string& rfc822) {
  HeldMessage message;
  message.outgoing.rfc822 = rfc822;
  auto again = held_message_from(to_text(message));
  HeldView view;
  show(*again, view);
}

TEST(HeldGrowth, TextShown) {
  for (const std::string unit :
       {"a", "a ", "\r\n", "\xE2\x80\xAE", "\xE2", "\xFF", "\x07", "é", "<"}) {
    expect_linear(
        unit, growing_text, [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& text) {
          one_line(text, text.size());
          read_and_show("From: a@b.c\r\nTo: d@e.f\r\n\r\n" + text);
        });
  }
}

TEST(HeldGrowth, PeopleAndFilesShown) {
  expect_linear(
      "recipients", growing_text,
      [](std::size_t n) { return "To: x@y.z" + repeated(", \"B\" <b@c.example>", n); },
      [](const std::string& to) { read_and_show(to + "\r\n\r\nText"); });
  const std::string type = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";
  expect_linear(
      "files", growing_text,
      [](std::size_t n) {
        return repeated("--x\r\nContent-Disposition: attachment; filename=a\r\n\r\nA\r\n", n);
      },
      [&](const std::string& files) { read_and_show(type + files); });
}

TEST(HeldGrowth, HtmlShown) {
  for (const std::string unit :
       {"//", "<!--", "<img src=//a.b>", "<style>//", "<p hidden>a", "<i style='url(//"}) {
    expect_linear(
        unit, growing_text, [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& html) {
          read_and_show(fmt::format("Content-Type: text/html\r\n\r\n<i style='{0}'>{0}", html));
        });
  }
}

// Long addresses are not compared.
TEST(HeldGrowth, AddressesCompared) {
  expect_linear(
      "addresses", growing_text, [](std::size_t n) { return repeated("ab", n); },
      [](const std::string& text) { is_look_alike(text, text + "c"); });
}

}  // namespace
}  // namespace gmail_mcp::operation
