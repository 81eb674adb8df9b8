#include "mime/html_text.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace gmail_mcp::mime {
namespace {

std::string text(std::string_view html) { return html_to_text(html).text; }

std::string repeat(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

TEST(HtmlText, blanks_collapse) { EXPECT_EQ(text("  a \r\n\t b&nbsp;&nbsp; c  "), "a b c"); }

TEST(HtmlText, blocks_are_lines_and_paragraphs_are_set_apart) {
  EXPECT_EQ(text("<div>one</div><div>two</div>three<p>four</p><p>five<br>six</p>"),
            "one\ntwo\nthree\n\nfour\n\nfive\nsix");
  EXPECT_EQ(text("<h1>Title</h1>text<hr>more"), "Title\n\ntext\n---\nmore");
}

TEST(HtmlText, there_is_at_most_one_empty_line) {
  EXPECT_EQ(text("a<br><br><br><div><p></p></div><br>b"), "a\n\nb");
}

TEST(HtmlText, inline_elements_do_not_break_words) {
  EXPECT_EQ(text("un<b>believ</b>able <span> x </span>y"), "unbelievable x y");
}

TEST(HtmlText, lists_have_bullets_and_numbers) {
  EXPECT_EQ(text("a<ul><li>one<li>two<ol start=3><li>x</li><li><p>y</p></li></ol></ul>b"),
            "a\n\n- one\n- two\n  3. x\n  4. y\n\nb");
  EXPECT_EQ(text("<ul><li>a<br>b</li></ul>"), "- a\n  b");
}

TEST(HtmlText, table_rows_are_lines) {
  EXPECT_EQ(text("<table><tr><td>a<td>b</tr><tr><th>c</th><td>d</td></tr></table>e"),
            "a b\nc d\ne");
}

TEST(HtmlText, quotations_are_marked) {
  EXPECT_EQ(text("a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e"),
            "a\n\n> b\n> c\n\n> > d\n\ne");
}

TEST(HtmlText, preformatted_text_keeps_its_lines) {
  EXPECT_EQ(text("a<pre>  x\n    y\tz</pre>b"), "a\n\n  x\n    y\tz\n\nb");
}

TEST(HtmlText, links_show_where_they_lead) {
  EXPECT_EQ(text("see <a href='https://x.org/a?b=1&amp;c=2'>this <b>page</b></a>."),
            "see this page (https://x.org/a?b=1&c=2).");
  EXPECT_EQ(text("<a href=https://x.org/>https://x.org</a> <a href='mailto:a@x.org'>a@x.org</a>"),
            "https://x.org a@x.org");
  EXPECT_EQ(text("<ul><li><a href=https://x.org>x.org</a></ul>"), "- x.org");
  EXPECT_EQ(text("<a href='#top'>up</a> <a href='javascript:x()'>go</a> <a name=x>here</a>"),
            "up go here");
  EXPECT_EQ(text("<a href=https://x.org><img src=x></a>"), "");
  EXPECT_EQ(text("<a href=https://x.org><p>one</p><p>two</p></a>three"),
            "one\n\ntwo (https://x.org)\n\nthree");
}

TEST(HtmlText, images_are_their_alternative_text) {
  EXPECT_EQ(text("a <img alt=' A cat ' src=x> b<img src=y>"), "a [A cat] b");
  EXPECT_EQ(text("<a href=https://x.org><img alt=Shop></a>"), "[Shop] (https://x.org)");
}

TEST(HtmlText, scripts_styles_and_titles_are_dropped_without_counting) {
  const auto result = html_to_text(
      "<html><head><title>T</title><style>p{}</style></head><body><script>x</script>a<!-- b "
      "--></body>");
  EXPECT_EQ(result.text, "a");
  EXPECT_EQ(result.hidden_chars, 0U);
}

TEST(HtmlText, hidden_elements_are_dropped_and_counted) {
  for (const auto* open : {"<div style='display:none'>", "<div hidden>",
                           "<span style=visibility:hidden>", "<p style=font-size:0>",
                           "<td style='opacity:0'>", "<template>", "<div style='font-size:1px'>"}) {
    const auto result = html_to_text(std::string{"a "} + open + "evil <b>or not</b><img alt=x>");
    EXPECT_EQ(result.text, "a") << open;
    EXPECT_EQ(result.hidden_chars, 10U) << open;
  }
}

TEST(HtmlText, a_style_sheet_hides_too_wherever_it_stands) {
  const auto result = html_to_text("a<p class=pre>evil</p><style>.pre{display:none}</style>");
  EXPECT_EQ(result.text, "a");
  EXPECT_EQ(result.hidden_chars, 4U);
}

TEST(HtmlText, what_follows_a_hidden_element_is_shown) {
  EXPECT_EQ(text("<div style=display:none>x<p>y</div>a"), "a");
  EXPECT_EQ(text("<p style=display:none>x<p>a"), "a");
  EXPECT_EQ(text("<ul><li hidden>x<li>a</ul>"), "- a");
  EXPECT_EQ(text("<table><tr><td hidden>x<td>a<tr><td>b</table>"), "a\nb");
  EXPECT_EQ(text("<br style=display:none>a<img hidden alt=x>b"), "ab");
}

TEST(HtmlText, a_container_without_font_size_does_not_hide_what_has_its_own) {
  const auto result =
      html_to_text("<td style='font-size:0'> <div style='font-size:13px'>a</div>x</td>");
  EXPECT_EQ(result.text, "a");
  EXPECT_EQ(result.hidden_chars, 1U);
  EXPECT_EQ(text("<div style='visibility:hidden'>x<b style='visibility:visible'>a</b></div>"), "a");
  EXPECT_EQ(text("<div style='display:none'>x<b style='visibility:visible'>y</b></div>"), "");
}

TEST(HtmlText, characters_without_width_are_dropped_and_counted) {
  const auto result =
      html_to_text("pa\u200Byp\u00ADal&zwnj;&nbsp;&zwnj;&#8203;&shy;&ZeroWidthSpace;\U000E0041");
  EXPECT_EQ(result.text, "paypal");
  EXPECT_EQ(result.hidden_chars, 8U);
}

TEST(HtmlText, joiners_stay_where_a_script_or_an_emoji_needs_them) {
  for (const auto* word : {"می\u200Cخواهم", "👩\u200D💻", "❤\uFE0F\u200D🔥"}) {
    EXPECT_EQ(text(word), word);
    EXPECT_EQ(html_to_text(word).hidden_chars, 0U);
  }
}

TEST(HtmlText, neither_depth_nor_stray_tags_bring_hidden_text_to_light) {
  const auto deep = repeat("<div>", 5000);
  EXPECT_EQ(text(deep + "a" + repeat("</div>", 5000) + "b"), "a\nb");
  EXPECT_EQ(text(deep + "<div hidden>x</p></b></x>y</div>a"), "a");
  EXPECT_EQ(text("<div hidden>" + deep + "x"), "");
  EXPECT_EQ(text("<div hidden></span></p></td>x</div>a"), "a");
}

TEST(HtmlText, entities_and_broken_markup_are_read_as_browsers_do) {
  EXPECT_EQ(text("a &lt;b&gt; 1 < 2 &amp;amp; </p>c"), "a <b> 1 < 2 &amp; c");
  EXPECT_EQ(text("<b>a<i>b</b>c</i>"), "abc");
  EXPECT_EQ(text(""), "");
}

TEST(HtmlText, any_bytes_give_valid_utf8) {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 89 % 256);
  EXPECT_TRUE(is_valid_utf8(text(bytes)));
  EXPECT_EQ(text("a\xFF"
                 "b"),
            "a\uFFFDb");
}

TEST(HtmlText, hostile_markup_is_read_in_linear_time) {
  for (const auto* piece : {"<div>",
                            "<a ",
                            "<a x=\"",
                            "<!--",
                            "<!-- -",
                            "--",
                            "<",
                            "&",
                            "&a",
                            "<b></i>",
                            "<p>",
                            "<table><tr><td>",
                            "<script>",
                            "</",
                            "<ul><li>",
                            "<blockquote>",
                            "<a href=https://x.org>a",
                            "a b=c ",
                            "<i hidden>x",
                            "<style>.a{",
                            "<style>{}{",
                            "<p class='a '>",
                            "<style>@media{"}) {
    const auto bomb = "<a " + repeat(piece, 250'000 / std::string_view{piece}.size());
    EXPECT_LE(html_to_text(bomb).text.size(), 20 * bomb.size()) << piece;
    EXPECT_LE(html_to_text(bomb.substr(3)).text.size(), 20 * bomb.size()) << piece;
  }
}

TEST(HtmlText, what_is_hidden_is_counted_the_same_without_making_the_text) {
  for (const auto* html :
       {"", "a b", "<p hidden>seven of</p>b", "a\u200Bb&#8203;&shy;c\xFF\u00AD",
        "x\uFE0F\u2764\uFE0F\uFE0F", "<pre>a\r\n\u200B\uFE0F b</pre>\uFE0F",
        "<a href='https://x.org'>\u200Bx</a>",
        "<img alt='a\u200Bb'><img alt='not shown' style='display:none'>",
        "<STYLE>.h{display:none}</style><td class=h>hidden<li>too</td>shown",
        "<noscript>n</noscript><template>t</template><ol start=3 hidden><li>q</ol>"}) {
    EXPECT_EQ(count_hidden_chars(html), html_to_text(html).hidden_chars) << html;
  }
  EXPECT_EQ(count_hidden_chars("<p hidden>seven of</p>\u200B"), 8U);
}

TEST(HtmlText, of_a_longer_document_the_first_two_megabytes_are_converted) {
  const auto whole = "<p>" + std::string(most_html - 3, 'a');
  EXPECT_EQ(html_to_text(whole).text.size(), most_html - 3);
  EXPECT_FALSE(html_to_text(whole).is_cut);
  const auto longer = html_to_text(whole + "<p>b");
  EXPECT_EQ(longer.text.size(), most_html - 3);
  EXPECT_TRUE(longer.is_cut);
}

}  // namespace
}  // namespace gmail_mcp::mime
