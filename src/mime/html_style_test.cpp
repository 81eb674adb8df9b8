#include "mime/html_style.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mime {
namespace {

TEST(HtmlStyle, what_takes_an_element_off_the_page_is_recognized) {
  for (const auto* style :
       {"display:none", "DISPLAY : None !important", "color:red;display:none;", "display:/**/none",
        "opacity:0", "opacity: 0.0", "color:transparent", "max-height:0;overflow:hidden",
        "overflow:hidden;height:0px", "width:0;overflow-x:clip", "text-indent:-9999px",
        "position:absolute;left:-10000px", "margin-left:-999em"}) {
    EXPECT_TRUE(read_style(style).is_gone) << style;
  }
}

TEST(HtmlStyle, ordinary_styles_hide_nothing) {
  for (const auto* style :
       {"", ";", ":", "display", "display:block", "display:none;display:block", "opacity:0.9",
        "height:0", "overflow:hidden", "overflow:hidden;height:20px", "text-indent:-10px",
        "left:-600%", "color:#fff", "line-height:0", "content:'display:none'"}) {
    EXPECT_FALSE(read_style(style).is_gone) << style;
  }
}

TEST(HtmlStyle, visibility_can_be_given_back) {
  EXPECT_EQ(read_style("visibility:hidden").is_invisible, true);
  EXPECT_EQ(read_style("visibility:collapse").is_invisible, true);
  EXPECT_EQ(read_style("visibility:visible").is_invisible, false);
  EXPECT_EQ(read_style("color:red").is_invisible, std::nullopt);
}

TEST(HtmlStyle, a_font_size_nobody_can_read_is_recognized) {
  for (const auto* style :
       {"font-size:0", "font-size:0px", "font-size: 0em", "font-size:1px !important"}) {
    EXPECT_EQ(read_style(style).has_no_size, true) << style;
  }
  for (const auto* style :
       {"font-size:12px", "font-size:small", "font-size:1rem", "font-size:9pt"}) {
    EXPECT_EQ(read_style(style).has_no_size, false) << style;
  }
  for (const auto* style :
       {"font-size:1em", "font-size:100%", "font-size:inherit", "font:12px x"}) {
    EXPECT_EQ(read_style(style).has_no_size, std::nullopt) << style;
  }
}

}  // namespace
}  // namespace gmail_mcp::mime
