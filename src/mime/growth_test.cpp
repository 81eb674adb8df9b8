// Everything here reads strangers' text: four times the text must be four times the work.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/testing/growth.h"
#include "mime/address.h"
#include "mime/body_source.h"
#include "mime/charset.h"
#include "mime/delivery_status.h"
#include "mime/encoded_word.h"
#include "mime/header.h"
#include "mime/header_block.h"
#include "mime/html_clean.h"
#include "mime/html_style.h"
#include "mime/html_text.h"
#include "mime/leaf.h"
#include "mime/parameter.h"
#include "mime/reader.h"
#include "mime/text_layout.h"
#include "mime/transfer.h"
#include "mime/writer.h"

namespace gmail_mcp::mime {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::halves;
using gmail_mcp::growth::repeated;

// A text of about so many bytes.
struct Shape {
  std::string name;
  std::function<std::string(std::size_t)> make;
};

Shape shape(std::string unit) {
  return {unit, [unit](std::size_t n) { return repeated(unit, n); }};
}

Shape shape(std::string first, std::string between, std::string second) {
  return {first + "… " + between + " " + second + "…",
          [=](std::size_t n) { return halves(first, between, second, n); }};
}

// Openings without an end, ends without an opening, separators without content, and the wanted text
// after a long detour.
std::vector<Shape> header_shapes() {
  std::vector<Shape> shapes;
  for (const auto* unit : {"a",
                           " ",
                           ",",
                           ";",
                           ":",
                           "@",
                           "<",
                           ">",
                           "(",
                           ")",
                           "((\\",
                           "\"",
                           "\\",
                           "[",
                           "]",
                           "=",
                           "=?",
                           "=?=",
                           "?=",
                           "=?utf-8?Q?",
                           "=?a?b?a",
                           "a@b.c,",
                           "a@b.c ",
                           "\"a\" <b@c>,",
                           "a <b@c> ",
                           "<a@b>",
                           "<@a,@b:",
                           "=?koi8-r?Q?a?= =?big5?Q?b?= ",
                           "=?utf-8?B?4pi?= ",
                           "a: b, c; ",
                           "; a=b",
                           "; a*1=\"",
                           "; a=\"",
                           "*0*=%41;",
                           "%41",
                           "\xC3\xA4",
                           "\xFF",
                           "\r\n ",
                           "\r\n\t<a@b>",
                           "\x1B$B",
                           "+AGE-",
                           "a@b:",
                           "a,b <c@d>,",
                           "''"}) {
    shapes.push_back(shape(unit));
  }
  shapes.push_back(shape("a", "@", ":"));
  shapes.push_back(shape("a", "@", ","));
  shapes.push_back(shape("a", "@", "@"));
  shapes.push_back(shape("a", "@", " "));
  shapes.push_back(shape(" ", "@", " @"));
  shapes.push_back(shape("a", "<", "<"));
  shapes.push_back(shape("a", "<", ">"));
  shapes.push_back(shape("(", "a", ")"));
  shapes.push_back(shape("\"", "a", "("));
  shapes.push_back(shape("[", "a", "["));
  shapes.push_back(shape("=?", "a", "?="));
  shapes.push_back(shape("a", ";", ";a"));
  shapes.push_back(shape("=?utf-8?Q?a?=", " ", " "));
  return shapes;
}

void expect_linear_header(std::string_view function, std::size_t n,
                          const std::function<void(const std::string&)>& run) {
  for (const auto& one : header_shapes()) {
    expect_linear(std::string{function} + " of " + one.name, n, one.make, run);
  }
}

TEST(Growth, ParseAddresses) {
  expect_linear_header("parse_addresses", growing_text,
                       [](const std::string& text) { parse_addresses(text); });
}

TEST(Growth, NamesRecipientsForSure) {
  expect_linear_header("names_recipients_for_sure", growing_text,
                       [](const std::string& text) { names_recipients_for_sure(text); });
}

TEST(Growth, ParseOneAddress) {
  expect_linear_header("parse_one_address", growing_text,
                       [](const std::string& text) { parse_one_address(text).has_value(); });
}

TEST(Growth, FormatAddress) {
  expect_linear_header("format_address", growing_text, [](const std::string& text) {
    format_address({.name = text, .email = text});
  });
}

TEST(Growth, DecodeWords) {
  expect_linear_header("decode_words", growing_text,
                       [](const std::string& text) { decode_words(text); });
}

TEST(Growth, EncodeWords) {
  expect_linear_header("encode_words", growing_text,
                       [](const std::string& text) { encode_words(text); });
}

TEST(Growth, ParseMessageIds) {
  expect_linear_header("parse_message_ids", growing_text,
                       [](const std::string& text) { parse_message_ids(text); });
}

TEST(Growth, ParseDate) {
  expect_linear_header("parse_date", growing_text,
                       [](const std::string& text) { parse_date(text); });
}

TEST(Growth, ParseParameterized) {
  expect_linear_header("parse_parameterized", growing_text, [](const std::string& text) {
    const auto value = parse_parameterized("a/b; filename=" + text);
    value.text("filename");
  });
  expect_linear_header("parse_parameterized", growing_text,
                       [](const std::string& text) { parse_parameterized(text); });
}

TEST(Growth, HeaderBlock) {
  expect_linear_header("HeaderBlock", growing_text, [](const std::string& text) {
    HeaderBlock block;
    block.add_text("Subject", text);
    block.add_addresses("To", parse_addresses(text));
    block.add_ids("References", parse_message_ids(text));
    std::move(block).finish();
  });
}

TEST(Growth, TextToUtf8) {
  for (const auto* charset : {"", "utf-8", "iso-8859-1", "gb2312", "shift_jis", "iso-2022-jp",
                              "iso-2022-kr", "hz-gb-2312", "utf-7", "utf-16", "euc-kr", "big5"}) {
    expect_linear_header("text_to_utf8 " + std::string{charset}, growing_text,
                         [&](const std::string& text) { text_to_utf8(text, charset); });
  }
}

TEST(Growth, TextOfLeaf) {
  Part html;
  html.mime_type = "text/html";
  Part flowed;
  flowed.mime_type = "text/plain";
  flowed.is_flowed = true;
  expect_linear_header("text_of_leaf", growing_text, [&](const std::string& text) {
    text_of_leaf(html, text);
    text_of_leaf(flowed, text);
  });
  for (const auto* unit : {" \n", "a \n", ">", "> ", ">\n", "> a \n", "-- \n", "\r", "\r\r\n",
                           "<meta charset=", "<!--", "<meta content=charset"}) {
    const auto one = shape(unit);
    expect_linear("text_of_leaf of " + one.name, growing_text, one.make,
                  [&](const std::string& text) {
                    text_of_leaf(html, text);
                    text_of_leaf(flowed, text);
                  });
  }
  const auto rising = [](std::size_t n) {
    std::string text;
    for (std::size_t depth = 1; text.size() < n; ++depth) text.append(depth, '>').append("a \n");
    return text;
  };
  expect_linear("text_of_leaf of ever deeper quotations", growing_text, rising,
                [&](const std::string& text) { text_of_leaf(flowed, text); });
}

TEST(Growth, DecodeTransfer) {
  for (const auto* encoding : {"base64", "quoted-printable", "uuencode", "x-unknown"}) {
    expect_linear_header("decode_transfer " + std::string{encoding}, growing_text,
                         [&](const std::string& text) {
                           decode_transfer(encoding, text);
                           decode_text_transfer(encoding, text);
                           decode_transfer(encoding, "begin 644 a\n" + text);
                           decode_transfer(text, encoding);
                         });
  }
}

TEST(Growth, TextLayout) {
  expect_linear_header("TextLayout", growing_text, [](const std::string& text) {
    const auto readable = text_to_utf8(text, "");
    TextLayout layout;
    layout.add(readable);
    layout.add_preformatted(readable);
    count_visible(readable);
    std::move(layout).finish();
  });
}

std::vector<Shape> html_shapes() {
  std::vector<Shape> shapes;
  for (const auto* unit : {"a",
                           " ",
                           "<",
                           "</",
                           "<!--",
                           "-->",
                           "<!-- -",
                           "<?",
                           "&",
                           "&a",
                           "&amp",
                           "&aaaaaaaaaaaaaaaa",
                           "&#x",
                           "&#38;",
                           "<b>",
                           "</b>",
                           "<b></b>",
                           "<p>",
                           "</p>",
                           "<div>",
                           "<li>",
                           "<ul><li>",
                           "<ol>",
                           "<table>",
                           "<td>",
                           "<tr><td>",
                           "</table>",
                           "<a href=x>",
                           "<a href=http://a/>b",
                           "<a href=http://a/>b</a>",
                           "<a href=http://a/><table><td>b",
                           "</a>",
                           "<blockquote>a",
                           "<pre>\n",
                           "</pre>",
                           "<br>a",
                           "<hr>",
                           "<img alt=a>",
                           "<option>",
                           "<dl><dt>",
                           "<script>",
                           "<style>",
                           "</style",
                           "<style></style>",
                           "<style>.a{}</style>",
                           "<!--<style-->",
                           "<styles>",
                           " -",
                           ": - font-size:  ",
                           "<title>&",
                           "<title></titl",
                           "<b style=display:none>a",
                           "<b class=\"a b c d e f\">",
                           "<b a=",
                           "<b a='",
                           "<b a a a a",
                           "<b/",
                           "<x>",
                           "<xx id=a hidden>b</xx>",
                           "\xE2\x80\x8B",
                           "\xFF",
                           "\xE2\x80\x8D"}) {
    shapes.push_back(shape(unit));
  }
  shapes.push_back(shape("<b>", "a", "</b>"));
  shapes.push_back(shape("<b>", "a", "</i>"));
  shapes.push_back(shape("<div>", "a", "<p>"));
  shapes.push_back(shape("<p>", "a", "<div>"));
  shapes.push_back(shape("<xxxxxxxxxxxxxxxx>", "a", "</xxxxxxxxxxxxxxxx>"));
  shapes.push_back(shape("<a href=http://a/><table><td>", "a", " "));
  shapes.push_back(shape("<a href=http://a/><table><td>", "a", "</a></table>"));
  shapes.push_back(shape("a", "<style>", "</"));
  shapes.push_back(shape("a", "<!--", "--"));
  shapes.push_back(shape("<b style=display:none>", "a", "b"));
  // As many rules for classes as elements that have these classes.
  shapes.push_back({"a rule for each element", [](std::size_t n) {
                      std::string text = "<style>";
                      std::string body;
                      for (int i = 0; text.size() + body.size() < n; ++i) {
                        const auto name = "c" + std::to_string(i);
                        text += "." + name + "{color:red}";
                        body += "<b class=" + name + ">a</b>";
                      }
                      return text + "</style>" + body;
                    }});
  return shapes;
}

TEST(Growth, HtmlToText) {
  for (const auto& one : html_shapes()) {
    expect_linear("html_to_text of " + one.name, growing_text, one.make,
                  [](const std::string& text) { html_to_text(text); });
    expect_linear("count_hidden_chars of " + one.name, growing_text, one.make,
                  [](const std::string& text) { count_hidden_chars(text); });
  }
}

TEST(Growth, CleanHtml) {
  auto shapes = html_shapes();
  for (const auto* unit : {"<b style='color:red;x:y;", "<b style='a:(((((", "<img src=cid:a%20>",
                           "<img alt=[ src=x>", "<div></div></div>", "<table><tr><td></table>"}) {
    shapes.push_back(shape(unit));
  }
  for (const auto& one : shapes) {
    expect_linear("clean_html of " + one.name, growing_text, one.make,
                  [](const std::string& text) { clean_html(text); });
    expect_linear("text_as_html of " + one.name, growing_text, one.make,
                  [](const std::string& text) { text_as_html(text); });
  }
}

TEST(Growth, StyleSheets) {
  std::vector<Shape> shapes;
  for (const auto* unit : {"a",
                           "{",
                           "}",
                           "a{",
                           "a{}",
                           ".a{color:red}",
                           "/*",
                           "*/",
                           "/**/",
                           ";",
                           "a,b{}",
                           ",",
                           "a,",
                           "@media{",
                           "@media screen{",
                           "@import;",
                           "@x{{}",
                           ":;",
                           "color:red!important;",
                           "width:0;",
                           "<!--",
                           "a.b#c{}"}) {
    shapes.push_back(shape(unit));
  }
  shapes.push_back(shape("{", "a", "}"));
  shapes.push_back(shape("a,", "{", "width:0;"));
  shapes.push_back(shape("@media(", "{", "a{}"));
  for (const auto& one : shapes) {
    expect_linear("a style sheet of " + one.name, growing_text, one.make,
                  [](const std::string& text) {
                    StyleSheet sheet;
                    sheet.add(text);
                    sheet.declarations_for("a", text, text);
                    StyleDeclarations declarations;
                    declarations.add(text);
                  });
  }
}

std::vector<Shape> message_shapes() {
  std::vector<Shape> shapes;
  const auto with = [](std::string head, const Shape& rest) {
    return Shape{head + "… " + rest.name,
                 [head, make = rest.make](std::size_t n) { return head + make(n); }};
  };
  const std::string multipart = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (const auto* unit :
       {"a",      "\r\n",      "\n",        ":",        "a:b\r\n",     "a:\r\n b\r\n",
        " a\r\n", "--b\r\n",   "--b--\r\n", "--bb\r\n", "\r",          "a\r",
        "a:b\r",  "a:\r\n\ra", "\r\r\n",    "--\r\n",   "--b\r\n\r\n", "--b\r\nA: b\r\n\r\n",
        "--b",    "-- \r\n"}) {
    shapes.push_back(shape(unit));
    shapes.push_back(with(multipart, shape(unit)));
    shapes.push_back(with("Content-Type: text/html\r\n\r\n", shape(unit)));
    shapes.push_back(with("Subject: ", shape(unit)));
  }
  shapes.push_back({"multiparts in multiparts", [](std::size_t n) {
                      std::string text;
                      for (int i = 0; text.size() < n / 2 && i < 60; ++i) {
                        const auto name = "b" + std::to_string(i);
                        text.append("Content-Type: multipart/mixed; boundary=").append(name);
                        text.append("\r\n\r\n--").append(name).append("\r\n");
                      }
                      return text + "\r\n" + repeated("--bb\r\n", n / 2);
                    }});
  return shapes;
}

// Without limits on numbers, because a refused message is read quickly.
TEST(Growth, ReadMessage) {
  const ReadLimits limits{.max_parts = 1'000'000, .max_headers = 1'000'000};
  for (const auto& one : message_shapes()) {
    expect_linear("read_message of " + one.name, growing_text, one.make,
                  [&](const std::string& text) {
                    const auto root = read_message(text, limits);
                    if (!root) return;
                    bodies(*root);
                    attachments(*root);
                  });
  }
}

TEST(Growth, DeliveryStatus) {
  const std::pair<const char*, std::string_view> shapes[] = {
      {"recipients", "Final-Recipient: rfc822; a@b\n\n"},
      {"fields", "Action: failed\n"},
      {"a field that goes on", " x\n"},
      {"signs", "+2B:;"},
      {"empty lines", "\n"},
  };
  for (const auto& [name, piece] : shapes) {
    expect_linear(
        std::string{"parse_delivery_status of "} + name, growing_text,
        [piece](std::size_t n) { return "Diagnostic-Code:" + repeated(piece, n); },
        [](const std::string& text) { parse_delivery_status(text); });
  }
}

TEST(Growth, BodySource) {
  for (const auto& one : message_shapes()) {
    expect_linear("body_source of " + one.name, growing_text, one.make,
                  [](const std::string& text) { body_source(text); });
    expect_linear("field_sources of " + one.name, growing_text, one.make,
                  [](const std::string& text) { field_sources(text); });
  }
}

TEST(Growth, WriteMessage) {
  const auto draft = [](std::size_t n) {
    Draft made;
    made.from = {.name = {}, .email = "a@example.org"};
    made.text = repeated("line\r\n", n);
    made.html = repeated("<p>\xC3\xA4", n);
    made.attachments.push_back({.filename = "a", .mime_type = {}, .content = std::string(n, 'x')});
    for (std::size_t i = 0; i < n / 64; ++i) {
      made.to.push_back({.name = {}, .email = "a" + std::to_string(i) + "@example.org"});
      made.references.push_back("<" + std::to_string(i) + "@example.org>");
    }
    return made;
  };
  expect_linear("write_message", growing_text, draft,
                [](const Draft& made) { write_message(made, BccHeader::keep).has_value(); });
}

}  // namespace
}  // namespace gmail_mcp::mime
