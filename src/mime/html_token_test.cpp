#include "mime/html_token.h"

#include <gtest/gtest.h>

#include <string>

namespace gmail_mcp::mime {
namespace {

// "text|<a href=x>|</a>": the tokens at a glance.
std::string tokens(std::string_view html) {
  HtmlTokenizer tokenizer{html};
  std::string out;
  while (const auto token = tokenizer.next()) {
    if (!out.empty()) out += '|';
    if (token->kind == HtmlToken::Kind::text) {
      out += token->text;
      continue;
    }
    out.append(token->kind == HtmlToken::Kind::end_tag ? "</" : "<").append(token->text);
    for (const auto& [name, value] : token->attributes) {
      out.append(" ").append(name).append("=").append(value);
    }
    out += '>';
  }
  return out;
}

TEST(HtmlToken, text_and_tags_alternate) {
  EXPECT_EQ(tokens("a<B>b</b >c<br/>d"), "a|<b>|b|</b>|c|<br>|d");
}

TEST(HtmlToken, attributes_are_read_in_every_spelling) {
  EXPECT_EQ(tokens("<a target=x CLASS=x HREF='a b' hidden style = \"x:y\" alt=c/d>"),
            "<a class=x href=a b hidden= style=x:y alt=c/d>");
  EXPECT_EQ(tokens("<a href=1 href=2><a/href=3/>"), "<a href=1>|<a href=3/>");
  EXPECT_EQ(tokens("<a title=\"<b>\" href=x>y"), "<a href=x>|y");
}

TEST(HtmlToken, references_become_characters) {
  EXPECT_EQ(tokens("&lt;&amp;&#65;&#x1F600;&eacute;&nbsp;&rarr;"), "<&A😀é\u00A0→");
  EXPECT_EQ(tokens("&quot;&AMP;&amp;&diams;&Tab;&thetasym;&yuml;"), "\"&&\u2666\t\u03D1\u00FF");
  EXPECT_EQ(tokens("&copy &eacute. &rarr &nope; &; &#; &#x; & &"),
            "© é. &rarr &nope; &; &#; &#x; & &");
  EXPECT_EQ(tokens("&CounterClockwiseContourIntegral;&NotEqualTilde;&zwnj;&ZeroWidthSpace;"),
            "\u2233\u2242\u0338\u200C\u200B");
  EXPECT_EQ(tokens("&notit; &notin; &nota &amp;amp;"), "\u00ACit; \u2209 \u00ACa &amp;");
  EXPECT_EQ(tokens("&#0;&#128;&#xD800;&#99999999999;"), "\uFFFD€\uFFFD\uFFFD");
  EXPECT_EQ(tokens("<a href='?a=1&copy=2&amp;lang=3&reg'>"), "<a href=?a=1&copy=2&lang=3®>");
}

TEST(HtmlToken, comments_and_declarations_are_nothing) {
  EXPECT_EQ(tokens("a<!-- <b> -- > -->b<!doctype html>c<?xml ?>d</ x>e"), "a|b|c|d|e");
  EXPECT_EQ(tokens("a<!-->b<!--->c<!-- x --!>d"), "a|b|c|d");
  EXPECT_EQ(tokens("a<!--[if mso]><p>x</p><![endif]-->b<![if !mso]>c<![endif]>"), "a|b|c");
  EXPECT_EQ(tokens("a<!-- never closed <b>"), "a");
}

TEST(HtmlToken, a_script_is_one_text) {
  EXPECT_EQ(tokens("<script>if (a<b) '</s' &lt;</SCRIPT >c"),
            "<script>|if (a<b) '</s' &lt;|</script>|c");
  EXPECT_EQ(tokens("<style><b></style><title>a &amp; <b></title>"),
            "<style>|<b>|</style>|<title>|a & <b>|</title>");
  EXPECT_EQ(tokens("<script></scripty>"), "<script>|</scripty>");
}

TEST(HtmlToken, an_unfinished_tag_is_nothing) {
  EXPECT_EQ(tokens("a<b href="), "a");
  EXPECT_EQ(tokens("a<b href='x>c"), "a");
  EXPECT_EQ(tokens("a</b"), "a");
}

TEST(HtmlToken, a_bracket_that_opens_no_tag_is_text) {
  EXPECT_EQ(tokens("1 < 2<3 <"), "1 |<| 2|<|3 |<");
}

}  // namespace
}  // namespace gmail_mcp::mime
