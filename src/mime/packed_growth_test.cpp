// Files that strangers attach to their letters: four times the file must be four times the work.
#include <gtest/gtest.h>

#include <string>

#include "base/testing/growth.h"
#include "mime/calendar.h"
#include "mime/cms.h"
#include "mime/elsewhere.h"
#include "mime/reader.h"
#include "mime/rtf.h"
#include "mime/tnef.h"

namespace gmail_mcp::mime {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

TEST(Growth, ReadCms) {
  const std::string signed_data =
      "\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0\x80\x30\x80\x02\x01\x01";
  const std::string content =
      signed_data + "\x31\x80" + std::string{"\0\0", 2} + "\x30\x80\x06\x01\x2A\xA0\x80";
  for (const auto& head : {std::string{}, signed_data, content, content + "\x24\x80"}) {
    for (const auto& unit :
         {std::string{"\x30\x80"}, std::string{"\x24\x80"}, std::string{"\x04\x01a"},
          std::string{"\x04\0", 2}, std::string{"\0\0", 2}, std::string{"\x1F\xFF"},
          std::string{"\x31\x80\x02\x01\x01\0\0", 7}}) {
      const auto make = [&](std::size_t n) { return head + repeated(unit, n); };
      expect_linear("read_cms of " + std::to_string(unit.front()), growing_text, make,
                    [](const std::string& text) { read_cms(text); });
    }
  }
}

TEST(Growth, CalendarText) {
  for (const auto* head :
       {"", "BEGIN:VEVENT\n", "BEGIN:VEVENT\nSUMMARY:", "BEGIN:VEVENT\nATTENDEE"}) {
    for (const auto* unit : {"a", "\n", "\n ", ":", ";", "\"", ";A=", ";A=\"b\"", "\\n", "\\", "^n",
                             "BEGIN:VEVENT\n", "BEGIN:VEVENT\nEND:VEVENT\n", "BEGIN:VALARM\n",
                             "END:VALARM\n", "ATTENDEE;CN=a:mailto:b\n",
                             "DTSTART:20270302T100000Z\n", "DESCRIPTION:a\n", "SUMMARY:a\n"}) {
      const auto make = [&](std::size_t n) { return head + repeated(unit, n); };
      expect_linear(std::string{"calendar_text of "} + head + unit, growing_text, make,
                    [](const std::string& text) {
                      calendar_text(text);
                      calendar_method(text);
                    });
    }
  }
}

TEST(Growth, ReadTnef) {
  const std::string head{"\x78\x9F\x3E\x22\0\0", 6};
  const auto attribute = [](const std::string& id, const std::string& value) {
    std::string length;
    for (unsigned i = 0; i < 4; ++i) length += static_cast<char>(value.size() >> 8 * i & 0xFFU);
    std::string whole = "\x01";
    whole.append(id).append(length).append(value).append(2, '\0');
    return whole;
  };
  const std::string properties{"\x03\x90\x06\0", 4};
  const std::string many{"\xFF\xFF\xFF\xFF", 4};
  for (const auto& unit :
       {std::string{"a"}, std::string(4, '\0'), std::string{"\x02\0\0\x10\0\0\0\0", 8},
        std::string{"\x02\x10\0\x10\xFF\xFF\xFF\xFF", 8},
        std::string{"\x1E\0\0\x10\1\0\0\0\4\0\0\0abcd", 16}}) {
    const auto make = [&](std::size_t n) {
      auto text = head;
      text += attribute(properties, many + repeated(unit, n));
      return text;
    };
    expect_linear("read_tnef of properties", growing_text, make,
                  [](const std::string& text) { read_tnef(text); });
  }
  const std::string file =
      attribute({"\x02\x90\x06\0", 4}, "") + attribute({"\x10\x80\x01\0", 4}, "a");
  const auto files = [&](std::size_t n) { return head + repeated(file, n); };
  expect_linear("read_tnef of files", growing_text, files,
                [](const std::string& text) { read_tnef(text); });
}

TEST(Growth, ReadRtf) {
  for (const auto* unit :
       {"a", "{", "}", "\\", "\\'e4", "\\u228 ?", "\\par ", "\\*", "{\\*\\htmltag1 <p>}", "\\bin9",
        "\\ansicpg1251 \\'e4", "{\\fonttbl a}", "\\htmlrtf ", "\\u55357 ?\\u56832 ?"}) {
    for (const auto* head : {"", "{\\rtf1\\fromhtml1 "}) {
      const auto make = [&](std::size_t n) { return head + repeated(unit, n); };
      expect_linear(std::string{"read_rtf of "} + head + unit, growing_text, make,
                    [](const std::string& text) { read_rtf(text); });
    }
  }
  for (const auto& unit :
       {std::string{"\0abcdefgh", 9},
        std::string{"\xFF\0\x0F\0\x0F\0\x0F\0\x0F\0\x0F\0\x0F\0\x0F\0\x0F", 17}}) {
    const auto make = [&](std::size_t n) {
      return std::string(8, 'x') + "LZFu" + std::string(4, 'x') + repeated(unit, n);
    };
    expect_linear("decompress_rtf", growing_text, make,
                  [](const std::string& text) { decompress_rtf(text, std::size_t{4} << 20); });
  }
}

TEST(Growth, FindText) {
  const std::string multipart = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  const auto of_message = [](const std::string& text) {
    const auto root = read_message(text);
    if (root) find_text(*root);
  };
  for (const auto* unit : {"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: a\r\n\r\nb\r\n",
                           "--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n",
                           "--b\r\nContent-Type: image/png\r\n\r\n"}) {
    const auto make = [&](std::size_t n) { return multipart + repeated(unit, n); };
    expect_linear(std::string{"find_text of "} + unit, growing_text, make, of_message);
  }
  const auto one = [](std::size_t n) {
    return "Content-Type: message/rfc822\r\n\r\nContent-Type: text/html\r\n\r\n" +
           repeated("<p>a", n);
  };
  expect_linear("find_text of one message", growing_text, one, of_message);
}

}  // namespace
}  // namespace gmail_mcp::mime
