#include "mail/gmail_rest/label_color.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

TEST(LabelColor, a_colour_of_gmails_stays_and_any_other_becomes_the_nearest) {
  EXPECT_EQ(nearest_label_color("#16a766").value(), "#16a766");
  EXPECT_EQ(nearest_label_color("#16A765").value(), "#16a765");
  EXPECT_EQ(nearest_label_color("#010101").value(), "#000000");
  EXPECT_EQ(nearest_label_color("fb4c30").value(), "#fb4c2f");
}

TEST(LabelColor, what_is_no_colour_is_refused) {
  for (const auto* text : {"", "#", "red", "#12345", "#1234567", "#12345g", "#+12345", "-12345"}) {
    EXPECT_FALSE(nearest_label_color(text)) << text;
  }
}

TEST(LabelColor, text_can_be_read_on_its_background) {
  EXPECT_EQ(text_color_on("#ffffff"), "#000000");
  EXPECT_EQ(text_color_on("#fad165"), "#000000");
  EXPECT_EQ(text_color_on("#000000"), "#ffffff");
  EXPECT_EQ(text_color_on("#285bac"), "#ffffff");
}

}  // namespace
}  // namespace gmail_mcp::mail
