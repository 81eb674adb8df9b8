#include "mime/html_charset.h"

#include <gtest/gtest.h>

#include <string>

namespace gmail_mcp::mime {
namespace {

TEST(HtmlCharset, both_kinds_of_meta_are_read) {
  EXPECT_EQ(charset_of_html("<html><head><meta charset=\"KOI8-R\">"), "koi8-r");
  EXPECT_EQ(
      charset_of_html("<META http-equiv=Content-Type content='text/html; charset=windows-1251'>"),
      "windows-1251");
  EXPECT_EQ(charset_of_html(
                "<meta content=\"text/html; charset = 'gb2312' \" http-equiv=content-type />"),
            "gb2312");
  EXPECT_EQ(charset_of_html("<meta/charset=big5 />"), "big5");
}

TEST(HtmlCharset, a_content_without_its_pragma_says_nothing) {
  EXPECT_EQ(charset_of_html("<meta name=x content='text/html; charset=koi8-r'>"), "");
}

TEST(HtmlCharset, comments_and_other_elements_are_passed_over) {
  EXPECT_EQ(charset_of_html(
                "<!-- <meta charset=big5> --><p title='<meta charset=big5>'><meta charset=koi8-r>"),
            "koi8-r");
  EXPECT_EQ(charset_of_html("<!--><meta charset=koi8-r>"), "koi8-r");
  EXPECT_EQ(
      charset_of_html("<?xml version='1.0'?></div a='>'><metaa charset=big5><meta charset=koi8-r>"),
      "koi8-r");
}

TEST(HtmlCharset, an_unknown_one_does_not_hide_a_known_one) {
  EXPECT_EQ(charset_of_html("<meta charset=x-none><meta charset=koi8-r>"), "koi8-r");
}

TEST(HtmlCharset, what_could_be_read_is_no_utf_16) {
  EXPECT_EQ(charset_of_html("<meta charset=utf-16le>"), "utf-8");
}

TEST(HtmlCharset, only_the_first_1024_bytes_are_looked_at) {
  const std::string meta = "<meta charset=koi8-r>";
  EXPECT_EQ(charset_of_html(std::string(1024 - meta.size(), ' ') + meta), "koi8-r");
  EXPECT_EQ(charset_of_html(std::string(1024, ' ') + meta), "");
}

TEST(HtmlCharset, a_byte_order_mark_names_its_charset) {
  EXPECT_EQ(charset_of_mark("\xEF\xBB\xBF<p>"), "utf-8");
  EXPECT_EQ(charset_of_mark("\xFF\xFEx"), "utf-16le");
  EXPECT_EQ(charset_of_mark("\xFE\xFFx"), "utf-16be");
  EXPECT_EQ(charset_of_mark("<p>"), "");
}

}  // namespace
}  // namespace gmail_mcp::mime
