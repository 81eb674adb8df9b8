#include "mime/text_layout.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gmail_mcp::mime {
namespace {

std::string laid_out(std::string_view text) {
  TextLayout layout;
  layout.add(text);
  return std::move(layout).finish();
}

std::string laid_out_as_it_is(std::string_view text) {
  TextLayout layout;
  layout.add_preformatted(text);
  return std::move(layout).finish();
}

// Runs of words are taken sixteen bytes at a time, so what ends them stands at each place.
TEST(TextLayout, blanks_are_one_wherever_they_stand) {
  for (std::size_t before = 1; before < 40; ++before) {
    const auto front = std::string(before, 'a') + " b";
    for (const std::string_view blanks : {" ", "  ", "\t", " \r\n ", "\x7F", "\xC2\xA0", "\x01 "}) {
      EXPECT_EQ(laid_out(front + std::string{blanks} + "c d"), front + " c d");
      EXPECT_EQ(laid_out(front + std::string{blanks}), front);
      EXPECT_EQ(laid_out(std::string{blanks} + front), front);
    }
    EXPECT_EQ(laid_out(front + "\xE2\x80\x8B" + "c\xC3\xBC d"), front + "c\xC3\xBC d");
  }
}

TEST(TextLayout, lines_of_preformatted_text_keep_their_blanks) {
  for (std::size_t before = 1; before < 40; ++before) {
    const auto front = std::string(before, ' ') + "a  b";
    EXPECT_EQ(laid_out_as_it_is(front + "\r\n\tc\n"), front + "\n\tc");
    EXPECT_EQ(laid_out_as_it_is(front + "\n\n\n\nc\x7F" + "d"), front + "\n\nc d");
    EXPECT_EQ(laid_out_as_it_is(front + "\rc\xC2\xAD"
                                        "d"),
              front + "cd");
  }
}

TEST(TextLayout, an_item_outside_of_a_list_has_its_marker) {
  TextLayout layout;
  layout.begin_item("- ");
  layout.add("a");
  EXPECT_EQ(layout.text(), "- a");
}

TEST(TextLayout, counting_ends_where_it_is_enough) {
  const std::string text = "ab c\xC3\xBC\n" + std::string(1000, 'd');
  EXPECT_EQ(count_visible(text), 1004U);
  EXPECT_EQ(count_visible(text, 1004), 1004U);
  EXPECT_EQ(count_visible(text, 0), 0U);
  const auto some = count_visible(text, 100);
  EXPECT_GE(some, 100U);
  EXPECT_LT(some, 110U);
}

}  // namespace
}  // namespace gmail_mcp::mime
