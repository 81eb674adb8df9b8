#include "mime/html_clean.h"

#include <gtest/gtest.h>

#include <vector>

namespace gmail_mcp::mime {
namespace {

std::string clean(std::string_view html) {
  const auto cleaned = clean_html(html);
  return cleaned ? cleaned->html : "(not cleaned)";
}

TEST(CleanHtml, words_links_and_looks_stay) {
  const std::string letter =
      R"(<div dir="ltr">Hello <b>Ann</b>,<br><a href="https://x.example/?a=1&amp;b=2">see</a>)"
      R"(<table border="1"><tr><td style="color:#333;padding:2px 4px">1 &lt; 2</td></tr></table>)"
      R"(<ul><li>one</li><li>two</li></ul></div>)";
  EXPECT_EQ(clean(letter), letter);
}

TEST(CleanHtml, nothing_that_acts_is_written) {
  struct Row {
    const char* html;
    const char* cleaned;
  };
  const std::vector<Row> rows{
      {"a<script>alert(1)</script>b", "ab"},
      {"a<script>alert(1)", "a"},
      {"a<ScRiPt/x>alert(1)</sCrIpT >b", "ab"},
      {"<style>p{color:red}</style>a", "a"},
      {"<iframe src=//evil.example></iframe>a", "a"},
      {"<object data=x><embed src=y>a</object>", "a"},
      {"<form action=//evil.example><input name=x><button>Pay</button></form>", "Pay"},
      {"<meta http-equiv=refresh content='0;url=//evil'><base href=//evil><link rel=stylesheet>a",
       "a"},
      {"<b onclick=alert(1) OnMouseOver='x' style='color:red'>a</b>",
       R"(<b style="color:red">a</b>)"},
      {"<a href='javascript:alert(1)'>a</a>", "<a>a</a>"},
      {"<a href=' java\nscript:alert(1)'>a</a>", "<a>a</a>"},
      {"<a href='data:text/html,x'>a</a><a href='vbscript:x'>b</a>", "<a>a</a><a>b</a>"},
      {"<a href='https://x.example/\"onclick=\"x'>a</a>",
       R"(<a href="https://x.example/&quot;onclick=&quot;x">a</a>)"},
      {"<img src=x onerror=alert(1)>", ""},
      {"<img src='data:image/svg+xml,x' alt='a cat'>", "[a cat]"},
      {"<img src='file:///etc/passwd'><img src='mailto:x@y'>", ""},
      {"<svg onload=x><script>x</script><a xlink:href='javascript:x'>a</a></svg>", "<a>a</a>"},
      {"<math><mtext></mtext></math><noscript><b>n</b></noscript>", "<b>n</b>"},
      {"<p style='background:url(//evil);color:red'>a</p>", R"(<p style="color:red">a</p>)"},
      {"<p style='width:expression(alert(1))'>a</p>", "<p>a</p>"},
      {"<p style='color:\\65xpression(1)'>a</p>", "<p>a</p>"},
      {"<p style='color:red/**/;behavior:url(x);-moz-binding:x'>a</p>", "<p>a</p>"},
      {"<p style='position:fixed;top:0;z-index:9;margin:-900px 0'>a</p>", "<p>a</p>"},
      {"<p style=\"font-family:'Arial',&quot;B&quot;;COLOR:RGB(1, 2, 3)\">a</p>",
       R"x(<p style="font-family:'arial',&quot;b&quot;;color:rgb(1, 2, 3)">a</p>)x"},
      {"<p title='\"><script>x</script>'>a</p>",
       R"(<p title="&quot;&gt;&lt;script&gt;x&lt;/script&gt;">a</p>)"},
      {"<td background=x width='1\" onload=\"x'>a", "a"},
      {"&lt;script&gt;x&lt;/script&gt;", "&lt;script&gt;x&lt;/script&gt;"},
      {"<!-- <b> --><!DOCTYPE html><?php x ?>a<![CDATA[b]]>", "a"},
      {"a\x01"
       "b\x7F",
       "ab"},
      {"<b", ""},
      {"<select><option>a</select><textarea><b>t</textarea><xmp><b>x</xmp>",
       "a&lt;b&gt;t&lt;b&gt;x"},
  };
  for (const auto& row : rows) EXPECT_EQ(clean(row.html), row.cleaned) << row.html;
}

TEST(CleanHtml, what_is_put_into_an_element_stays_within_it) {
  struct Row {
    const char* html;
    const char* cleaned;
  };
  const std::vector<Row> rows{
      {"a</div></blockquote></body></html><div>b", "a<div>b</div>"},
      {"</table></td></tr>a<tr><td>b</td></tr><caption>c", "abc"},
      {"<b><i>a</b>b", "<b><i>a</i></b>b"},
      {"<table><tr><td>a</div><td>b</table>c", "<table><tr><td>a</td><td>b</td></tr></table>c"},
      {"<p>a<p>b<div>c</div>", "<p>a</p><p>b</p><div>c</div>"},
      {"<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"},
      {"<a href='https://a.example'>a<a href='https://b.example'>b",
       R"(<a href="https://a.example">a</a><a href="https://b.example">b</a>)"},
      {"<plaintext>a</plaintext><b>b", "a<b>b</b>"},
      {"</br>a</p>", "<br>a"},
  };
  for (const auto& row : rows) EXPECT_EQ(clean(row.html), row.cleaned) << row.html;
}

TEST(CleanHtml, what_nobody_saw_is_left_out) {
  EXPECT_EQ(clean("a<div style='display:none'>b<b>c</b></div>d"), "ad");
  EXPECT_EQ(clean("<style>.x{display:none}</style>a<p class=x>b</p>c"), "ac");
  EXPECT_EQ(clean("a<span hidden>b</span><template>c</template>d"), "ad");
  EXPECT_EQ(clean("a<img src='https://t.example/p.gif' width=1 height=1 alt=x>b"), "ab");
}

TEST(CleanHtml, pictures_of_the_message_get_their_new_ids_and_those_of_the_web_stay) {
  const auto cleaned = clean_html(
      "<img src='cid:a@b' alt=A><img src=CID:c%20d><img src='cid:lost' alt=Lost>"
      "<img src='https://x.example/p.png' width=100>",
      {{"a@b", "one"}, {"c d", "two"}, {"unused", "three"}});
  ASSERT_TRUE(cleaned);
  EXPECT_EQ(cleaned->html, R"(<img src="cid:one" alt="A"><img src="cid:two">[Lost])"
                           R"(<img src="https://x.example/p.png" width="100">)");
  EXPECT_EQ(cleaned->pictures, (std::unordered_set<std::string>{"a@b", "c d"}));
}

TEST(CleanHtml, what_is_too_much_is_not_cleaned) {
  EXPECT_FALSE(clean_html(std::string(most_clean_html + 1, 'x')));
  EXPECT_FALSE(clean_html(std::string(most_clean_html / 2, '<')));  // each becomes four
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<div>";
  EXPECT_FALSE(clean_html(deep));
  EXPECT_TRUE(clean_html(deep.substr(0, std::size_t{250} * 5)));
}

TEST(CleanHtml, cleaning_again_changes_nothing) {
  for (const auto* html :
       {"<p>a<p>b", "<a href='https://x.example?a&b'>x</a>", "<td>a<table><td>b&nbsp;c",
        "<img src='https://x.example/a b.png' alt='\"'>", "<p style='color : RED ; x:y'>\xFF"}) {
    const auto once = clean(html);
    EXPECT_EQ(clean(once), once) << html;
  }
}

TEST(CleanHtml, text_is_shown_line_by_line) {
  EXPECT_EQ(text_as_html("a <b>\n  c & d\n\ne"),
            "a &lt;b&gt;<br>\n&nbsp;&nbsp;c &amp; d<br>\n<br>\ne");
  EXPECT_EQ(text_as_html(""), "");
}

}  // namespace
}  // namespace gmail_mcp::mime
