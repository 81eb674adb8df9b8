#include "mime/leaf.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace gmail_mcp::mime {
namespace {

Part of_type(const std::string& content_type) {
  const auto type = parse_parameterized(content_type);
  Part part;
  part.mime_type = type.value;
  describe_leaf(part, type, {}, {});
  return part;
}

const std::string russian = "<meta charset=windows-1251><p>\xCF\xF0\xE8\xE2\xE5\xF2";

TEST(Leaf, html_that_says_its_charset_itself_is_read_in_it) {
  EXPECT_EQ(text_of_leaf(of_type("text/html"), russian), "<meta charset=windows-1251><p>Привет");
  EXPECT_EQ(text_of_leaf(of_type("text/html; charset=us-ascii"), russian),
            "<meta charset=windows-1251><p>Привет");
}

TEST(Leaf, what_the_header_declares_comes_before_meta_and_a_mark_before_both) {
  EXPECT_EQ(text_of_leaf(of_type("text/html; charset=koi8-r"), "<meta charset=utf-8>\xF0"),
            "<meta charset=utf-8>П");
  EXPECT_EQ(text_of_leaf(of_type("text/html; charset=koi8-r"), "\xEF\xBB\xBF<p>П"), "<p>П");
}

TEST(Leaf, utf8_is_utf8_whatever_meta_says) {
  EXPECT_EQ(text_of_leaf(of_type("text/html"), "<meta charset=koi8-r>Grüße"),
            "<meta charset=koi8-r>Grüße");
}

TEST(Leaf, plain_text_knows_no_meta) {
  EXPECT_EQ(text_of_leaf(of_type("text/plain"), "<meta charset=koi8-r>\xE4"),
            "<meta charset=koi8-r>ä");
}

TEST(Leaf, what_may_have_been_recoded_is_utf8_where_it_can_be) {
  EXPECT_EQ(text_of_leaf(of_type("text/plain; charset=iso-8859-1"), "ä", true), "ä");
  EXPECT_EQ(text_of_leaf(of_type("text/plain; charset=iso-8859-1"), "\xE4", true), "ä");
  EXPECT_EQ(text_of_leaf(of_type("text/plain; charset=utf-16"), "plain", true), "plain");
  EXPECT_EQ(text_of_leaf(of_type("text/plain; charset=iso-2022-jp"), "\x1B$BF|\x1B(B", true), "日");
}

TEST(Leaf, flowed_text_has_its_paragraphs_on_one_line) {
  const std::string flowed = "one \ntwo\n";
  EXPECT_EQ(text_of_leaf(of_type("text/plain; format=flowed"), flowed), "one two\n");
  EXPECT_EQ(text_of_leaf(of_type("text/plain; format=Flowed; DelSp=Yes"), flowed), "onetwo\n");
  EXPECT_EQ(text_of_leaf(of_type("text/plain; delsp=yes"), flowed), flowed);
  EXPECT_EQ(text_of_leaf(of_type("text/html; format=flowed"), flowed), flowed);
}

TEST(Leaf, a_lone_cr_ends_a_line) {
  EXPECT_EQ(text_of_leaf(of_type("text/plain"), "a\rb\r\nc\r\r\nd\r"), "a\nb\r\nc\r\nd\n");
}

// The text is looked at sixteen bytes at a time.
TEST(Leaf, a_lone_cr_ends_a_line_wherever_it_stands) {
  for (std::size_t before = 0; before < 40; ++before) {
    const auto front = std::string(before, 'x') + "\r\n";
    const auto type = of_type("text/plain");
    EXPECT_EQ(text_of_leaf(type, front + "y\rz"), front + "y\nz");
    EXPECT_EQ(text_of_leaf(type, front + "y\r"), front + "y\n");
    EXPECT_EQ(text_of_leaf(type, front + "\r\r\nz\r\n"), front + "\r\nz\r\n");
    EXPECT_EQ(text_of_leaf(type, fmt::format("{0}{0}{0}", front)), fmt::format("{0}{0}{0}", front));
  }
}

}  // namespace
}  // namespace gmail_mcp::mime
