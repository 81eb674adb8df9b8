#include "mime/html_hiding.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "mime/html_text.h"

namespace gmail_mcp::mime {
namespace {

TEST(HtmlHiding, a_usual_letter_need_not_be_read) {
  for (const auto* html :
       {"", "<div dir=\"ltr\">Good day, may I? &nbsp;&amp; a & b</div>",
        "<p style='font-family:arial;font-size:14px;line-height:150%;color:rgb(34,34,34)'>a</p>",
        "<a href='https://x.org/?a=1&amp;b'>\xC3\xBC \xD0\x9F \xE6\x97\xA5</a>",
        "it\u2019s \u2013 \u3042\U0001F600\u00A0", "<b style='font-size:2em'>a</b>",
        "<td width=200 style='font-size : 9pt; padding:0'>z</td>"}) {
    EXPECT_FALSE(may_hide_text(html)) << html;
    EXPECT_EQ(html_to_text(html).hidden_chars, 0U) << html;
  }
}

constexpr auto hiding =
    std::to_array<std::string_view>({"<p hidden>a</p>",
                                     "<p HIDDEN>a</p>",
                                     "<p style=display:none>a</p>",
                                     "<p style='DISPLAY :none'>a</p>",
                                     "<p style='visibility:collapse'>a</p>",
                                     "<p style='opacity:0'>a</p>",
                                     "<p style='color:transparent'>a</p>",
                                     "<p style='font-size:1px'>a</p>",
                                     "<p style='font-size:0'>a</p>",
                                     "<p style='font-size:.5px'>a</p>",
                                     "<p style='font-size:1.9pt'>a</p>",
                                     "<p style='font-size:20e-5px'>a</p>",
                                     "<p style='FONT-SIZE:\n0'>a</p>",
                                     "<p style='overflow:hidden;height:0'>a</p>",
                                     "<p style='overflow:clip;width:0'>a</p>",
                                     "<p style='text-indent:-999px'>a</p>",
                                     "<p style='margin-left: -999px'>a</p>",
                                     "<style>.a{x:y}</style><p class=a>a</p>",
                                     "<p style='dis/**/play:none'>a</p>",
                                     "<p style='d&#105;splay:none'>a</p>",
                                     "<p style='dis&#112lay:none'>a</p>",
                                     "<template>a</template>",
                                     "<datalist>a</datalist>",
                                     "<xml>a</xml>",
                                     "a\u200Bb",
                                     "a\u00ADb",
                                     "&shy;a",
                                     "&#8203;a",
                                     "&zwnj;a",
                                     "\uFEFFa",
                                     "a\u034Fb",
                                     "a\u061Cb",
                                     "\u3164",
                                     "\u17B4",
                                     "\U000E0020"});

TEST(HtmlHiding, whatever_hides_text_is_suspected) {
  for (const auto html : hiding) EXPECT_TRUE(may_hide_text(html)) << html;
}

// A document is looked at sixteen bytes at a time, so what hides stands at each place of them.
TEST(HtmlHiding, whatever_hides_text_is_suspected_wherever_it_stands) {
  for (const auto html : hiding) {
    std::string upper{html};
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    for (std::size_t before = 0; before < 36; ++before) {
      for (const std::size_t after : {0U, 1U, 15U, 16U, 40U}) {
        const std::string front(before, 'e');
        const std::string back(after, 'e');
        EXPECT_TRUE(may_hide_text(fmt::format("{}{}{}", front, html, back)))
            << before << html << after;
        EXPECT_TRUE(may_hide_text(fmt::format("{}{}{}", front, upper, back)))
            << before << upper << after;
        EXPECT_FALSE(may_hide_text(fmt::format("{}<p>a &amp; b</p>{}", front, back)))
            << before << " " << after;
      }
    }
  }
}

}  // namespace
}  // namespace gmail_mcp::mime
