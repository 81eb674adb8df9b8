#include "mime/html_style.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace gmail_mcp::mime {
namespace {

StyleVisibility read_style(std::string_view css) {
  StyleDeclarations declarations;
  declarations.add(css);
  return declarations.visibility();
}

bool hides(std::string_view css, const std::string& name, std::string_view classes = {},
           std::string_view id = {}, std::string_view inline_style = {}) {
  StyleSheet sheet;
  sheet.add(css);
  auto declarations = sheet.declarations_for(name, classes, id);
  declarations.add(inline_style);
  return declarations.visibility().is_gone;
}

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

TEST(HtmlStyle, rules_apply_by_name_class_and_id) {
  const std::string_view css =
      "<!-- td.a , .B{display:none} /* x */ #c { color:red; opacity:0 } "
      "p{height:0;overflow:hidden}";
  EXPECT_TRUE(hides(css, "td", "a"));
  EXPECT_FALSE(hides(css, "div", "a"));
  EXPECT_TRUE(hides(css, "div", "x\tb"));
  EXPECT_TRUE(hides(css, "div", "", "c"));
  EXPECT_TRUE(hides(css, "p"));
  EXPECT_FALSE(hides(css, "td", "c", "a"));
}

TEST(HtmlStyle, later_declarations_win_unless_an_earlier_one_is_important) {
  EXPECT_FALSE(hides(".a{display:none}.a{display:block}", "p", "a"));
  EXPECT_FALSE(hides(".a{display:none}", "p", "a", "", "display:block"));
  EXPECT_TRUE(hides(".a{display:none !important}", "p", "a", "", "display:block"));
  EXPECT_FALSE(hides(".a{display:none !important}", "p", "a", "", "display:block!important"));
}

TEST(HtmlStyle, rules_for_other_media_and_complex_selectors_do_not_apply) {
  for (const auto* css :
       {"@media (max-width:600px){.a{display:none}}", "@media print{.a{display:none}}",
        "u + .a{display:none}", "@media (x){.b{}.a{display:none}", "td .a{display:none}",
        ".a:hover{display:none}", "*{display:none}", ".a{", ".a", "{display:none}",
        "@font-face{.a{display:none}}"}) {
    EXPECT_FALSE(hides(css, "p", "a")) << css;
  }
  EXPECT_TRUE(hides("@media screen{.b{color:red}.a{display:none}}", "p", "a"));
  EXPECT_TRUE(hides("@import url(x);@media (x){.b{}}.a{display:none}", "p", "a"));
}

TEST(HtmlStyle, every_style_element_counts_wherever_it_stands) {
  const std::string_view rule = "<style>.a{display:none}</style>";
  const std::string_view other = "<STYLE type='text/css'>.b{color:red}</STYLE>";
  const auto is_gone = [](const std::string& html) {
    return style_sheet_of(html).declarations_for("p", "a", "").visibility().is_gone;
  };
  for (std::size_t before = 0; before < 40; ++before) {
    const std::string text(before, 's');
    const auto both = fmt::format("{0}{1}{0}", text, rule);
    EXPECT_TRUE(is_gone(both));
    EXPECT_TRUE(is_gone(fmt::format("{}{}", other, both)));
    EXPECT_TRUE(is_gone(fmt::format("{}{}<p class=a>b</p>", both, other)));
    EXPECT_TRUE(is_gone(fmt::format("<!-- {} --><p title='<style>'>{}", other, both)));
    EXPECT_TRUE(is_gone(fmt::format("<script>'<style>'</script><styles>{}", both)));
    EXPECT_FALSE(is_gone(fmt::format("<!-- {} -->{}", both, other)));
    EXPECT_FALSE(is_gone(fmt::format("<title>{0}</title><p style='{0}'>", both)));
  }
}

}  // namespace
}  // namespace gmail_mcp::mime
